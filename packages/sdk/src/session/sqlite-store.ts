import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type * as Sqlite from 'node:sqlite';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';
import type { Lease, LeaseHolder, SessionLeases } from '../contract/lease.ts';
import type { AppendOptions, RunStore, StoredSession } from '../contract/store.ts';
import { checkWriter, defaultLeaseMs, isSame, renewedLease, takenLease } from './lease-rules.ts';
import { checkNumbers } from './memory-store.ts';
import { readEvent } from './read-event.ts';
import { staleWriter } from './stale-writer.ts';
import type { Dialect } from './store-schema.ts';
import { eventColumns, leaseColumns, migrations, schemaVersion } from './store-schema.ts';

export interface SqliteStoreOptions {
  /**
   * `process`: an acknowledged event survives the death of the process. `sync`: it survives power loss too, at the
   * price of a disk flush for each append. Default `process`.
   */
  readonly durability?: 'process' | 'sync';
  /**
   * Milliseconds until the lease of a writer that shows no life runs out. The lease of a dead process on this machine ends
   * with the process. Default 15,000.
   */
  readonly leaseMs?: number;
}

const dialect: Dialect = { types: { text: 'TEXT', integer: 'INTEGER' }, prefix: '', tableOptions: ' WITHOUT ROWID' };

/**
 * Opens a store in one SQLite file, made if absent with its folder. Several processes may share it.
 *
 * @param path File path, or `:memory:`.
 * @throws {CapstanError} `store_failed` if the file cannot be opened, is no database, or comes from a newer version.
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): RunStore {
  const { durability = 'process', leaseMs = defaultLeaseMs } = options;
  const db = guard(path, () => openDatabase(path, durability));
  const sql = guard(path, () => statements(db));
  const atomic = <T>(work: () => T): T => guard(path, () => transaction(db, work));
  let open = true;
  return {
    leases: sqliteLeases(sql, atomic, leaseMs),
    async append(sessionId, expectedSeq, events, rights) {
      checkNumbers(expectedSeq, events);
      atomic(() => insert(sql, { sessionId, expectedSeq, events }, rights));
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
      atomic(() => {
        sql.delete.run(sessionId);
        sql.forget.run(sessionId);
      });
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
  const versionOf = () => (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  if (versionOf() === schemaVersion) return;
  transaction(db, () => {
    const found = versionOf();
    if (found > schemaVersion) {
      throw new CapstanError(
        'store_failed',
        `${path} was written by a newer version of Capstan. Upgrade, or use another file.`,
        { where: path },
      );
    }
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
  readonly lease: StatementSync;
  readonly keepLease: StatementSync;
  readonly forget: StatementSync;
}

function statements(db: DatabaseSync): Statements {
  return {
    last: db.prepare('SELECT max(seq) AS seq FROM events WHERE session_id = ?'),
    insert: db.prepare(`INSERT INTO events (${eventColumns}) VALUES (?, ?, ?, ?, ?, ?)`),
    read: db.prepare('SELECT json FROM events WHERE session_id = ? AND seq > ? ORDER BY seq'),
    list: db.prepare(`
      SELECT s.session_id AS sessionId, s.seq AS lastSeq, f.at AS createdAt, l.at AS updatedAt, l.run_id AS lastRunId
      FROM (SELECT session_id, min(seq) AS first, max(seq) AS seq FROM events GROUP BY session_id) s
      JOIN events f ON f.session_id = s.session_id AND f.seq = s.first
      JOIN events l ON l.session_id = s.session_id AND l.seq = s.seq
      ORDER BY l.at DESC, s.session_id DESC LIMIT ?`),
    sessionOf: db.prepare('SELECT session_id FROM events WHERE run_id = ? LIMIT 1'),
    delete: db.prepare('DELETE FROM events WHERE session_id = ?'),
    lease: db.prepare('SELECT token, holder, expires_at AS expiresAt FROM leases WHERE session_id = ?'),
    keepLease: db.prepare(`INSERT OR REPLACE INTO leases (${leaseColumns}) VALUES (?, ?, ?, ?)`),
    forget: db.prepare('DELETE FROM leases WHERE session_id = ?'),
  };
}

function sqliteLeases(sql: Statements, atomic: <T>(work: () => T) => T, ttlMs: number): SessionLeases {
  return {
    async take(sessionId, holder) {
      return atomic(() =>
        keepLease(sql, takenLease(leaseOf(sql, sessionId), { sessionId, holder, ttlMs }, Date.now())),
      );
    },
    async renew(lease) {
      return atomic(() => keepLease(sql, renewedLease(leaseOf(sql, lease.sessionId), lease, Date.now())));
    },
    async release(lease) {
      atomic(() => {
        const current = leaseOf(sql, lease.sessionId);
        if (current && isSame(current, lease)) keepLease(sql, { ...lease, expiresAt: 0 });
      });
    },
    async find(sessionId) {
      const lease = atomic(() => leaseOf(sql, sessionId));
      return lease && lease.expiresAt > Date.now() ? lease : undefined;
    },
  };
}

function leaseOf(sql: Statements, sessionId: string): Lease | undefined {
  type Row = { readonly token: number; readonly holder: string; readonly expiresAt: number };
  const row = sql.lease.get(sessionId) as Row | undefined;
  return row && { ...row, sessionId, holder: JSON.parse(row.holder) as LeaseHolder, ttlMs: 0 };
}

function keepLease(sql: Statements, lease: Lease): Lease {
  sql.keepLease.run(lease.sessionId, lease.token, JSON.stringify(lease.holder), lease.expiresAt);
  return lease;
}

interface Addition {
  readonly sessionId: string;
  readonly expectedSeq: number;
  readonly events: readonly DurableEvent[];
}

function insert(sql: Statements, addition: Addition, { lease, release }: AppendOptions = {}): void {
  const { sessionId, expectedSeq, events } = addition;
  checkWriter(leaseOf(sql, sessionId), lease, Date.now());
  const { seq } = sql.last.get(sessionId) as { seq: number | null };
  if ((seq ?? 0) !== expectedSeq) throw staleWriter(sessionId, expectedSeq, seq ?? 0);
  for (const event of events)
    sql.insert.run(sessionId, event.seq, event.runId, event.at, event.type, JSON.stringify(event));
  if (lease && release) keepLease(sql, { ...lease, expiresAt: 0 });
}

function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    db.exec('COMMIT');
    return value;
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
