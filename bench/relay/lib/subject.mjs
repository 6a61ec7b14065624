// A proxy as a process of its own, so that its processor time and memory are its own.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const ticksPerSecond = 100;

/** Starts a script that prints a line when it listens: the first that `ready` matches. */
export async function start(file, { env = {}, args = [], flags = [], quiet = false, ready = /./ } = {}) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', quiet ? 'ignore' : 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    firstOf(lines, ready),
    once(child, 'exit').then(() => {
      throw new Error(`${file} ended before it listened`);
    }),
  ]);
  // What it writes later is its log, which is read so that it need not wait.
  lines.close();
  child.stdout.resume();
  return { child, line, stop: () => stop(child) };
}

function firstOf(lines, ready) {
  return new Promise((resolve) => lines.on('line', (line) => void (ready.test(line) && resolve(line))));
}

async function stop(child) {
  if (child.exitCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Processor time so far, in microseconds: user and system. */
export function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}

/** Resident memory in MB. */
export function rssOf(pid) {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 1e6;
}

/** A port that nobody has just now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
