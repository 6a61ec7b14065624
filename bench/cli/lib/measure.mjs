import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;

/**
 * Runs a command to its end and gives milliseconds of processor time, its own and its children's, and of wall time.
 * The shell's `time` counts both to the millisecond.
 */
export function timed(command, { cwd, env } = {}) {
  const script = 'TIMEFORMAT="%U %S %R"; { time "$@" >/dev/null 2>/dev/null; } 2>&1';
  const { stdout } = spawnSync('bash', ['-c', script, '_', ...command], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  const [user, system, wall] = stdout.trim().split(/\s+/).map(Number);
  return { cpuMs: (user + system) * 1000, wallMs: wall * 1000 };
}

/** The middle of some runs. */
export function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

/** The most memory that a command held, in MiB, as the kernel counted it. */
export async function peakMegabytes(command, { cwd, env }) {
  const child = spawn(command[0], command.slice(1), { cwd, env, stdio: 'ignore' });
  const ended = new Promise((done) => child.once('close', done));
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${child.pid}/status`))?.[1] ?? 0));
  }, 4);
  await ended;
  clearInterval(look);
  return peak / 1024;
}

/** Milliseconds of processor time of a process and of all below it. */
export function cpuMs(pid) {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ');
  const own = ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
  return (own || 0) + childrenOf(pid).reduce((sum, child) => sum + cpuMs(child), 0);
}

function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean),
    );
  } catch {
    return [];
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
