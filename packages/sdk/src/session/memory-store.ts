import { CapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import type { Lease, SessionLeases } from '../contract/lease.ts';
import type { RunStore, StoredSession } from '../contract/store.ts';
import { checkWriter, defaultLeaseMs, isSame, renewedLease, takenLease } from './lease-rules.ts';
import { staleWriter } from './stale-writer.ts';

export interface MemoryStoreOptions {
  /** Milliseconds until the lease of a writer that shows no life runs out. Default 15,000. */
  readonly leaseMs?: number;
}

/** Makes a store that lives and dies with the process. */
export function memoryStore({ leaseMs = defaultLeaseMs }: MemoryStoreOptions = {}): RunStore {
  const sessions = new Map<string, DurableEvent[]>();
  const runs = new Map<string, string>();
  const held = new Map<string, Lease>();
  return {
    leases: memoryLeases(held, leaseMs),
    async append(sessionId, expectedSeq, events, { lease, release } = {}) {
      checkWriter(held.get(sessionId), lease, Date.now());
      let kept = sessions.get(sessionId);
      if (expectedSeq !== (kept?.length ?? 0)) throw staleWriter(sessionId, expectedSeq, kept?.length ?? 0);
      checkNumbers(expectedSeq, events);
      if (!kept) sessions.set(sessionId, (kept = []));
      for (const event of events) {
        kept.push(event);
        runs.set(event.runId, sessionId);
      }
      if (lease && release) held.set(sessionId, { ...lease, expiresAt: 0 });
    },
    async read(sessionId, { after = 0 } = {}) {
      return sessions.get(sessionId)?.slice(after) ?? [];
    },
    async list({ limit = Infinity } = {}) {
      const all = [...sessions].flatMap(([sessionId, events]) => summary(sessionId, events));
      return all.toSorted((a, b) => b.updatedAt - a.updatedAt || (a.sessionId < b.sessionId ? 1 : -1)).slice(0, limit);
    },
    async sessionOf(runId) {
      return runs.get(runId);
    },
    async delete(sessionId) {
      for (const event of sessions.get(sessionId) ?? []) runs.delete(event.runId);
      sessions.delete(sessionId);
      held.delete(sessionId);
    },
    async close() {},
  };
}

function memoryLeases(held: Map<string, Lease>, ttlMs: number): SessionLeases {
  const keep = (lease: Lease) => (held.set(lease.sessionId, lease), lease);
  return {
    async take(sessionId, holder) {
      return keep(takenLease(held.get(sessionId), { sessionId, holder, ttlMs }, Date.now()));
    },
    async renew(lease) {
      return keep(renewedLease(held.get(lease.sessionId), lease, Date.now()));
    },
    async release(lease) {
      const current = held.get(lease.sessionId);
      if (current && isSame(current, lease)) keep({ ...lease, expiresAt: 0 });
    },
    async find(sessionId) {
      const lease = held.get(sessionId);
      return lease && lease.expiresAt > Date.now() ? lease : undefined;
    },
  };
}

/** @throws {CapstanError} `store_failed` when numbers are not `expectedSeq + 1` and on: a mistake of the writer. */
export function checkNumbers(expectedSeq: number, events: readonly DurableEvent[]): void {
  for (const [i, { seq }] of events.entries()) {
    if (seq === expectedSeq + 1 + i) continue;
    throw new CapstanError(
      'store_failed',
      `Event ${seq} cannot follow ${expectedSeq + i}. Number events without gaps.`,
    );
  }
}

function summary(sessionId: string, events: readonly DurableEvent[]): StoredSession[] {
  const first = events[0];
  const last = events.at(-1);
  if (!first || !last) return [];
  return [{ sessionId, lastSeq: last.seq, createdAt: first.at, updatedAt: last.at, lastRunId: last.runId }];
}
