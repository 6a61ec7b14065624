import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { CapstanError, newId } from '@capstan/sdk/contract';
import { openCage, type Cage, type ResourceLimits } from './cage.ts';
import { killGroup, killTree } from './kill-tree.ts';
import { findProgram, launchLine } from './launch-line.ts';
import { openOutputPipe } from './output-pipe.ts';
import { listProcesses, startOf, type ProcessEntry } from './process-table.ts';
import type { Job } from './process-tree.ts';
import { watchJob, type Excess } from './watch-job.ts';

/** What to start and for how long. Nothing is inherited that is not named here. */
export interface ProcessOptions {
  /** Program and words; no shell reads them. */
  readonly argv: readonly [string, ...string[]];
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Bytes for standard input. Default: closed, so nothing waits for a person. */
  readonly input?: string | Uint8Array;
  /** `merged` gives both outputs in the order they were written; `separate` tells them apart. */
  readonly output: 'merged' | 'separate';
  readonly onOutput: (chunk: Buffer, from: 'stdout' | 'stderr') => void;
  readonly limits?: ProcessLimits;
  /** Open files that the child gets as 4, 5, …; they stay ours to close. */
  readonly files?: readonly number[];
  /** Aborting it ends every process of the job. */
  readonly signal?: AbortSignal;
}

/** How long a job may go on, in milliseconds, and what it may use. */
export interface ProcessLimits extends ResourceLimits {
  /** From the start. Default: no limit. */
  readonly timeoutMs?: number;
  /** Without any output. Default: no limit. */
  readonly idleMs?: number;
  /** Between SIGTERM and SIGKILL after a time limit. Default 2,000; after an abort at most 300. */
  readonly graceMs?: number;
  /** For output that is still on its way after the exit. Default 250. */
  readonly drainMs?: number;
}

/** How a job ended. */
export interface ProcessEnd {
  readonly reason: EndReason;
  /** Absent when a signal ended the process. */
  readonly exitCode?: number;
  readonly signal?: NodeJS.Signals;
  /** Processes that outlived the first one and were ended, as `command (pid)`. */
  readonly leftovers: readonly string[];
  /** The system refused to start a process because of the limit of processes. */
  readonly forksRefused: boolean;
}

export type EndReason = 'exited' | 'timeout' | 'idle' | 'aborted' | Excess;

/** A started job. */
export interface RunningProcess {
  readonly pid: number;
  /** Settles when the first process has exited, its output is read, and no process of the job is left. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends the job. */
  stop(): void;
  /** What the child wrote to its file 3, complete once `ended` has settled. */
  readonly report: () => string;
}

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
    const tasks = cage?.enforces.has('processes') || limits.processes === undefined ? 0 : (await listProcesses(ps)).length;
    const argv = launchLine([findProgram(options.argv[0], options), ...options.argv.slice(1)], { cage, limits, tasks });
    const child = launch({ ...options, argv }, `CAPSTAN_JOB=${id}`, pipe?.writeEnd);
    const pid = await started(child, options.argv[0]);
    closeFiles();
    const output = pipe ? [pipe.reader] : [child.stdout, child.stderr].filter((stream) => stream !== null);
    const job: Job = { root: pid, started: startOf(pid), marker: `CAPSTAN_JOB=${id}`, seen: new Map(), ...(cage ? { cage } : {}) };
    return follow({ child, job, output, options });
  } catch (error) {
    closeFiles();
    pipe?.reader.destroy();
    cage?.remove();
    throw error;
  }
}

interface Followed {
  readonly child: ChildProcess;
  readonly job: Job;
  readonly output: readonly Readable[];
  readonly options: ProcessOptions;
}

function follow({ child, job, output, options }: Followed): RunningProcess {
  const { limits = {}, signal } = options;
  const ending = endOnce(job);
  const graceMs = limits.graceMs ?? 2_000;
  const abort = (): void => ending.end('aborted', Math.min(graceMs, 300));
  const timer = limits.timeoutMs === undefined ? undefined : setTimeout(ending.end, limits.timeoutMs, 'timeout', graceMs);
  const idle = limits.idleMs === undefined ? undefined : setTimeout(ending.end, limits.idleMs, 'idle', graceMs);
  const unwatch = watchJob(job, { limits, ps, exceeded: (excess) => ending.end(excess, 0) });
  const read = readAll(output, (chunk, from) => {
    idle?.refresh();
    options.onOutput(chunk, from);
  });
  const report = readReport(child);
  track(job);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();

  const finish = async (): Promise<ProcessEnd> => {
    const exit = await exited(child);
    clearTimeout(idle);
    await settledWithin([...read.ends, report.end], limits.drainMs ?? 250, ending.signal);
    clearTimeout(timer);
    unwatch();
    await ending.done();
    const left = await killTree(job, { graceMs: Math.min(graceMs, 500), ps });
    signal?.removeEventListener('abort', abort);
    read.close();
    untrack(job);
    const { reason, forksRefused } = judge(job.cage, ending.reason());
    job.cage?.remove();
    return { reason, ...exit, leftovers: reason === 'exited' ? left.filter(isWork).map(nameOf) : [], forksRefused };
  };
  return { pid: job.root, ended: finish(), stop: abort, report: () => report.text };
}

