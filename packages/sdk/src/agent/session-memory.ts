import type { DurableEvent } from '../contract/event.ts';
import type { RunStore } from '../contract/store.ts';
import type { SessionState } from '../session/fold.ts';
import { emptySession, foldEvents } from '../session/fold.ts';

/** How many sessions an agent remembers. */
const remembered = 8;

/** A session as it stands behind its last event. */
interface Known {
  readonly store: RunStore;
  readonly state: SessionState;
  readonly last: DurableEvent;
}

/**
 * Remembers the sessions that an agent's runs ended in last, so that the next run reads only what is new: a conversation of
 * many runs takes time in proportion to its length. What it remembers is checked against the store, which other processes
 * may have written to.
 */
export class SessionMemory {
  readonly #known = new Map<string, Known>();

  /** Gives the state of a session, and forgets it: the run that asks holds it alone. */
  async recall(store: RunStore, sessionId: string): Promise<SessionState> {
    const known = this.#known.get(sessionId);
    this.#known.delete(sessionId);
    if (known?.store === store) {
      const [last, ...news] = await store.read(sessionId, { after: known.last.seq - 1 });
      if (last && isSame(last, known.last)) return foldEvents(known.state, news);
    }
    return foldEvents(emptySession(), await store.read(sessionId));
  }

  /** Keeps the state of a session behind its last event. */
  keep(store: RunStore, state: SessionState, last: DurableEvent): void {
    this.#known.set(last.sessionId, { store, state, last });
    for (const [oldest] of this.#known) {
      if (this.#known.size <= remembered) return;
      this.#known.delete(oldest);
    }
  }
}

/** A session that was deleted and began anew has other events under the same numbers. */
function isSame(a: DurableEvent, b: DurableEvent): boolean {
  return a.seq === b.seq && a.runId === b.runId && a.type === b.type && a.at === b.at;
}
