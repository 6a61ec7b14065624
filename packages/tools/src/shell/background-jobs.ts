import { keepOutput, type KeptOutput } from './kept-output.ts';
import { lazySpill, maxSpillBytes, printOutput, type LazySpill } from './lazy-spill.ts';
import { endInWords, startCommand, type Command, type Shell } from './run-command.ts';
import type { ProcessEnd } from './process-options.ts';

/** The commands that run in the background, by session. They end with this process at the latest. */
export interface BackgroundJobs {
  /** Starts a command. @throws {Error} when the session has too many already. */
  start(command: Command, sessionId: string): Promise<BackgroundJob>;
  get(id: string, sessionId: string): BackgroundJob | undefined;
  list(sessionId: string): readonly BackgroundJob[];
}

export interface BackgroundJob {
  readonly id: string;
  readonly command: string;
  readonly pid: number;
  /** Settles when there is output nobody has read, when the job has ended, or when the signal aborts. */
  news(signal: AbortSignal): Promise<void>;
  /** Gives the output since the last reading. */
  read(): string;
  /** Says in words how the job stands. */
  state(): string;
  running(): boolean;
  stop(): Promise<void>;
}

const maxRunning = 16;

/** Makes the list of background commands of one shell. */
export function backgroundJobs(shell: Shell): BackgroundJobs {
  const jobs = new Map<string, { sessionId: string; job: BackgroundJob }>();
  const ofSession = (sessionId: string): BackgroundJob[] =>
    [...jobs.values()].filter((held) => held.sessionId === sessionId).map(({ job }) => job);
  let last = 0;
  return {
    async start(command, sessionId) {
      if (ofSession(sessionId).filter((job) => job.running()).length >= maxRunning) {
        throw new Error(`${maxRunning} commands run in the background already. Stop one with shell_stop first.`);
      }
      last += 1;
      const job = await startJob(shell, command, `job-${last}`);
      jobs.set(job.id, { sessionId, job });
      return job;
    },
    get: (id, sessionId) => ofSession(sessionId).find((job) => job.id === id),
    list: ofSession,
  };
}

async function startJob(shell: Shell, command: Command, id: string): Promise<BackgroundJob> {
  let part = openPart(shell);
  let unread = false;
  let end: ProcessEnd | undefined;
  let wake: () => void = () => {};
  const onOutput = (chunk: Buffer): void => {
    part.kept.push(chunk);
    unread = true;
    wake();
  };
  const process = await startCommand(shell, command, { onOutput });
  const ended = process.ended.then((how) => {
    end = how;
    wake();
  });
  return {
    id,
    command: command.command,
    pid: process.pid,
    running: () => end === undefined,
    state: () => (end ? endInWords(end) : 'running'),
    news(signal) {
      if (unread || end || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
    read() {
      const read = part;
      part = openPart(shell);
      unread = false;
      const text = printOutput(read.kept.end(), read.spill);
      read.spill.close();
      return text;
    },
    async stop() {
      process.stop();
      await ended;
    },
  };
}

function openPart({ root, options }: Shell): { kept: KeptOutput; spill: LazySpill } {
  const spill = lazySpill(root);
  return { spill, kept: keepOutput({ maxChars: options.maxOutputChars ?? 30_000, spill, maxSpillBytes }) };
}