// The kernel may have killed the job for memory, and it exited, between two looks of the watch.
function judge(cage: Cage | undefined, reason: EndReason): Pick<ProcessEnd, 'reason' | 'forksRefused'> {
  const memory = reason === 'exited' && cage?.outOfMemory();
  return { reason: memory ? 'memory' : reason, forksRefused: cage?.outOfProcesses() ?? false };
}

function endOnce(job: Job) {
  const stopping = new AbortController();
  let reason: EndReason = 'exited';
  let killing: Promise<unknown> = Promise.resolve();
  const end = (why: EndReason, graceMs: number): void => {
    if (stopping.signal.aborted) return;
    reason = why;
    stopping.abort();
    killing = killTree(job, { graceMs, ps });
  };
  return { end, signal: stopping.signal, reason: () => reason, done: () => killing };
}

function launch(options: Omit<ProcessOptions, 'argv'> & { argv: readonly string[] }, marker: string, writeEnd: number | undefined): ChildProcess {
  const { argv, cwd, env, input, files = [] } = options;
  const [name, value] = marker.split('=') as [string, string];
  const out = writeEnd ?? 'pipe';
  const stdio: StdioOptions = [input === undefined ? 'ignore' : 'pipe', out, out, 'pipe', ...files];
  // `detached` makes a new session: a group to signal, and no terminal to ask a question on.
  const child = spawn(argv[0]!, argv.slice(1), { cwd, env: { ...env, [name]: value }, stdio, detached: true });
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return child;
}

function started(child: ChildProcess, program: string): Promise<number> {
  const { pid } = child;
  if (pid !== undefined) return Promise.resolve(pid);
  return new Promise((_, reject) => {
    child.once('error', (cause) => {
      reject(new CapstanError('tool_failed', `${program} could not be started: ${cause.message}.`, { where: program }, { cause }));
    });
  });
}

function exited(child: ChildProcess): Promise<{ exitCode?: number; signal?: NodeJS.Signals }> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? { exitCode: code ?? 0 } : { signal }));
  });
}

function readAll(streams: readonly Readable[], onOutput: ProcessOptions['onOutput']) {
  const ends = streams.map((stream, index) => {
    stream.on('data', (chunk: Buffer) => onOutput(chunk, index === 1 ? 'stderr' : 'stdout'));
    return ended(stream);
  });
  return { ends, close: () => streams.forEach((stream) => stream.destroy()) };
}

function readReport(child: ChildProcess) {
  const stream = child.stdio[3] as Readable;
  const report = { text: '', end: ended(stream) };
  stream.on('data', (chunk: Buffer) => (report.text = (report.text + chunk.toString()).slice(-8_192)));
  return report;
}

function ended(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('end', resolve);
    stream.on('error', () => resolve());
  });
}

function assertStartable({ cwd, signal }: ProcessOptions): void {
  if (signal?.aborted) throw new CapstanError('aborted', 'Stopped before the command started.');
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new CapstanError('not_found', `The folder ${cwd} does not exist. Name an existing folder as working directory.`, { where: cwd });
}

// A cage costs some milliseconds; what is trusted enough to run without bounds does not need one.
function isBounded({ memoryBytes, cpuSeconds, processes }: ProcessLimits): boolean {
  return memoryBytes !== undefined || cpuSeconds !== undefined || processes !== undefined;
}

// The first process of a sandbox ends by itself, a moment after the command.
function isWork({ command }: ProcessEntry): boolean {
  return command !== 'bwrap';
}

function nameOf({ command, pid }: ProcessEntry): string {
  return `${command} (${pid})`;
}

function openPipe() {
  return openOutputPipe(async (path) => void (await execute('mkfifo', ['-m', '600', path])));
}

function ps(): Promise<string> {
  return execute('ps', ['-axo', 'pid=,ppid=,pgid=,stat=,comm=']);
}

function execute(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { maxBuffer: 64 << 20 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}

/** Waits for all, though not longer than the time, and no more once the signal aborts. */
function settledWithin(waits: readonly Promise<void>[], ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) done();
    signal.addEventListener('abort', done, { once: true });
    void Promise.all(waits).then(done);
  });
}

// Jobs are sessions of their own, so they would outlive an exit of this process that awaits nothing.
const live = new Set<Job>();

function track(job: Job): void {
  if (live.size === 0) process.on('exit', killLive);
  live.add(job);
}

function untrack(job: Job): void {
  live.delete(job);
  if (live.size === 0) process.off('exit', killLive);
}

function killLive(): void {
  live.forEach(killGroup);
}
