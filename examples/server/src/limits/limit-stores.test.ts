import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../database/open-database.ts';
import { freshPostgres, freshPrefix } from '../testing/test-stores.ts';
import type { Claim, LimitStore, Reservation } from './limit-store.ts';
import { memoryLimits } from './memory-limits.ts';
import { postgresLimits } from './postgres-limits.ts';
import { redisLimits } from './redis-limits.ts';

const { CAPSTAN_TEST_REDIS: redisUrl, CAPSTAN_TEST_POSTGRES: postgresUrl } = process.env;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Opens two views of one set of counters, as two relays have; for memory they are the same. */
type Open = (leaseMs?: number) => Promise<readonly [LimitStore, LimitStore]>;

const stores: Record<string, { readonly missing: boolean; readonly open: Open }> = {
  memory: {
    missing: false,
    async open() {
      const store = memoryLimits({ clock: Date.now });
      return [store, store];
    },
  },
  redis: {
    missing: !redisUrl,
    async open(leaseMs = 30_000) {
      const prefix = freshPrefix();
      const both = [0, 1].map(() => redisLimits({ redis: new Redis(redisUrl ?? ''), prefix, leaseMs }));
      closing.push(() => Promise.all(both.map((store) => store.close())));
      return both as unknown as readonly [LimitStore, LimitStore];
    },
  },
  postgres: {
    missing: !postgresUrl,
    async open(leaseMs = 30_000) {
      const { url, drop } = await freshPostgres(postgresUrl ?? '');
      closing.push(drop);
      const both = await Promise.all(
        [0, 1].map(async () => {
          const database = await openDatabase({ url });
          closing.push(() => database.close());
          return postgresLimits({ database, leaseMs });
        }),
      );
      return both as unknown as readonly [LimitStore, LimitStore];
    },
  },
};

const day = 86_400_000;
const claim = (name: string, max: number, amount: number): Claim => ({ name, windowMs: day, max, amount });

