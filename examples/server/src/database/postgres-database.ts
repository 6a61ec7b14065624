import pg from 'pg';
import type { Database, SqlValue } from './database.ts';
import { migrations, schemaVersion } from './schema.ts';
import { tooNew } from './sqlite-database.ts';
import { storeFailure } from './store-failure.ts';

/** Keeps two relays from migrating at once; any number will do that nobody else uses. */
const migrationLock = 7_226_723_412;
const bigint = 20;

/** Opens the database in PostgreSQL 13 or later; tables lie where the `search_path` of the connection leads. */
export async function openPostgres(url: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 3000,
    application_name: 'capstan-server',
    // Counts and times are far below 2^53.
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === bigint ? Number : (pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown),
    } as pg.CustomTypesConfig,
  });
  // A connection that breaks while idle is replaced; its error must not end the process.
  pool.on('error', () => {});
  await guard(async () => migrate(await pool.connect())).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  return {
    kind: 'postgres',
    query: <Row extends object>(text: string, values: readonly SqlValue[] = []) =>
      guard(async () => (await pool.query<Row>(text, [...values])).rows),
    batch: (statements) =>
      guard(async () => {
        const client = await pool.connect();
        await inTransaction(client, async () => {
          for (const { text, values = [] } of statements) await client.query(text, [...values]);
        });
      }),
    close: () => (pool.ending ? Promise.resolve() : pool.end()),
  };
}

function migrate(client: pg.PoolClient): Promise<void> {
  return inTransaction(client, async () => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await client.query('CREATE TABLE IF NOT EXISTS relay_schema (version BIGINT NOT NULL)');
    const { rows } = await client.query<{ version: number }>('SELECT version FROM relay_schema');
    const found = rows[0]?.version ?? 0;
    if (found > schemaVersion) throw tooNew('PostgreSQL');
    for (const statement of migrations(found, 'postgres')) await client.query(statement);
    await client.query('DELETE FROM relay_schema');
    await client.query('INSERT INTO relay_schema VALUES ($1)', [schemaVersion]);
  });
}

async function inTransaction(client: pg.PoolClient, work: () => Promise<void>): Promise<void> {
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch((lost: Error) => (broken = lost));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storeFailure('PostgreSQL', cause);
  }
}
