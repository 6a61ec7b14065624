import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type * as Sqlite from 'node:sqlite';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import type { RunStore, StoredSession } from '../contract/store.ts';
import type { Dialect } from './event-table.ts';
import { columnNames, migrations, schemaVersion } from './event-table.ts';
import { checkNumbers } from './memory-store.ts';
import { readEvent } from './read-event.ts';
import { staleWriter } from './stale-writer.ts';

export interface SqliteStoreOptions {
  /**
   * `process`: an acknowledged event survives the death of the process. `sync`: it survives power loss too, at the
   * price of a disk flush for each append. Default `process`.
   */
  readonly durability?: 'process' | 'sync';
}

const dialect: Dialect = { types: { text: 'TEXT', integer: 'INTEGER' }, prefix: '', tableOptions: ' WITHOUT ROWID' };

/**
 * Opens a store in one SQLite file, made if absent with its folder. Several processes may share it.
 *
 * @param path File path, or `:memory:`.
 * @throws {CapstanError} `store_failed` if the file cannot be opened, is no database, or comes from a newer version.
 */
export function sqliteStore(path: string, { durability = 'process' }: SqliteStoreOptions = {}): RunStore {
  const db = guard(path, () => openDatabase(path, durability));
  const sql = guard(path, () => statements(db));
  let open = true;
  return {
    async append(sessionId, expectedSeq, events) {
      checkNumbers(expectedSeq, events);
      guard(path, () => transaction(db, () => insert(sql, sessionId, expectedSeq, events)));
    },
    async read(sessionId, { after = 0 } = {}) {
      const rows = guard(path, () => sql.read.all(sessionId, after)) as { json: string }[];
      return rows.map((row) => readEvent(row.json));
    },
    async list({ limit = -1 } = {}) {
      const rows = guard(path, () => sql.list.all(limit)) as unknown as StoredSession[];
      return rows.map((row) => ({ ...row }));
    },
    async sessionOf(runId) {
      return (guard(path, () => sql.sessionOf.get(runId)) as { session_id: string } | undefined)?.session_id;
    },
    async delete(sessionId) {
      guard(path, () => sql.delete.run(sessionId));
    },
    async close() {
      if (open) db.close();
      open = false;
    },
  };
}

function openDatabase(path: string, durability: 'process' | 'sync'): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const { DatabaseSync: Database } = loadSqlite();
  const db = new Database(path, { timeout: 5000 });
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === 'sync' ? 'FULL' : 'NORMAL'};`);
  migrate(db, path);
  return db;
}

/** Loads SQLite at first use, without the warning that Node 22 prints for it. */
function loadSqlite(): typeof Sqlite {
  const require = createRequire(import.meta.url);
  const { emitWarning } = process;
  process.emitWarning = (() => {}) as typeof emitWarning;
  try {
    return require('node:sqlite') as typeof Sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function migrate(db: DatabaseSync, path: string): void {
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found === schemaVersion) return;
  if (found > schemaVersion) {
    throw new CapstanError(
      'store_failed',
      `${path} was written by a newer version of Capstan. Upgrade, or use another file.`,
      { where: path },
    );
  }
  transaction(db, () => {
    for (const statement of migrations(found, dialect)) db.exec(statement);
    db.exec(`PRAGMA user_version = ${schemaVersion}`);
  });
}

interface Statements {
  readonly last: StatementSync;
  readonly insert: StatementSync;
  readonly read: StatementSync;
  readonly list: StatementSync;
  readonly sessionOf: StatementSync;
  readonly delete: StatementSync;
}

function statements(db: DatabaseSync): Statements {
  return {
    last: db.prepare('SELECT max(seq) AS seq FROM events WHERE session_id = ?'),
    insert: db.prepare(`INSERT INTO events (${columnNames}) VALUES (?, ?, ?, ?, ?, ?)`),
    read: db.prepare('SELECT json FROM events WHERE session_id = ? AND seq > ? ORDER BY seq'),
    list: db.prepare(`
      SELECT s.session_id AS sessionId, s.seq AS lastSeq, f.at AS createdAt, l.at AS updatedAt, l.run_id AS lastRunId
      FROM (SELECT session_id, min(seq) AS first, max(seq) AS seq FROM events GROUP BY session_id) s
      JOIN events f ON f.session_id = s.session_id AND f.seq = s.first
      JOIN events l ON l.session_id = s.session_id AND l.seq = s.seq
      ORDER BY l.at DESC, s.session_id DESC LIMIT ?`),
    sessionOf: db.prepare('SELECT session_id FROM events WHERE run_id = ? LIMIT 1'),
    delete: db.prepare('DELETE FROM events WHERE session_id = ?'),
  };
}

function insert(sql: Statements, sessionId: string, expectedSeq: number, events: readonly DurableEvent[]): void {
  const { seq } = sql.last.get(sessionId) as { seq: number | null };
  if ((seq ?? 0) !== expectedSeq) throw staleWriter(sessionId, expectedSeq, seq ?? 0);
  for (const event of events)
    sql.insert.run(sessionId, event.seq, event.runId, event.at, event.type, JSON.stringify(event));
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
    if (cause instanceof CapstanError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CapstanError(
      'store_failed',
      `The store ${path} failed: ${why}. Check that the file is a database, writable, and the disk not full.`,
      { where: path },
      { cause },
    );
  }
}
