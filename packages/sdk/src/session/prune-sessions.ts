import type { RunStore } from '../contract/store.ts';
import { listSessions } from './session-summary.ts';

/** What may stay; a limit that is absent keeps all. */
export interface PruneOptions {
  /** Deletes sessions not changed for this many days. */
  readonly olderThanDays?: number;
  /** Keeps this many, the last changed. */
  readonly keep?: number;
  /** Keeps the last changed that fit into this many UTF-8 bytes of events. */
  readonly maxBytes?: number;
  /** Tells what would go, without deleting. */
  readonly dryRun?: boolean;
}

/** Deletes old sessions, but for those that a run writes to. Gives the ids of those deleted. */
export async function pruneSessions(
  store: RunStore,
  { olderThanDays = Infinity, keep = Infinity, maxBytes = Infinity, dryRun = false }: PruneOptions,
  now = Date.now(),
): Promise<readonly string[]> {
  const oldest = now - olderThanDays * 24 * 60 * 60 * 1000;
  let bytes = 0;
  const old = (await listSessions(store)).filter((session, i) => {
    bytes += session.bytes;
    return session.updatedAt < oldest || i >= keep || bytes > maxBytes;
  });
  const gone: string[] = [];
  for (const { id } of old) {
    if (await store.leases?.find(id)) continue;
    if (!dryRun) await store.delete(id);
    gone.push(id);
  }
  return gone;
}
