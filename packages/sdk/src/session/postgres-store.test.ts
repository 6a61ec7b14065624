import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { storeSuite } from '../testing/store-suite.ts';
import { postgresStore } from './postgres-store.ts';

/** A server that any test may use. The checks start one; a developer's own may be named instead. */
const server = process.env['CAPSTAN_TEST_POSTGRES'];
const schema = `capstan_test_${randomBytes(4).toString('hex')}`;
const connection = { connectionString: server ?? '', options: `-c search_path=${schema}` };
const open = () => postgresStore({ connection, pollMs: 20_000 });

describe.skipIf(server === undefined)('postgresStore (set CAPSTAN_TEST_POSTGRES to a server to run)', () => {
  const admin = new pg.Pool({ connectionString: server ?? '', max: 1 });
  beforeAll(async () => void (await admin.query(`CREATE SCHEMA ${schema}`)));
  afterAll(async () => {
    await admin.query(`DROP SCHEMA ${schema} CASCADE`);
    await admin.end();
  });

  for (const { name, run } of storeSuite(open)) test(name, run);

  test('many processes may open a new database at once', async () => {
    const stores = Array.from({ length: 6 }, open);
    await Promise.all(stores.map((store) => store.list({ limit: 1 })));
    await Promise.all(stores.map((store) => store.close()));
  });

  test('a run is followed live from elsewhere, from any event on', async () => {
    const [writer, reader] = [open(), open()];
    const agent = createAgent({ model: scriptedModel([{ text: 'One.' }, { text: 'Two.' }]), store: writer });
    const { sessionId } = await agent.run('one').result;
    const controller = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const event of reader.follow(sessionId, { after: 3, signal: controller.signal })) {
        seen.push(`${event.seq} ${event.type}`);
        if (event.type === 'run.ended' && seen.length > 5) controller.abort();
      }
    })();
    await agent.run('two', { sessionId }).result;
    await following;
    expect(seen).toEqual((await reader.read(sessionId, { after: 3 })).map((event) => `${event.seq} ${event.type}`));
    await Promise.all([writer.close(), reader.close()]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['passes no notifications on', async () => ({ rows: [] })],
    ['refuses to listen', async () => Promise.reject(new Error('LISTEN is not supported here'))],
  ])('a run is followed live through a pooler that %s', async (_, listen) => {
    /** Stands for a pooler that shares connections between transactions, as Supabase's on port 6543. */
    class Pooler extends pg.Pool {
      override async connect(): Promise<pg.PoolClient>;
      override connect(done: Parameters<pg.Pool['connect']>[0]): void;
      override connect(done?: Parameters<pg.Pool['connect']>[0]): Promise<pg.PoolClient> | void {
        if (done) return super.connect(done);
        return super.connect().then((client) => {
          const query = client.query.bind(client) as (...words: unknown[]) => unknown;
          const deaf = (...words: unknown[]) => (String(words[0]).startsWith('LISTEN') ? listen() : query(...words));
          return Object.assign(client, { query: deaf });
        });
      }
    }
    const pool = new Pooler({ ...connection, max: 3 });
    const store = postgresStore({ pool, pollMs: 20 });
    const agent = createAgent({ model: scriptedModel([{ text: 'One.' }, { text: 'Two.' }]), store });
    const { sessionId } = await agent.run('one').result;
    const controller = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const event of store.follow(sessionId, { signal: controller.signal })) {
        seen.push(event.type);
        if (seen.filter((type) => type === 'run.ended').length === 2) controller.abort();
      }
    })();
    await agent.run('two', { sessionId }).result;
    await following;
    expect(seen).toEqual((await store.read(sessionId)).map((event) => event.type));
    await store.close();
    await pool.end();
  });

  test('any number of followers share one connection', async () => {
    const store = postgresStore({ connection: { ...connection, max: 2 }, pollMs: 20_000 });
    const agent = createAgent({ model: scriptedModel([{ text: 'One.' }, { text: 'Two.' }]), store });
    const { sessionId } = await agent.run('one').result;
    const controller = new AbortController();
    let ends = 0;
    const followers = Array.from({ length: 12 }, async () => {
      for await (const event of store.follow(sessionId, { after: 1, signal: controller.signal })) {
        if (event.type === 'run.ended' && ++ends === 24) controller.abort();
      }
    });
    await agent.run('two', { sessionId }).result;
    await Promise.all(followers);
    expect(ends).toBe(24);
    await store.close();
  });

  test('a run that paused here is resumed there', async () => {
    const [here, there] = [open(), open()];
    const model = () =>
      scriptedModel(({ messages }) =>
        messages.length === 1 ? { calls: [{ tool: 'none', input: {}, id: 'c' }] } : { text: 'ok' },
      );
    const tool = {
      name: 'none',
      description: 'Does nothing at all.',
      input: { type: 'object' },
      execute: () => 'done',
    };
    const paused = await createAgent({ model: model(), tools: [tool], store: here }).run('go').result;
    const answers = { c: { verdict: 'approved', by: 'ann' } } as const;
    const result = await createAgent({ model: model(), tools: [tool], store: there }).resume(paused.runId, { answers })
      .result;
    expect([paused.reason, result.reason]).toEqual(['approval', 'done']);
    await Promise.all([here.close(), there.close()]);
  });
});

test('a server that is not there is told, and what to check', async () => {
  const store = postgresStore({ connection: 'postgresql://127.0.0.1:1/none' });
  await expect(store.read('s')).rejects.toMatchObject({ code: 'store_failed' });
  await store.close();
});

test('a store without a connection is refused', () => {
  expect(() => postgresStore({})).toThrow('needs a connection or a pool');
});
