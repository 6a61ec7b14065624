import { CapstanError } from '../contract/errors.ts';
import { newId } from '../contract/id.ts';
import type { RunStore } from '../contract/store.ts';
import { noSession } from './export-session.ts';

export interface ForkOptions {
  /** The last event that the fork takes over. Default: the newest. */
  readonly at?: number;
  /** Id of the fork. Default: a new one. */
  readonly as?: string;
}

/**
 * Copies a session up to an event into a session of its own. Its runs get ids of their own, so that resuming one does
 * not touch the other session.
 *
 * @returns The id of the fork.
 * @throws {CapstanError} `not_found` for a session or an event that is not there.
 */
export async function forkSession(
  store: RunStore,
  sessionId: string,
  { at, as = newId() }: ForkOptions = {},
): Promise<string> {
  const events = await store.read(sessionId);
  if (events.length === 0) throw noSession(sessionId);
  if (at !== undefined && !events.some((event) => event.seq === at)) {
    throw new CapstanError('not_found', `Session ${sessionId} has events 1 to ${events.length}, not ${at}.`, {
      where: sessionId,
    });
  }
  const taken = at === undefined ? events : events.filter((event) => event.seq <= at);
  const runs = new Map<string, string>();
  const runOf = (runId: string) => runs.get(runId) ?? runs.set(runId, newId()).get(runId) ?? runId;
  await store.append(
    as,
    0,
    taken.map((event) => ({ ...event, sessionId: as, runId: runOf(event.runId) })),
  );
  return as;
}
