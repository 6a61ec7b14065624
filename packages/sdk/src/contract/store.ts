import type { DurableEvent } from './event.ts';

/**
 * Keeps the events of sessions. `storeSuite` in `@capstan/sdk/testing` checks an implementation.
 *
 * An acknowledged append survives the death of the process. Appends of one session are all or nothing, and of two
 * writers that expect the same number exactly one wins; the other gets `conflict`.
 */
export interface RunStore {
  /**
   * Appends events whose `seq` run from `expectedSeq + 1` without gaps.
   *
   * @param expectedSeq The last number the writer knows of; 0 for a new session.
   * @throws {CapstanError} `conflict` if the session has moved on, `store_failed` if the events could not be kept.
   */
  append(sessionId: string, expectedSeq: number, events: readonly DurableEvent[]): Promise<void>;
  /** Reads events with `seq > after` in order; empty for a session it does not know. */
  read(sessionId: string, options?: { readonly after?: number }): Promise<readonly DurableEvent[]>;
  /** Lists sessions, the last changed first. */
  list(options?: { readonly limit?: number }): Promise<readonly StoredSession[]>;
  /** Finds the session that a run belongs to. */
  sessionOf(runId: string): Promise<string | undefined>;
  /** Deletes a session and its events; no error if there is none. */
  delete(sessionId: string): Promise<void>;
  /** Frees files and connections. */
  close(): Promise<void>;
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
