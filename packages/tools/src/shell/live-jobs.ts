import { killGroup } from './kill-tree.ts';
import type { Job } from './process-tree.ts';

// Jobs are sessions of their own, so they would outlive an exit of this process that awaits nothing.
const live = new Set<Job>();

/** Ends a job with this process, if it exits before the job does. */
export function track(job: Job): void {
  if (live.size === 0) process.on('exit', killLive);
  live.add(job);
}

/** Forgets a job that has ended. */
export function untrack(job: Job): void {
  live.delete(job);
  if (live.size === 0) process.off('exit', killLive);
}

function killLive(): void {
  live.forEach(killGroup);
}
