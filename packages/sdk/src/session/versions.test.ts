import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { replay } from '../replay/replay.ts';
import { keptParts } from './__fixtures__/kept-run.ts';
import { importSession } from './export-session.ts';
import { emptySession, foldEvents } from './fold.ts';
import { memoryStore } from './memory-store.ts';
import { postgresStore } from './postgres-store.ts';
import { logVersion, readEvent } from './read-event.ts';
import { sqliteStore } from './sqlite-store.ts';
import { schemaVersion } from './store-schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'capstan-versions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '__fixtures__', name), 'utf8');
const versions = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

test.each(versions(logVersion))('a log of version %i is read, folded and replayed', async (version) => {
  const store = memoryStore();
  const sessionId = await importSession(store, fixture(`log-v${version}.jsonl`));
  const log = await store.read(sessionId);
  const { messages, open, run } = foldEvents(emptySession(), log);
  expect(messages.map((message) => message.role)).toEqual([
    'user',
    'assistant',
    'tool',
    'tool',
    'user',
    'assistant',
    'user',
    'assistant',
  ]);
  expect(open).toEqual([]);
  expect(run?.ended).toMatchObject({ reason: 'done', text: 'All done.' });
  expect(await replay(log, run?.runId ?? '', keptParts())).toMatchObject({ same: true });
});

test('an event of an older version is raised step by step, one of a newer is refused with what to do', () => {
  const history = [
    (event: object) => ({ ...event, turn: 'one' }),
    (event: object) => ({ ...event, turns: [(event as { turn: string }).turn] }),
  ];
  const json = (v: number, more: object) => JSON.stringify({ v, seq: 1, type: 'turn.started', ...more });
  expect(readEvent(json(1, {}), history)).toEqual({ v: 3, seq: 1, type: 'turn.started', turn: 'one', turns: ['one'] });
  expect(readEvent(json(2, { turn: 'two' }), history)).toMatchObject({ v: 3, turns: ['two'] });
  expect(readEvent(json(3, { turns: [] }), history)).toEqual({ v: 3, seq: 1, type: 'turn.started', turns: [] });
  expect(() => readEvent(json(4, {}), history)).toThrow('has version 4, this Capstan reads up to 3. Upgrade Capstan');
  expect(() => readEvent(json(logVersion + 1, {}))).toThrow('Upgrade Capstan');
  for (const v of [0, -1, 'x', null]) expect(() => readEvent(JSON.stringify({ v, seq: 1, type: 'x' }))).toThrow();
  expect(() => readEvent('{"seq":1}')).toThrow('no event');
  expect(() => readEvent('{"v":')).toThrow('no JSON');
});

describe.each(versions(schemaVersion - 1))('a database of version %i', (version) => {
  const rows = [{ v: 1, seq: 1, at: 7, sessionId: 'kept', runId: 'r', type: 'turn.started', turn: 1 }];
  const more = { ...rows[0], seq: 2 } as never;

  test('is raised by SQLite, and keeps what it holds', async () => {
    const path = join(folder, `v${version}.db`);
    const db = new DatabaseSync(path);
    db.exec(fixture(`sqlite-v${version}.sql`));
    db.close();
    const store = sqliteStore(path);
    expect(await store.read('kept')).toEqual(rows);
    await store.append('kept', 1, [more]);
    expect((await store.leases?.find('kept')) ?? 'free').toBe('free');
    await store.close();
    const again = sqliteStore(path);
    expect(await again.list()).toMatchObject([{ sessionId: 'kept', lastSeq: 2 }]);
    await again.close();
  });

  const server = process.env['CAPSTAN_TEST_POSTGRES'];
  test.skipIf(server === undefined)('is raised by PostgreSQL, and keeps what it holds', async () => {
    const schema = `capstan_v${version}_${randomBytes(4).toString('hex')}`;
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    await admin.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${fixture(`postgres-v${version}.sql`)}`);
    const store = postgresStore({
      connection: { connectionString: server ?? '', options: `-c search_path=${schema}` },
    });
    expect(await store.read('kept')).toEqual(rows);
    await store.append('kept', 1, [more]);
    expect(await store.list()).toMatchObject([{ sessionId: 'kept', lastSeq: 2 }]);
    await store.close();
    await admin.query(`DROP SCHEMA ${schema} CASCADE`);
    await admin.end();
  });
});

test('a database of a newer version is left alone, with what to do', () => {
  const path = join(folder, 'newer.db');
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
  db.close();
  expect(() => sqliteStore(path)).toThrow('newer version of Capstan. Upgrade');
});
