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
    : watchJob(job, { limits, ps, everyMs: options.watchMs ?? 200, exceeded: (excess) => ending.end(excess, 0) });
  let pieces = 0;
  const read = readAll(output, (chunk, from) => {
    pieces += 1;
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
    const waits = [...read.ends, report.end];
    await drained({ waits, pieces: () => pieces, quietMs: limits.drainMs ?? 250, signal: ending.signal });
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

interface Drain {
  readonly waits: readonly Promise<void>[];
  /** Grows with each piece that is read. */
  readonly pieces: () => number;
  /** Milliseconds without a piece. */
  readonly quietMs: number;
  readonly signal: AbortSignal;
}

// For whoever goes on writing after the exit: it is about to be ended.
const maxQuiets = 20;

/**
 * Waits until all have ended or nothing comes any more, and no longer once the signal aborts. Time alone does not tell:
 * on a busy machine it has passed before what the pipe holds is read.
 */
function drained({ waits, pieces, quietMs, signal }: Drain): Promise<void> {
  return new Promise((resolve) => {
    let seen = pieces();
    let timer: NodeJS.Timeout;
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const look = (quiets: number): void => {
      // After the timers the loop reads what is there, then comes here.
      setImmediate(() => {
        if (pieces() === seen || quiets >= maxQuiets) return done();
        seen = pieces();
        timer = setTimeout(look, quietMs, quiets + 1);
      });
    };
    timer = setTimeout(look, quietMs, 0);
    if (signal.aborted) done();
    signal.addEventListener('abort', done, { once: true });
    void Promise.all(waits).then(done);
  });
}
