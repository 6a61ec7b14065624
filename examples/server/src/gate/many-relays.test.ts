import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { newId } from '@capstan/sdk';
import { openDatabase } from '../database/open-database.ts';
import { readUsage } from '../ledger/read-usage.ts';
import { freshPostgres } from '../testing/test-stores.ts';

const { CAPSTAN_TEST_REDIS: redis, CAPSTAN_TEST_POSTGRES: postgres } = process.env;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Counted {
  readonly admitted: number;
  readonly refused: number;
  readonly failed: number;
  readonly usedTokens: number;
}

/** Starts a relay's gate in a process of its own. */
function relay(order: object): { readonly counted: Promise<Counted>; kill(): Promise<unknown> } {
  const file = join(import.meta.dirname, '__fixtures__/gate-process.ts');
  const child = spawn(process.execPath, ['--conditions=@capstan/source', file, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const counted = (async () => {
    for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Counted;
    throw new Error('the relay ended without a word');
  })();
  return {
    counted,
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      return gone;
    },
  };
}

const sum = (all: readonly Counted[], key: keyof Counted) => all.reduce((total, each) => total + each[key], 0);

describe.each([
  { name: 'Redis', missing: !redis || !postgres, shared: { redis } },
  { name: 'PostgreSQL', missing: !postgres, shared: {} },
])('four relays over $name', ({ missing, shared }) => {
  test.skipIf(missing)('10,000 calls of one device never pass its limits, and no room is lost', async () => {
    const { url, drop } = await freshPostgres(postgres ?? '');
    closing.push(drop);
    const deviceId = newId();
    const limits = { requestsPerDay: 6000, tokensPerDay: 80_000 };
    const order = { ...shared, calls: 2500, atOnce: 25, deviceId, limits, database: url };
    const all = await Promise.all([1, 2, 3, 4].map(() => relay(order).counted));

    const [admitted, usedTokens] = [sum(all, 'admitted'), sum(all, 'usedTokens')];
    expect(sum(all, 'failed')).toBe(0);
    expect(admitted + sum(all, 'refused')).toBe(10_000);
    expect(admitted).toBeLessThanOrEqual(6000);
    expect(usedTokens).toBeLessThanOrEqual(80_000);
    // A limit was reached: what is left of one of them is less than the largest call.
    expect(admitted === 6000 || usedTokens > 80_000 - 50).toBe(true);

    const database = await openDatabase({ url });
    closing.push(() => database.close());
    const [row] = await readUsage(database, { by: 'device', from: '2000-01-01', to: '2999-12-31' });
    expect(row).toMatchObject({ key: deviceId, requests: admitted, inputTokens: usedTokens });
  });

  test.skipIf(missing)('what a killed relay held is refused at first and free after its lease', async () => {
    const { url, drop } = await freshPostgres(postgres ?? '');
    closing.push(drop);
    const deviceId = newId();
    const limits = { requestsPerDay: 100 };
    const order = { ...shared, deviceId, limits, database: url };
    const holder = relay({ ...order, calls: 100, atOnce: 10, holds: true });
    expect(await holder.counted).toMatchObject({ admitted: 100 });
    const early = await relay({ ...order, calls: 5, atOnce: 5 }).counted;
    expect(early).toMatchObject({ admitted: 0, refused: 5 });
    await holder.kill();
    await expect
      .poll(async () => (await relay({ ...order, calls: 5, atOnce: 5 }).counted).admitted, {
        timeout: 55_000,
        interval: 2000,
      })
      .toBe(5);
  });
});
