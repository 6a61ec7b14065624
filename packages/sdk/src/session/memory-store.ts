import { CapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import type { RunStore, StoredSession } from '../contract/store.ts';
import { staleWriter } from './stale-writer.ts';

/** Makes a store that lives and dies with the process. */
export function memoryStore(): RunStore {
  const sessions = new Map<string, DurableEvent[]>();
  const runs = new Map<string, string>();
  return {
    async append(sessionId, expectedSeq, events) {
      let kept = sessions.get(sessionId);
      if (expectedSeq !== (kept?.length ?? 0)) throw staleWriter(sessionId, expectedSeq, kept?.length ?? 0);
      checkNumbers(expectedSeq, events);
      if (!kept) sessions.set(sessionId, (kept = []));
      for (const event of events) {
        kept.push(event);
        runs.set(event.runId, sessionId);
      }
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
    },
    async close() {},
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
