import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ReadJob, ReadOutcome } from './read-jobs.ts';

/** What threads made of many files. */
export interface ThreadedRead {
  readonly outcomes: readonly ReadOutcome[];
  readonly segments: readonly Buffer[];
}

const jobsAtOnce = 48;

/**
 * Reads files in as many threads as there are processors, at most eight. The threads share the files as they go.
 *
 * @throws whatever keeps a thread from starting or ends it.
 */
export async function readInThreads(
  root: string,
  jobs: readonly ReadJob[],
  signal?: AbortSignal,
): Promise<ThreadedRead> {
  const threads = Math.max(1, Math.min(8, availableParallelism(), Math.ceil(jobs.length / jobsAtOnce)));
  const outcomes: ReadOutcome[] = [];
  let next = 0;
  const take = (): readonly ReadJob[] => {
    signal?.throwIfAborted();
    const batch = jobs.slice(next, next + jobsAtOnce);
    next += batch.length;
    return batch;
  };
  const run = () => runThread(root, take, outcomes);
  const segments = await Promise.all(Array.from({ length: threads }, run));
  return { outcomes, segments };
}

function runThread(root: string, take: () => readonly ReadJob[], outcomes: ReadOutcome[]): Promise<Buffer> {
  const worker = new Worker(workerFile(), { resourceLimits: { maxYoungGenerationSizeMb: 12 } });
  const done = new Promise<Buffer>((resolve, reject) => {
    let pending = 0;
    // Two lists lie at each thread, so that it never waits for the next one.
    const send = (): void => {
      try {
        const batch = take();
        if (batch.length === 0 && pending > 0) return;
        pending += 1;
        worker.postMessage(batch.length === 0 ? { root } : { root, jobs: batch });
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    worker.on('message', (reply: { readonly outcomes?: readonly ReadOutcome[]; readonly segment?: Uint8Array }) => {
      if (reply.segment) return resolve(Buffer.from(reply.segment.buffer));
      pending -= 1;
      outcomes.push(...(reply.outcomes ?? []));
      send();
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`A thread that reads sources ended with code ${code}.`)));
    send();
    send();
  });
  return done.finally(() => worker.terminate());
}

/** The thread's code lies beside this file in the sources, and under its own name where the package is built. */
function workerFile(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? './index-worker.ts' : './index/index-worker.js', here);
}
