import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Cage } from './cage.ts';
import { killTree } from './kill-tree.ts';
import { track, untrack } from './live-jobs.ts';
import type { EndReason, ProcessEnd, ProcessOptions, RunningProcess } from './process-options.ts';
import type { ProcessEntry } from './process-table.ts';
import type { Job } from './process-tree.ts';
import { watchJob } from './watch-job.ts';

/** A process that has just started. */
export interface Followed {
  readonly child: ChildProcess;
  readonly job: Job;
  readonly output: readonly Readable[];
  readonly options: ProcessOptions;
  /** See `listProcesses`. */
  readonly ps: () => Promise<string>;
}

/** Stays with a process until nothing of it is left, and holds it to its limits. */
export function followProcess({ child, job, output, options, ps }: Followed): RunningProcess {
  const { limits = {}, signal } = options;
  const ending = endOnce(job, ps);
  const graceMs = limits.graceMs ?? 2_000;
  const abort = (): void => ending.end('aborted', Math.min(graceMs, 300));
  const timer =
    limits.timeoutMs === undefined ? undefined : setTimeout(ending.end, limits.timeoutMs, 'timeout', graceMs);
  const idle = limits.idleMs === undefined ? undefined : setTimeout(ending.end, limits.idleMs, 'idle', graceMs);
  const unwatch = options.single
    ? () => {}
    : watchJob(job, { limits, ps, exceeded: (excess) => ending.end(excess, 0) });
  const read = readAll(output, (chunk, from) => {
    idle?.refresh();
    options.onOutput(chunk, from);
  });
  const report = readReport(child);
  track(job);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();

  const finish = async (): Promise<ProcessEnd> => {
    const exit = await Promise.race([exited(child), ending.givenUp]);
    clearTimeout(idle);
    await settledWithin([...read.ends, report.end], limits.drainMs ?? 250, ending.signal);
    clearTimeout(timer);
    unwatch();
    await ending.done();
    const left = options.single ? [] : await killTree(job, { graceMs: Math.min(graceMs, 500), ps });
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

function endOnce(job: Job, ps: () => Promise<string>) {
  const stopping = new AbortController();
  let reason: EndReason = 'exited';
  let killing: Promise<unknown> = Promise.resolve();
  let giveUp: (end: { signal: NodeJS.Signals }) => void = () => {};
  // What hangs in the kernel cannot be killed; nobody shall wait for it.
  const givenUp = new Promise<{ signal: NodeJS.Signals }>((resolve) => (giveUp = resolve));
  const end = (why: EndReason, graceMs: number): void => {
    if (stopping.signal.aborted) return;
    reason = why;
    stopping.abort();
    killing = killTree(job, { graceMs, ps }).finally(() => {
      setTimeout(giveUp, 1_000, { signal: 'SIGKILL' }).unref();
    });
  };
  return { end, signal: stopping.signal, reason: () => reason, done: () => killing, givenUp };
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

// The first process of a sandbox ends by itself, a moment after the command.
function isWork({ command }: ProcessEntry): boolean {
  return command !== 'bwrap';
}

function nameOf({ command, pid }: ProcessEntry): string {
  return `${command} (${pid})`;
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
