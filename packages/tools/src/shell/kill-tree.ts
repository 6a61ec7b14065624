import { listProcesses, type ProcessEntry } from './process-table.ts';
import { findTree, type Job } from './process-tree.ts';

/** How a tree is ended. */
export interface KillOptions {
  /** Milliseconds between the polite SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** See `listProcesses`. */
  readonly ps: () => Promise<string>;
}

const pollMs = 20;
const killRounds = 200;

/**
 * Ends every process of a job: SIGTERM, then SIGKILL after the grace time, until none is left.
 *
 * @returns The processes that lived when it began.
 */
export async function killTree(job: Job, { graceMs, ps }: KillOptions): Promise<readonly ProcessEntry[]> {
  const found = findTree(job, await listProcesses(ps));
  if (found.length === 0) return found;
  for (const { pid } of found) send(pid, 'SIGTERM');
  // A stopped process only acts on SIGTERM once it goes on.
  for (const { pid } of found) send(pid, 'SIGCONT');
  const deadline = performance.now() + graceMs;
  while (performance.now() < deadline) {
    await pause(pollMs);
    if (findTree(job, await listProcesses(ps)).length === 0) return found;
  }
  await killHard(job, ps);
  return found;
}

// Stopping all before killing any starves a fork storm: what is stopped forks no more, yet counts against the limit.
async function killHard(job: Job, ps: () => Promise<string>): Promise<void> {
  for (let round = 0; round < killRounds; round += 1) {
    const living = findTree(job, await listProcesses(ps));
    if (living.length === 0) return;
    job.cage?.kill();
    for (const { pid } of living) send(pid, 'SIGSTOP');
    for (const { pid } of living) send(pid, 'SIGKILL');
    await pause(Math.min(round, pollMs));
  }
}

/** Kills a job's group at once, for when this process itself is about to exit. */
export function killGroup(job: Job): void {
  job.cage?.kill();
  for (const pid of job.cage?.members() ?? []) send(pid, 'SIGKILL');
  send(-job.root, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, or not ours to end.
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
