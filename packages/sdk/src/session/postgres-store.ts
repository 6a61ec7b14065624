import type { Pool, PoolClient, PoolConfig } from 'pg';
import { CapstanError, isCapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import type { RunStore, StoredSession } from '../contract/store.ts';
import type { Dialect } from './event-table.ts';
import { columnNames, migrations, schemaVersion } from './event-table.ts';
import { checkNumbers } from './memory-store.ts';
import { readEvent } from './read-event.ts';
import { staleWriter } from './stale-writer.ts';

export interface PostgresStoreOptions {
  /** Connection string or pool settings of `pg`. One of this and `pool` is needed. */
  readonly connection?: string | PoolConfig;
  /** A pool of the app's own; it is not closed with the store. */
  readonly pool?: Pool;
  /**
   * Milliseconds between looks for new events in `follow`, for poolers that do not pass notifications on. Notifications
   * wake it sooner. Default 1,000.
   */
  readonly pollMs?: number;
}

/** A store that other processes may write to, too. */
export interface PostgresStore extends RunStore {
  /** Gives a session's events from a number on, and then each new one as it is stored, until the signal aborts. */
  follow(
    sessionId: string,
    options: { readonly after?: number; readonly signal: AbortSignal },
  ): AsyncIterable<DurableEvent>;
}

const dialect: Dialect = { types: { text: 'text', integer: 'bigint' }, prefix: 'capstan_', tableOptions: '' };
const channel = 'capstan_events';
/** Keeps two processes from migrating at once; any number will do that nobody else uses. */
const migrationLock = 7_226_723_411;

/**
 * Opens a store in PostgreSQL 13 or later, for runs that several processes or machines share. Its tables are made at
 * first use, in the schema that the connection's `search_path` names first. Needs the package `pg`.
 *
 * @throws {CapstanError} From its methods: `store_failed` if the database cannot be reached or refuses.
 */
export function postgresStore(options: PostgresStoreOptions): PostgresStore {
  const database = new Database(options);
  return {
    append: (sessionId, expectedSeq, events) => append(database, sessionId, expectedSeq, events),
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
      await database.query('DELETE FROM capstan_events WHERE session_id = $1', [sessionId]);
    },
    follow: (sessionId, { after = 0, signal }) => follow(database, sessionId, after, signal),
    close: () => database.close(),
  };
}

/** The pool, with the tables made before the first statement. */
class Database {
  readonly pollMs: number;
  readonly #options: PostgresStoreOptions;
  #ready: Promise<Pool> | undefined;

  constructor(options: PostgresStoreOptions) {
    if (!options.pool && options.connection === undefined) {
      throw new CapstanError('invalid_config', 'postgresStore needs a connection or a pool.');
    }
    this.#options = options;
    this.pollMs = options.pollMs ?? 1000;
  }

  /** The pool once the tables are there; a failure is not remembered, so that a server may come up later. */
  pool(): Promise<Pool> {
    this.#ready ??= this.#open().catch((error: unknown) => {
      this.#ready = undefined;
      throw asStoreFailure(error);
    });
    return this.#ready;
  }

  async query<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const pool = await this.pool();
    try {
      return (await pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw asStoreFailure(error);
    }
  }

  async close(): Promise<void> {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready && !this.#options.pool) await ready.then((pool) => pool.end()).catch(() => {});
  }

  async #open(): Promise<Pool> {
    const pool = this.#options.pool ?? (await makePool(this.#options.connection ?? ''));
    const client = await pool.connect();
    try {
      await migrate(client);
    } finally {
      client.release();
    }
    return pool;
  }
}

async function makePool(connection: string | PoolConfig): Promise<Pool> {
  const { default: pg } = await import('pg').catch((cause: unknown) => {
    throw new CapstanError(
      'invalid_config',
      'postgresStore needs the package pg. Install it: npm install pg',
      {},
      { cause },
    );
  });
  const pool = new pg.Pool(typeof connection === 'string' ? { connectionString: connection } : connection);
  // An idle connection that breaks is replaced by the pool; its error must not end the process.
  pool.on('error', () => {});
  return pool;
}

