import type { Cage } from './cage.ts';
import { environmentOf, socketsOf, type ProcessEntry } from './process-table.ts';

/** What is known of a job: enough to find its processes after they left the group, the session and the parent. */
export interface Job {
  /** Pid of the first process, which leads its own group and session. */
  readonly root: number;
  /** When that process started; see `ProcessEntry.started`. */
  readonly started: number;
  /** `NAME=value` that every process of the job inherits in its environment. */
  readonly marker: string;
  /** The socket the first process reports on, which children inherit even when they wipe their environment. */
  readonly socket?: string;
  /** Processes seen earlier, pid to start time: a daemon may since have left its parent and wiped its environment. */
  readonly seen: Map<number, number>;
  /** Where the system has control groups: the sure list of members. */
  readonly cage?: Cage;
}

/**
 * Finds the living processes of a job: its control group, group, session, descendants, whatever carries its marker, and
 * whatever was seen before, with all their descendants. Adds what it finds to `job.seen`.
 */
export function findTree(job: Job, table: readonly ProcessEntry[]): ProcessEntry[] {
  const members = new Set(job.cage?.members());
  for (const entry of table) {
    if (entry.pid !== process.pid && belongs(job, entry)) members.add(entry.pid);
  }
  addDescendants(members, table);
  const living = table.filter((entry) => members.has(entry.pid) && !entry.dead);
  for (const entry of living) job.seen.set(entry.pid, entry.started);
  return living;
}

function belongs(job: Job, entry: ProcessEntry): boolean {
  // An older process cannot be ours: group and session numbers are used again.
  if (entry.started < job.started) return false;
  if (entry.pid === job.root || entry.group === job.root || entry.session === job.root) return true;
  if (job.seen.get(entry.pid) === entry.started) return true;
  if (environmentOf(entry.pid).includes(job.marker)) return true;
  return job.socket !== undefined && socketsOf(entry.pid).includes(job.socket);
}

function addDescendants(members: Set<number>, table: readonly ProcessEntry[]): void {
  let before = -1;
  while (members.size !== before) {
    before = members.size;
    for (const entry of table) if (members.has(entry.parent)) members.add(entry.pid);
  }
}
