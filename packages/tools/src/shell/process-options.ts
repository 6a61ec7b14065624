import type { Writable } from 'node:stream';
import type { ResourceLimits } from './cage.ts';
import type { Excess } from './watch-job.ts';

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
  /**
   * Standard input stays open as `RunningProcess.stdin`, and the job does not keep this process alive: it ends with it.
   * Default false.
   */
  readonly partner?: boolean;
  /** `merged` gives both outputs in the order they were written; `separate` tells them apart. */
  readonly output: 'merged' | 'separate';
  readonly onOutput: (chunk: Buffer, from: 'stdout' | 'stderr') => void;
  readonly limits?: ProcessLimits;
  /** Open files that the child gets as 4, 5, …; they stay ours to close. */
  readonly files?: readonly number[];
  /** The program is known to start no other, so none is looked for when it ends. Default false. */
  readonly single?: boolean;
  /** Milliseconds between two looks at what the job uses. Default 200. */
  readonly watchMs?: number;
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
  /** Without output after the exit, until no more is waited for. Default 250. */
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
  /** Of a `partner`. */
  readonly stdin?: Writable;
  /** What the child wrote to its file 3, complete once `ended` has settled. */
  readonly report: () => string;
}
