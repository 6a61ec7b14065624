import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CapstanError } from '@capstan/sdk';
import type { Database, SqlValue } from './database.ts';
import { migrations, schemaVersion } from './schema.ts';
import { storeFailure } from './store-failure.ts';

/** Opens the database in one file, made if absent and readable by its owner only. */
export async function openSqlite(path: string): Promise<Database> {
  const { DatabaseSync: Sqlite } = await import('node:sqlite');
  const db = guard(path, () => {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const opened = new Sqlite(path, { timeout: 5000 });
    opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    if (path !== ':memory:') chmodSync(path, 0o600);
    migrate(opened, path);
    return opened;
  });
  const prepared = new Map<string, StatementSync>();
  // SQLite knows `?1` where PostgreSQL writes `$1`; the text is always one of the program's own.
  const prepare = (text: string): StatementSync => {
    const found = prepared.get(text) ?? db.prepare(text.replaceAll(/\$(\d+)/g, '?$1'));
    prepared.set(text, found);
    return found;
  };
  const run = (text: string, values: readonly SqlValue[]) => prepare(text).all(...values);
  let open = true;
  return {
    kind: 'sqlite',
    async query<Row extends object>(text: string, values: readonly SqlValue[] = []) {
      return guard(path, () => run(text, values)).map((row) => ({ ...row })) as Row[];
    },
    async batch(statements) {
      guard(path, () => transaction(db, () => statements.forEach(({ text, values = [] }) => run(text, values))));
    },
    async close() {
      if (open) db.close();
      open = false;
    },
  };
}

function migrate(db: DatabaseSync, path: string): void {
  transaction(db, () => {
    const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (found > schemaVersion) throw tooNew(path);
    for (const statement of migrations(found, 'sqlite')) db.exec(statement);
    db.exec(`PRAGMA user_version = ${schemaVersion}`);
  });
}

/** Says that the tables are of a newer release. */
export function tooNew(where: string): CapstanError {
  const text = `The store (${where}) was written by a newer version of the relay. Upgrade, or use another one.`;
  return new CapstanError('store_failed', text, { where });
}

function transaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw storeFailure(path, cause);
  }
}
