import type { DurableEvent } from './event.ts';
import type { Lease, SessionLeases } from './lease.ts';

/**
 * Keeps the events of sessions. `storeSuite` in `@capstan/sdk/testing` checks an implementation.
 *
 * An acknowledged append survives the death of the process. Appends of one session are all or nothing, and of two
 * writers that expect the same number exactly one wins; the other gets `conflict`.
 *
 * A store that wraps another passes every argument of `append` on.
 */
export interface RunStore {
  /**
   * Appends events whose `seq` run from `expectedSeq + 1` without gaps.
   *
   * @param expectedSeq The last number the writer knows of; 0 for a new session.
   * @throws {CapstanError} `conflict` if the session has moved on, if the lease given has run out or was taken over, and
   *   without one if another holds the session; `store_failed` if the events could not be kept.
   */
  append(
    sessionId: string,
    expectedSeq: number,
    events: readonly DurableEvent[],
    options?: AppendOptions,
  ): Promise<void>;
  /** Reads events with `seq > after` in order; empty for a session it does not know. */
  read(sessionId: string, options?: { readonly after?: number }): Promise<readonly DurableEvent[]>;
  /** Lists sessions, the last changed first. */
  list(options?: { readonly limit?: number }): Promise<readonly StoredSession[]>;
  /** Finds the session that a run belongs to. */
  sessionOf(runId: string): Promise<string | undefined>;
  /** Deletes a session and its events; no error if there is none. A run that writes to it meets `conflict`. */
  delete(sessionId: string): Promise<void>;
  /** Frees files and connections. */
  close(): Promise<void>;
  /**
   * Keeps a second writer out before it starts. A store without it still keeps logs whole by `expectedSeq`: then two
   * runs of one session may both begin, and the one that is behind ends with `conflict` at its next event.
   */
  readonly leases?: SessionLeases;
}

export interface AppendOptions {
  /** The writer's lease, checked in the same transaction. */
  readonly lease?: Lease;
  /** Gives the lease up in the same transaction. */
  readonly release?: boolean;
}

export interface StoredSession {
  readonly sessionId: string;
  readonly lastSeq: number;
  /** Unix milliseconds of the first and the last event. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Id of the newest run. */
  readonly lastRunId: string;
}
