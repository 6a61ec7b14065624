import type { Pool, PoolClient, PoolConfig } from 'pg';
import { CapstanError, isCapstanError } from '../contract/errors.ts';
import type { Dialect } from './store-schema.ts';
import { migrations, schemaVersion } from './store-schema.ts';

const dialect: Dialect = { types: { text: 'text', integer: 'bigint' }, prefix: 'capstan_', tableOptions: '' };
/** Keeps two processes from migrating at once; any number will do that nobody else uses. */
const migrationLock = 7_226_723_411;

export interface PostgresConnection {
  /** Connection string or pool settings of `pg`. One of this and `pool` is needed. */
  readonly connection?: string | PoolConfig;
  /** A pool of the app's own; it is not closed with the store. */
  readonly pool?: Pool;
}

/** The pool, with the tables made before the first statement. */
export class PostgresDatabase {
  readonly #options: PostgresConnection;
  #ready: Promise<Pool> | undefined;

  constructor(options: PostgresConnection) {
    if (!options.pool && options.connection === undefined) {
      throw new CapstanError('invalid_config', 'postgresStore needs a connection or a pool.');
    }
    this.#options = options;
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

/** A failure of the driver as one of the store. */
export function asStoreFailure(error: unknown): CapstanError {
  if (isCapstanError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new CapstanError(
    'store_failed',
    `PostgreSQL failed: ${why}. Check that the server runs and the connection is right.`,
    {},
    { cause: error },
  );
}
