import { CapstanError, newId, type RunStore } from '@capstan/sdk/contract';

export interface WantedSession {
  readonly session?: string | undefined;
  readonly continues: boolean;
  /** Goes on in a copy of it. */
  readonly forks?: boolean;
}

/**
 * Finds the session to go on with, as `sessionToContinue` does, or makes a copy of it to go on in.
 *
 * @throws {CapstanError} `not_found` for a session to copy that is not there.
 */
export async function findSession(store: RunStore, wanted: WantedSession): Promise<string> {
  if (!wanted.forks) return sessionToContinue(store, wanted);
  const { forkSession } = await import('@capstan/sdk');
  const from = wanted.continues ? await lastSession(store) : await keptSession(store, wanted.session ?? '');
  return forkSession(store, from);
}

/**
 * Finds the session to go on with: the last one, or the one of an id or of its unique beginning. A name that is not an
 * id starts a session of that name.
 *
 * @returns An id; a new one when nothing is to be continued.
 * @throws {CapstanError} `not_found` for an id or a last session that is not there, `invalid_config` for an ambiguous one.
 */
async function sessionToContinue(store: RunStore, { session, continues }: WantedSession): Promise<string> {
  if (continues) return lastSession(store);
  if (session === undefined) return newId();
  return (await matchingSession(store, session)) ?? newSession(session);
}

async function lastSession(store: RunStore): Promise<string> {
  const [last] = await store.list({ limit: 1 });
  if (last) return last.sessionId;
  throw new CapstanError('not_found', 'There is no session to continue here. Leave --continue out to start one.', {
    where: '--continue',
  });
}

/** Finds a kept session by its id or a unique beginning of it. @throws {CapstanError} as `findSession`. */
export async function keptSession(store: RunStore, session: string): Promise<string> {
  const found = await matchingSession(store, session);
  if (found !== undefined) return found;
  throw new CapstanError('not_found', `There is no session ${session}. See "capstan sessions list".`, {
    where: session,
  });
}

async function matchingSession(store: RunStore, session: string): Promise<string | undefined> {
  const all = await store.list();
  const ids = all.map(({ sessionId }) => sessionId);
  if (ids.includes(session)) return session;
  const matches =
    session.length < 4 ? [] : ids.filter((id) => id.startsWith(session.toUpperCase()) || id.startsWith(session));
  if (matches.length < 2) return matches[0];
  throw new CapstanError('invalid_config', `${matches.length} sessions begin with ${session}. Give more of the id.`, {
    where: session,
  });
}

function newSession(name: string): string {
  const looksLikeId = /^0[0-9A-HJKMNP-TV-Z]{5,25}$/i.test(name);
  if (!looksLikeId && /^[\w.:-]{1,128}$/.test(name)) return name;
  if (looksLikeId)
    throw new CapstanError('not_found', `There is no session ${name}. See "capstan sessions list".`, {
      where: '--session',
    });
  throw new CapstanError(
    'invalid_config',
    `A session's name is letters, digits, "-", "_", ":" and ".", not "${name}".`,
    { where: '--session' },
  );
}
