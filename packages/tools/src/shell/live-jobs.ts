import { killGroup } from './kill-tree.ts';
import type { Job } from './process-tree.ts';

// Jobs are sessions of their own, so they would outlive an exit of this process that awaits nothing.
const live = new Set<Job>();
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends a job with this process, if it exits or is ended by a signal before the job does. */
export function track(job: Job): void {
  if (live.size === 0) {
    process.on('exit', killLive);
    hearSignals();
  }
  live.add(job);
}

/** Forgets a job that has ended. */
export function untrack(job: Job): void {
  live.delete(job);
  if (live.size > 0) return;
  process.off('exit', killLive);
  forgetSignals();
}

function killLive(): void {
  live.forEach(killGroup);
}

function hearSignals(): void {
  for (const signal of ending) process.prependListener(signal, killBySignal);
}

/** Without a listener of the host's a signal ends this process at once, and there is no exit to hear of. */
function killBySignal(signal: NodeJS.Signals): void {
  const alone = process.listenerCount(signal) === 1;
  if (alone) killLive();
  // Listeners that end the process when they are the only ones shall find that they are.
  forgetSignals();
  if (alone) process.kill(process.pid, signal);
  else setImmediate(hearAgain);
}

function hearAgain(): void {
  forgetSignals();
  if (live.size > 0) hearSignals();
}

function forgetSignals(): void {
  for (const signal of ending) process.off(signal, killBySignal);
}