async function migrate(client: PoolClient): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await client.query('CREATE TABLE IF NOT EXISTS capstan_schema (version bigint NOT NULL)');
    const { rows } = await client.query<{ version: string }>('SELECT version FROM capstan_schema');
    const found = Number(rows[0]?.version ?? 0);
    if (found > schemaVersion) {
      throw new CapstanError(
        'store_failed',
        'The database was written by a newer version of Capstan. Upgrade, or use another one.',
      );
    }
    for (const statement of migrations(found, dialect)) await client.query(statement);
    if (rows.length === 0) await client.query('INSERT INTO capstan_schema VALUES ($1)', [schemaVersion]);
    else await client.query('UPDATE capstan_schema SET version = $1', [schemaVersion]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** One statement: it inserts only behind the expected event, and the primary key stops a second writer of that number. */
const insert = `
  WITH added AS (
    INSERT INTO capstan_events (${columnNames})
    SELECT $1, e.seq, e.run_id, e.at, e.type, e.json
    FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[]) AS e (seq, run_id, at, type, json)
    WHERE (SELECT coalesce(max(seq), 0) FROM capstan_events WHERE session_id = $1) = $2::bigint
    RETURNING 1
  )
  SELECT count(*) AS added, pg_notify('${channel}', $1) FROM added`;

async function append(
  database: Database,
  sessionId: string,
  expectedSeq: number,
  events: readonly DurableEvent[],
): Promise<void> {
  checkNumbers(expectedSeq, events);
  if (events.length === 0) return;
  const column = <T>(value: (event: DurableEvent) => T) => events.map(value);
  const values = [
    sessionId,
    expectedSeq,
    column((event) => event.seq),
    column((event) => event.runId),
    column((event) => event.at),
    column((event) => event.type),
    column((event) => JSON.stringify(event)),
  ];
  const rows = await database.query<{ added: string }>(insert, values).catch(async (error: unknown) => {
    if (!isDuplicate(error)) throw error;
    return [];
  });
  if (Number(rows[0]?.added ?? 0) === events.length) return;
  const newest = await database.query<{ seq: string | null }>(
    'SELECT max(seq) AS seq FROM capstan_events WHERE session_id = $1',
    [sessionId],
  );
  throw staleWriter(sessionId, expectedSeq, Number(newest[0]?.seq ?? 0));
}

async function read(database: Database, sessionId: string, after: number): Promise<readonly DurableEvent[]> {
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

async function list(database: Database, limit: number | undefined): Promise<readonly StoredSession[]> {
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
  database: Database,
  sessionId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<DurableEvent> {
  const bell = await listen(database, sessionId, signal);
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

/** Rings when the session got events, when it is time to look anyway, and at the abort. */
async function listen(database: Database, sessionId: string, signal: AbortSignal) {
  const pool = await database.pool();
  const client = await pool.connect().catch((error: unknown) => {
    throw asStoreFailure(error);
  });
  let ring: () => void = () => {};
  const onNews = ({ payload }: { readonly payload?: string | undefined }) => void (payload === sessionId && ring());
  const onAbort = () => ring();
  client.on('notification', onNews);
  client.on('error', () => ring());
  signal.addEventListener('abort', onAbort);
  await client.query(`LISTEN ${channel}`);
  return {
    next(): Promise<void> {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, database.pollMs);
        ring = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    close(): void {
      signal.removeEventListener('abort', onAbort);
      // The connection still listens, so it does not go back to the pool.
      client.release(true);
    },
  };
}

function isDuplicate(error: unknown): boolean {
  const cause = isCapstanError(error) ? error.cause : error;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === '23505';
}

function asStoreFailure(error: unknown): CapstanError {
  if (isCapstanError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new CapstanError(
    'store_failed',
    `PostgreSQL failed: ${why}. Check that the server runs and the connection is right.`,
    {},
    { cause: error },
  );
}
