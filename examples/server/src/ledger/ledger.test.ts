import { afterEach, describe, expect, test } from 'vitest';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { freshPostgres } from '../testing/test-stores.ts';
import { openLedger, type LedgerEntry } from './ledger.ts';
import { pruneUsage, readUsage } from './read-usage.ts';

const { CAPSTAN_TEST_POSTGRES: postgresUrl } = process.env;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const stores = { sqlite: ':memory:', postgres: postgresUrl };
async function open(name: string): Promise<Database> {
  if (name === 'sqlite') return openDatabase({ url: ':memory:' });
  const { url, drop } = await freshPostgres(postgresUrl ?? '');
  closing.push(drop);
  const database = await openDatabase({ url });
  closing.push(() => database.close());
  return database;
}

const day = 86_400_000;
const entry = (change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  deviceId: 'd1',
  organisation: 'acme',
  model: 'openai/gpt',
  failed: false,
  ms: 300,
  usage: { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 2 },
  costMicros: 7,
  ...change,
});
const all = { from: '2026-01-01', to: '2026-12-31' };

describe.each(Object.keys(stores))('over %s', (name) => {
  const missing = !stores[name as keyof typeof stores];

  test.skipIf(missing)('calls are summed by day, device, organisation and model', async () => {
    let now = Date.UTC(2026, 4, 1, 23);
    const database = await open(name);
    const ledger = openLedger({ database, clock: () => now });
    ledger.record(entry());
    ledger.record(entry({ failed: true, ms: 70_000 }));
    ledger.record(entry({ deviceId: 'd2', organisation: '', model: 'local/x', costMicros: undefined as never }));
    await ledger.flush();
    now += 2 * 3_600_000;
    ledger.record(entry({ ms: 250 }));
    await ledger.close();
    expect(await readUsage(database, { by: 'day', ...all })).toMatchObject([
      {
        key: '2026-05-01',
        requests: 3,
        errors: 1,
        inputTokens: 30,
        costMicros: 14,
        unpriced: 1,
        latency: [0, 2, 0, 0, 0, 1],
      },
      {
        key: '2026-05-02',
        requests: 1,
        outputTokens: 5,
        cachedTokens: 4,
        reasoningTokens: 2,
        latency: [1, 0, 0, 0, 0, 0],
      },
    ]);
    expect((await readUsage(database, { by: 'device', ...all })).map(({ key, requests }) => [key, requests])).toEqual([
      ['d1', 3],
      ['d2', 1],
    ]);
    expect((await readUsage(database, { by: 'model', ...all, organisation: 'acme' })).map(({ key }) => key)).toEqual([
      'openai/gpt',
    ]);
    expect(await readUsage(database, { by: 'organisation', from: '2026-05-02', to: '2026-05-02' })).toHaveLength(1);
    await pruneUsage(database, '2026-05-02');
    expect((await readUsage(database, { by: 'day', ...all })).map(({ key }) => key)).toEqual(['2026-05-02']);
  });

  test.skipIf(missing)('two relays that write the same line at once lose nothing', async () => {
    const database = await open(name);
    const ledgers = [1, 2, 3].map(() => openLedger({ database, clock: () => day * 20_000 }));
    for (let at = 0; at < 300; at += 1) ledgers[at % 3]?.record(entry({ model: `m${at % 7}` }));
    await Promise.all(ledgers.map((ledger) => ledger.close()));
    const rows = await readUsage(database, { by: 'device', from: '2000-01-01', to: '2100-01-01' });
    expect(rows).toMatchObject([{ requests: 300, inputTokens: 3000 }]);
  });
});

test('a write that fails is made later, whole', async () => {
  const database = await open('sqlite');
  const notices: string[] = [];
  let fails = true;
  const weak: Database = {
    ...database,
    batch: (statements) => (fails ? Promise.reject(new Error('disk full')) : database.batch(statements)),
  };
  const ledger = openLedger({
    database: weak,
    clock: () => Date.UTC(2026, 4, 1),
    notice: (text) => notices.push(text),
  });
  ledger.record(entry());
  await ledger.flush();
  ledger.record(entry());
  expect(notices).toEqual(['usage could not be written, it is kept for later: disk full']);
  fails = false;
  await ledger.close();
  expect(await readUsage(database, { by: 'day', ...all })).toMatchObject([{ requests: 2 }]);
});

test('the last is tried until it is written, and what could not be is told', async () => {
  const database = await open('sqlite');
  const notices: string[] = [];
  const options = { clock: () => Date.UTC(2026, 4, 1), flushMs: 1, notice: (text: string) => notices.push(text) };
  let failures = 3;
  const weak: Database = {
    ...database,
    batch: (all) => ((failures -= 1) >= 0 ? Promise.reject(new Error('away')) : database.batch(all)),
  };
  const ledger = openLedger({ ...options, database: weak });
  ledger.record(entry());
  await ledger.close();
  expect(await readUsage(database, { by: 'day', ...all })).toMatchObject([{ requests: 1 }]);
  failures = Infinity;
  const lost = openLedger({ ...options, database: weak });
  lost.record(entry());
  await lost.close();
  expect(notices.at(-1)).toBe('usage was lost: 1 sums could not be written before the end');
});
