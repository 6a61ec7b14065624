import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { statSync } from 'node:fs';
import { Socket } from 'node:net';
import { CapstanError, newId } from '@capstan/sdk/contract';
import { openCage, type Cage } from './cage.ts';
import { followProcess } from './follow-process.ts';
import { findProgram, launchLine } from './launch-line.ts';
import { openOutputPipe } from './output-pipe.ts';
import type { ProcessLimits, ProcessOptions, RunningProcess } from './process-options.ts';
import { listProcesses, socketsOf, startOf } from './process-table.ts';
import type { Job } from './process-tree.ts';

/**
 * Starts a process in a session of its own, with no terminal. The one place in Capstan that starts processes.
 *
 * The job is whatever the process starts, also what leaves its group, its session or its parent. None of it outlives
 * `ended`.
 *
 * @throws {CapstanError} `not_found` if the program or the folder is missing, `aborted` if the signal already is,
 *   `tool_failed` if the system refuses.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  assertStartable(options);
  const id = newId();
  const { limits = {} } = options;
  const pipe = options.output === 'merged' ? await openPipe() : undefined;
  const cage = isBounded(limits) ? openCage(id, limits) : undefined;
  const closeFiles = (): void => pipe?.closeWriteEnd();
  try {
    const tasks =
      cage?.enforces.has('processes') || limits.processes === undefined
        ? 0
        : (await listProcesses(ps)).reduce((sum, { threads }) => sum + threads, 0);
    const argv = launchLine([findProgram(options.argv[0], options), ...options.argv.slice(1)], { cage, limits, tasks });
    const child = launch({ ...options, argv }, `CAPSTAN_JOB=${id}`, pipe?.writeEnd);
    const pid = await started(child, options.argv[0]);
    closeFiles();
    const output = pipe ? [pipe.reader] : [child.stdout, child.stderr].filter((stream) => stream !== null);
    const job = jobOf(pid, id, cage);
    const running = followProcess({ child, job, output, options, ps });
    return options.partner ? { ...running, ...released(child) } : running;
  } catch (error) {
    closeFiles();
    pipe?.reader.destroy();
    cage?.remove();
    throw error;
  }
}

function jobOf(pid: number, id: string, cage: Cage | undefined): Job {
  // Right after the start it has no socket but the one for its report.
  const [socket] = socketsOf(pid);
  return {
    root: pid,
    started: startOf(pid),
    marker: `CAPSTAN_JOB=${id}`,
    seen: new Map(),
    ...(cage ? { cage } : {}),
    ...(socket ? { socket } : {}),
  };
}

function launch(
  options: Omit<ProcessOptions, 'argv'> & { argv: readonly string[] },
  marker: string,
  writeEnd: number | undefined,
): ChildProcess {
  const { argv, cwd, env, input, partner = false, files = [] } = options;
  const [name, value] = marker.split('=') as [string, string];
  const out = writeEnd ?? 'pipe';
  const stdio: StdioOptions = [input === undefined && !partner ? 'ignore' : 'pipe', out, out, 'pipe', ...files];
  // `detached` makes a new session: a group to signal, and no terminal to ask a question on.
  const child = spawn(argv[0]!, argv.slice(1), { cwd, env: { ...env, [name]: value }, stdio, detached: true });
  child.stdin?.on('error', () => {});
  if (!partner) child.stdin?.end(input);
  return child;
}

/** Lets this process end although the child and the pipes to it are there. */
function released(child: ChildProcess): Pick<RunningProcess, 'stdin'> {
  child.unref();
  for (const stream of child.stdio) if (stream instanceof Socket) stream.unref();
  return child.stdin ? { stdin: child.stdin } : {};
}

function started(child: ChildProcess, program: string): Promise<number> {
  const { pid } = child;
  if (pid !== undefined) return Promise.resolve(pid);
  return new Promise((_, reject) => {
    child.once('error', (cause) => {
      reject(
        new CapstanError(
          'tool_failed',
          `${program} could not be started: ${cause.message}.`,
          { where: program },
          { cause },
        ),
      );
    });
  });
}

function assertStartable({ cwd, signal }: ProcessOptions): void {
  if (signal?.aborted) throw new CapstanError('aborted', 'Stopped before the command started.');
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new CapstanError(
    'not_found',
    `The folder ${cwd} does not exist. Name an existing folder as working directory.`,
    { where: cwd },
  );
}

// A cage costs some milliseconds; what is trusted enough to run without bounds does not need one.
function isBounded({ memoryBytes, cpuSeconds, processes }: ProcessLimits): boolean {
  return memoryBytes !== undefined || cpuSeconds !== undefined || processes !== undefined;
}

// A script of a package runs with the repository's own programs in front.
function systemFirst(): NodeJS.ProcessEnv {
  return { LC_ALL: 'C', PATH: `/usr/bin:/bin:/run/current-system/sw/bin:${process.env.PATH ?? ''}` };
}

function openPipe() {
  return openOutputPipe(async (path) => void (await execute('mkfifo', ['-m', '600', path])));
}

function ps(): Promise<string> {
  return execute('ps', ['-axo', 'pid=,ppid=,pgid=,stat=,lstart=,comm=']);
}

function execute(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { maxBuffer: 64 << 20, env: systemFirst() }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });
}
