import { readFileSync } from 'node:fs';
import type { ResourceLimits } from './cage.ts';
import { listProcesses, type ProcessEntry } from './process-table.ts';
import { findTree, type Job } from './process-tree.ts';

/** A limit that a job went over. */
export type Excess = 'memory' | 'cpu' | 'processes';

export interface WatchOptions {
  readonly limits: ResourceLimits;
  /** See `listProcesses`. */
  readonly ps: () => Promise<string>;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  readonly exceeded: (excess: Excess) => void;
}

const pageBytes = 4_096;
const ticksPerSecond = 100;

/**
 * Looks at a job again and again: remembers its processes, so that a daemon which leaves them is known, and reports
 * a limit that the system itself does not enforce.
 *
 * @returns How to stop watching.
 */
export function watchJob(job: Job, { limits, ps, everyMs, exceeded }: WatchOptions): () => void {
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const excess = job.cage
      ? await lookAtCage(job, limits, ps)
      : lookAtTree(findTree(job, await listProcesses(ps)), limits);
    looking = false;
    if (excess) exceeded(excess);
  };
  const timer = setInterval(() => void look().catch(() => {}), everyMs).unref();
  return () => clearInterval(timer);
}

async function lookAtCage(job: Job, limits: ResourceLimits, ps: () => Promise<string>): Promise<Excess | undefined> {
  const { cage } = job;
  if (!cage) return undefined;
  // Entering can be refused although the group could be made; then nothing but looking holds the job.
  if (cage.members().length === 0) return lookAtTree(findTree(job, await listProcesses(ps)), limits);
  if (cage.outOfMemory()) return 'memory';
  const cpu = cage.cpuSeconds();
  if (cpu !== undefined && cpu > (limits.cpuSeconds ?? Infinity)) return 'cpu';
  const watched: ResourceLimits = {
    ...(limits.memoryBytes !== undefined && !cage.enforces.has('memoryBytes')
      ? { memoryBytes: limits.memoryBytes }
      : {}),
    ...(limits.processes !== undefined && !cage.enforces.has('processes') ? { processes: limits.processes } : {}),
    ...(limits.cpuSeconds !== undefined && cpu === undefined ? { cpuSeconds: limits.cpuSeconds } : {}),
  };
  if (Object.keys(watched).length === 0) return undefined;
  return lookAtTree(findTree(job, await listProcesses(ps)), watched);
}

function lookAtTree(
  tree: readonly ProcessEntry[],
  { memoryBytes, cpuSeconds, processes }: ResourceLimits,
): Excess | undefined {
  if (processes !== undefined && tree.length > processes) return 'processes';
  if (memoryBytes === undefined && cpuSeconds === undefined) return undefined;
  const use = tree.map(({ pid }) => useOf(pid));
  if (memoryBytes !== undefined && sum(use.map(({ bytes }) => bytes)) > memoryBytes) return 'memory';
  if (cpuSeconds !== undefined && sum(use.map(({ seconds }) => seconds)) > cpuSeconds) return 'cpu';
  return undefined;
}

// Own, not shared, memory: else every child of a large program would count the same pages again.
function useOf(pid: number): { bytes: number; seconds: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ').map(Number);
    // utime, stime, and those of collected children.
    const ticks = sum(fields.slice(11, 15));
    return { bytes: (resident - shared) * pageBytes, seconds: ticks / ticksPerSecond };
  } catch {
    return { bytes: 0, seconds: 0 };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
