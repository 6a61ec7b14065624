import { killGroup } from './kill-tree.ts';
import type { Job } from './process-tree.ts';

// Jobs are sessions of their own, so they would outlive an exit of this process that awaits nothing.
const live = new Set<Job>();
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends a job with this process, if it exits or is ended by a signal before the job does. */
export function track(job: Job): void {
  if (live.size === 0) {
    process.on('exit', killLive);
    for (const signal of ending) process.on(signal, killBySignal);
  }
  live.add(job);
}

/** Forgets a job that has ended. */
export function untrack(job: Job): void {
  live.delete(job);
  if (live.size === 0) forgetProcess();
}

function killLive(): void {
  live.forEach(killGroup);
}

/** Without a listener of the host's a signal ends this process at once, and there is no exit to hear of. */
function killBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  killLive();
  forgetProcess();
  process.kill(process.pid, signal);
}

function forgetProcess(): void {
  process.off('exit', killLive);
  for (const signal of ending) process.off(signal, killBySignal);
}
