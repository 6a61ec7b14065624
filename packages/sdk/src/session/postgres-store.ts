import { isCapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import type { AppendOptions, RunStore, StoredSession } from '../contract/store.ts';
import { isDead } from './lease-holder.ts';
import { defaultLeaseMs, heldByAnother, leaseLost } from './lease-rules.ts';
import { checkNumbers } from './memory-store.ts';
import { channel, PostgresBells } from './postgres-bells.ts';
import type { PostgresConnection } from './postgres-database.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { currentLease, keyOf, postgresLeases, serverNow } from './postgres-leases.ts';
import { readEvent } from './read-event.ts';
import { staleWriter } from './stale-writer.ts';
import { eventColumns } from './store-schema.ts';

export interface PostgresStoreOptions extends PostgresConnection {
  /**
   * Milliseconds between looks for new events in `follow`, for poolers that do not pass notifications on. Notifications
   * wake it sooner. Default 1,000.
   */
  readonly pollMs?: number;
  /**
   * Milliseconds until the lease of a writer that shows no life runs out. The lease of a dead process on this machine ends
   * with the process. Default 15,000.
   */
  readonly leaseMs?: number;
}

/** A store that other processes may write to, too. */
export interface PostgresStore extends RunStore {
  /** Gives a session's events from a number on, and then each new one as it is stored, until the signal aborts. */
  follow(
    sessionId: string,
    options: { readonly after?: number; readonly signal: AbortSignal },
  ): AsyncIterable<DurableEvent>;
}

/**
 * Opens a store in PostgreSQL 13 or later, for runs that several processes or machines share. Its tables are made at
 * first use, in the schema that the connection's `search_path` names first. Needs the package `pg`.
 *
 * @throws {CapstanError} From its methods: `store_failed` if the database cannot be reached or refuses.
 */
export function postgresStore(options: PostgresStoreOptions): PostgresStore {
  const { pollMs = 1000, leaseMs = defaultLeaseMs } = options;
  const database = new PostgresDatabase(options);
  const bells = new PostgresBells(database, pollMs);
  return {
    leases: postgresLeases(database, leaseMs),
    append: (sessionId, expectedSeq, events, rights) => append(database, { sessionId, expectedSeq, events }, rights),
    read: (sessionId, { after = 0 } = {}) => read(database, sessionId, after),
    list: ({ limit } = {}) => list(database, limit),
    async sessionOf(runId) {
      const rows = await database.query<{ session_id: string }>(
        'SELECT session_id FROM capstan_events WHERE run_id = $1 LIMIT 1',
        [runId],
      );
      return rows[0]?.session_id;
    },
    async delete(sessionId) {
      await database.query(forget, [sessionId]);
    },
    follow: (sessionId, { after = 0, signal }) => follow(database, bells, sessionId, { after, signal }),
    close() {
      bells.close();
      return database.close();
    },
  };
}

/**
 * One statement: it inserts only behind the expected event and only for a writer with the right to. The lease's row is
 * locked meanwhile, so that nobody takes the session over in between; the primary key stops a second writer of a number.
 */
const insert = (held: string, release: string) => `
  WITH held AS (${held}),
  added AS (
    INSERT INTO capstan_events (${eventColumns})
    SELECT $1, e.seq, e.run_id, e.at, e.type, e.json
    FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[]) AS e (seq, run_id, at, type, json)
    WHERE (SELECT coalesce(max(seq), 0) FROM capstan_events WHERE session_id = $1) = $2::bigint
    AND EXISTS (SELECT 1 FROM held)
    RETURNING 1
  )${release}
  SELECT count(*) AS added, pg_notify('${channel}', $1) FROM added`;

const mine = 'session_id = $1 AND token = $8::bigint AND holder = $9';
const byHolder = `SELECT 1 FROM capstan_leases WHERE ${mine} AND expires_at > ${serverNow} FOR SHARE`;
const freed = `, freed AS (UPDATE capstan_leases SET expires_at = 0 WHERE ${mine} AND EXISTS (SELECT 1 FROM added))`;
const unheld = `SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM capstan_leases WHERE session_id = $1 AND expires_at > ${serverNow} AND holder <> $8)`;

const forget = `
  WITH leases AS (DELETE FROM capstan_leases WHERE session_id = $1)
  DELETE FROM capstan_events WHERE session_id = $1`;

interface Addition {
  readonly sessionId: string;
  readonly expectedSeq: number;
  readonly events: readonly DurableEvent[];
}

async function append(database: PostgresDatabase, addition: Addition, rights: AppendOptions = {}): Promise<void> {
  const { sessionId, expectedSeq, events } = addition;
  checkNumbers(expectedSeq, events);
  if (events.length === 0) return;
  if (await added(database, addition, rights)) return;
  const current = await currentLease(database, sessionId);
  if (rights.lease) {
    const { token, holder } = rights.lease;
    if (!current?.live || current.lease.token !== token || current.lease.holder.id !== holder.id)
      throw leaseLost(rights.lease, current?.lease);
  } else if (current?.live) {
    if (!isDead(current.lease.holder)) throw heldByAnother(current.lease);
    if (await added(database, addition, { dead: JSON.stringify(current.lease.holder) })) return;
  }
  const newest = await database.query<{ seq: string | null }>(
    'SELECT max(seq) AS seq FROM capstan_events WHERE session_id = $1',
    [sessionId],
  );
  throw staleWriter(sessionId, expectedSeq, Number(newest[0]?.seq ?? 0));
}

/** @param rights.dead A holder that is known to be dead, as it stands in its row. */
async function added(
  database: PostgresDatabase,
  { sessionId, expectedSeq, events }: Addition,
  { lease, release, dead = '' }: AppendOptions & { readonly dead?: string },
): Promise<boolean> {
  const column = <T>(value: (event: DurableEvent) => T) => events.map(value);
  const values = [
    sessionId,
    expectedSeq,
    column((event) => event.seq),
    column((event) => event.runId),
    column((event) => event.at),
    column((event) => event.type),
    column((event) => JSON.stringify(event)),
    ...(lease ? keyOf(lease).slice(1) : [dead]),
  ];
  const text = lease ? insert(byHolder, release ? freed : '') : insert(unheld, '');
  const rows = await database.query<{ added: string }>(text, values).catch(async (error: unknown) => {
    if (!isDuplicate(error)) throw error;
    return [];
  });
  return Number(rows[0]?.added ?? 0) === events.length;
}

async function read(database: PostgresDatabase, sessionId: string, after: number): Promise<readonly DurableEvent[]> {
  const text = 'SELECT json FROM capstan_events WHERE session_id = $1 AND seq > $2 ORDER BY seq';
  const rows = await database.query<{ json: string }>(text, [sessionId, after]);
  return rows.map((row) => readEvent(row.json));
}

const listed = `
  SELECT s.session_id, s.seq, f.at AS created_at, l.at AS updated_at, l.run_id
  FROM (SELECT session_id, min(seq) AS first, max(seq) AS seq FROM capstan_events GROUP BY session_id) s
  JOIN capstan_events f ON f.session_id = s.session_id AND f.seq = s.first
  JOIN capstan_events l ON l.session_id = s.session_id AND l.seq = s.seq
  ORDER BY l.at DESC, s.session_id DESC LIMIT $1`;

interface ListedRow {
  readonly session_id: string;
  readonly seq: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly run_id: string;
}

async function list(database: PostgresDatabase, limit: number | undefined): Promise<readonly StoredSession[]> {
  const rows = await database.query<ListedRow>(listed, [limit ?? null]);
  return rows.map((row) => ({
    sessionId: row.session_id,
    lastSeq: Number(row.seq),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    lastRunId: row.run_id,
  }));
}

async function* follow(
  database: PostgresDatabase,
  bells: PostgresBells,
  sessionId: string,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<DurableEvent> {
  const bell = await bells.hang(sessionId, signal);
  let seen = after;
  try {
    while (!signal.aborted) {
      const news = bell.next();
      for (const event of await read(database, sessionId, seen)) {
        seen = event.seq;
        yield event;
      }
      if (!signal.aborted) await news;
    }
  } finally {
    bell.close();
  }
}

function isDuplicate(error: unknown): boolean {
  const cause = isCapstanError(error) ? error.cause : error;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === '23505';
}