describe.each(Object.entries(stores))('%s', (name, { missing, open }) => {
  test.skipIf(missing)('what is used takes the place of what was reserved', async () => {
    const [store] = await open();
    const first = await store.reserve([claim('a', 100, 60)]);
    expect(first.taken).toEqual([0]);
    await first.reservation?.settle([10]);
    const second = await store.reserve([claim('a', 100, 90)]);
    expect([second.taken, second.used, second.reservation !== undefined]).toEqual([[10], [10], true]);
  });

  test.skipIf(missing)('of several limits all are taken or none', async () => {
    const [store] = await open();
    const refused = await store.reserve([claim('a', 100, 60), claim('b', 50, 60)]);
    expect(refused.reservation).toBeUndefined();
    expect((await store.reserve([claim('a', 100, 100), claim('b', 50, 50)])).reservation).toBeDefined();
  });

  test.skipIf(missing)('more may be used than was reserved, and the next call is refused', async () => {
    const [store] = await open();
    await (await store.reserve([claim('a', 100, 10)])).reservation?.settle([500]);
    const next = await store.reserve([claim('a', 100, 1)]);
    expect([next.reservation, next.used]).toEqual([undefined, [500]]);
  });

  test.skipIf(missing)('a hundred calls at once from two relays admit just what fits', async () => {
    const [one, other] = await open();
    const asked = Array.from({ length: 100 }, (_, at) =>
      (at % 2 === 0 ? one : other).reserve([claim('z', 37, 1), claim('a', 1000, 5)]),
    );
    const admitted = (await Promise.all(asked)).filter(({ reservation }) => reservation !== undefined);
    expect(admitted).toHaveLength(37);
  });

  test.skipIf(missing)('names with every sign in them are names', async () => {
    const [store] = await open();
    for (const name of ["a'; DROP TABLE relay_counters; --", '{"a",b}', '\\', 'Ünïcode 😀', 'a"b', 'NULL', ' ']) {
      await (await store.reserve([claim(name, 5, 5)])).reservation?.settle([5]);
      expect((await store.reserve([claim(name, 5, 1)])).reservation).toBeUndefined();
    }
  });

  test.skipIf(missing)('no order of calls and settlements ever exceeds a limit', async () => {
    const [one, other] = await open();
    const step = fc.oneof(
      fc.record({ does: fc.constant('admit' as const), tokens: fc.nat(40), by: fc.nat(1) }),
      fc.record({
        does: fc.constant('settle' as const),
        which: fc.nat(20),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const [requests, tokens] = [`r${(round += 1)}`, `t${round}`];
        const open: { readonly tokens: number; readonly reservation: Reservation }[] = [];
        const settled = { requests: 0, tokens: 0 };
        for (const each of steps) {
          if (each.does === 'admit') {
            const claims = [claim(requests, 12, 1), claim(tokens, 100, each.tokens)];
            const { reservation, taken } = await (each.by === 0 ? one : other).reserve(claims);
            const held = open.reduce((sum, call) => sum + call.tokens, settled.tokens);
            const calls = open.length + settled.requests;
            expect(taken).toEqual([calls, held]);
            expect(reservation !== undefined).toBe(calls + 1 <= 12 && held + each.tokens <= 100);
            if (reservation) open.push({ tokens: each.tokens, reservation });
          } else {
            const [call] = open.splice(each.which % Math.max(1, open.length), 1);
            const used = Math.floor((call?.tokens ?? 0) * each.part);
            await call?.reservation.settle([1, used]);
            settled.requests += call ? 1 : 0;
            settled.tokens += call ? used : 0;
          }
        }
      }),
      { numRuns: name === 'memory' ? 200 : 25 },
    );
  });

  test.skipIf(missing || name === 'memory')('what a relay holds counts for the others', async () => {
    const [one, other] = await open();
    await one.reserve([claim('a', 10, 8)]);
    const { reservation, taken } = await other.reserve([claim('a', 10, 8)]);
    expect([reservation, taken]).toEqual([undefined, [8]]);
  });

  test.skipIf(missing || name === 'memory')('what a relay held that died is free after its lease', async () => {
    const [dead, alive] = await open(300);
    await dead.reserve([claim('a', 10, 8)]);
    await expect
      .poll(async () => (await alive.reserve([claim('a', 10, 8)])).reservation !== undefined, { timeout: 20_000 })
      .toBe(true);
  });

  test.skipIf(missing || name === 'memory')(
    'a relay that slept through its lease goes on under another name',
    async () => {
      const [sleeper, other] = await open(200);
      const before = await sleeper.reserve([claim('a', 10, 8)]);
      await expect
        .poll(async () => (await other.reserve([claim('b', 1, 0), claim('a', 10, 0)])).taken[1], { timeout: 20_000 })
        .toBe(0);
      const after = await sleeper.reserve([claim('a', 10, 4)]);
      expect(after.reservation).toBeDefined();
      await before.reservation?.settle([8]);
      const { taken } = await other.reserve([claim('a', 100, 0)]);
      // What was used counts, and what was reserved anew is not taken away with the old name.
      expect(taken[0]).toBeGreaterThanOrEqual(8);
    },
  );
});

test('counters of a day come back after a restart, those of a minute do not', async () => {
  const at = Date.UTC(2026, 0, 5, 12);
  const store = memoryLimits({ clock: () => at });
  const claims = [claim('day', 10, 6), { ...claim('minute', 10, 6), windowMs: 60_000 }];
  await (await store.reserve(claims)).reservation?.settle([6, 6]);
  const next = memoryLimits({ clock: () => at + 1000 });
  next.restore(store.takeChanged());
  expect((await next.reserve(claims)).taken).toEqual([6, 0]);
  expect(store.takeChanged()).toEqual([]);
});

test('a window ends on time', async () => {
  let at = Date.UTC(2026, 0, 5, 23, 59, 59, 999);
  const store = memoryLimits({ clock: () => at });
  const first = await store.reserve([claim('a', 10, 10)]);
  expect((await store.reserve([claim('a', 10, 1)])).reservation).toBeUndefined();
  at += 1;
  expect((await store.reserve([claim('a', 10, 10)])).taken).toEqual([0]);
  await first.reservation?.settle([10]);
  expect((await store.reserve([claim('a', 10, 0)])).taken).toEqual([10]);
});
