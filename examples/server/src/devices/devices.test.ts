import { hash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { freshPostgres } from '../testing/test-stores.ts';
import { openDevices, type Devices, type DevicesOptions } from './devices.ts';
import { readToken, signToken, tokenHash } from './token.ts';

const { CAPSTAN_TEST_POSTGRES: postgresUrl } = process.env;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const minute = 60_000;
const key = { id: 'k1', secret: 'a-secret-of-more-than-32-characters!' };
let now = 0;
const clock = () => now;

const databases: Record<string, { readonly missing: boolean; readonly open: () => Promise<Database> }> = {
  sqlite: { missing: false, open: () => openDatabase({ url: ':memory:' }) },
  postgres: {
    missing: !postgresUrl,
    async open() {
      const { url, drop } = await freshPostgres(postgresUrl ?? '');
      closing.push(drop);
      return openDatabase({ url });
    },
  },
};

async function openDb(open: () => Promise<Database>): Promise<Database> {
  const database = await open();
  closing.push(() => database.close());
  return database;
}

const openOver = (database: Database, options: DevicesOptions = {}): Promise<Devices> => {
  now = Date.UTC(2026, 3, 1);
  return openDevices({ workBits: 0, ...options, database, clock });
};

describe.each(Object.entries(databases))('over %s', (_name, { missing, open }) => {
  test.skipIf(missing)('a token is issued, checked, and kept as a digest only', async () => {
    const database = await openDb(open);
    const devices = await openOver(database);
    const { token, deviceId } = await devices.issue({ organisation: 'acme', label: 'laptop' });
    expect(await devices.verify(token)).toMatchObject({ deviceId, organisation: 'acme' });
    const rows = await database.query('SELECT * FROM relay_tokens');
    expect(rows).toEqual([expect.objectContaining({ hash: tokenHash(token), device_id: deviceId })]);
    expect(JSON.stringify(rows)).not.toContain(token.split('.').at(-1));
    expect(await devices.list({ now })).toEqual([
      {
        id: deviceId,
        organisation: 'acme',
        label: 'laptop',
        madeAt: now,
        tokens: 1,
        revokedAt: null,
        stoppedUntil: null,
        stoppedWhy: null,
      },
    ]);
  });

  test.skipIf(missing)('a rotated token holds for the overlap, its successor for its days', async () => {
    const devices = await openOver(await openDb(open), { overlapMinutes: 10, tokenDays: 30 });
    const first = await devices.issue({});
    const second = await devices.rotate(first.token);
    expect(second.deviceId).toBe(first.deviceId);
    now += 10 * minute - 1;
    await devices.verify(first.token);
    now += 1;
    await expect(devices.verify(first.token)).rejects.toMatchObject({ code: 'auth_refused' });
    await devices.verify(second.token);
    now = second.expiresAt;
    await expect(devices.verify(second.token)).rejects.toThrow(/has expired/);
  });

  test.skipIf(missing)('rotating again does not lengthen the life of the old token', async () => {
    const devices = await openOver(await openDb(open), { overlapMinutes: 10 });
    const first = await devices.issue({});
    await devices.rotate(first.token);
    now += 9 * minute;
    await devices.rotate(first.token);
    now += minute;
    await expect(devices.verify(first.token)).rejects.toMatchObject({ code: 'auth_refused' });
  });

  test.skipIf(missing)('a revocation counts at once here, and within the bound at another relay', async () => {
    const database = await openDb(open);
    const [here, there] = [await openOver(database, { staleMs: 5000 }), await openOver(database, { staleMs: 5000 })];
    const { token, deviceId } = await here.issue({});
    await Promise.all([here.verify(token), there.verify(token)]);
    await here.revoke(deviceId);
    await expect(here.verify(token)).rejects.toThrow(/was revoked/);
    now += 5000;
    await expect(there.verify(token)).rejects.toThrow(/was revoked/);
    await expect(here.revoke('nobody')).rejects.toMatchObject({ code: 'not_found' });
  });

  test.skipIf(missing)('what is no word of SQL stays one', async () => {
    const devices = await openOver(await openDb(open));
    const { token } = await devices.issue({ label: "'); DELETE FROM relay_tokens; --", organisation: "x' OR '1'='1" });
    for (const hostile of ["' OR 1=1 --", "x'; DROP TABLE relay_tokens; --", '%', '\\', '"']) {
      expect(await devices.list({ organisation: hostile })).toEqual([]);
      await expect(devices.verify(hostile)).rejects.toMatchObject({ code: 'auth_refused' });
      await expect(devices.revoke(hostile)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await devices.verify(token)).organisation).toBe("x' OR '1'='1");
    expect(await devices.list({ before: '' })).toEqual([]);
  });

  test.skipIf(missing)('two relays that start at once share one signing key', async () => {
    const database = await openDb(open);
    const all = await Promise.all([1, 2, 3].map(() => openOver(database)));
    const { token } = await (all[0] as Devices).issue({});
    for (const devices of all) await devices.verify(token);
  });

  test.skipIf(missing)('work counts once', async () => {
    const devices = await openOver(await openDb(open), { workBits: 6 });
    const solution = solve(devices.challenge());
    await expect(devices.spendWork(undefined)).rejects.toMatchObject({ code: 'auth_refused' });
    const both = await Promise.allSettled([devices.spendWork(solution), devices.spendWork(solution)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

function solve(work: { readonly challenge: string; readonly bits: number } | undefined) {
  const challenge = work?.challenge ?? '';
  for (let nonce = 0; ; nonce += 1) {
    const digest = hash('sha256', `${challenge}:${nonce}`, 'buffer');
    if (digest.readUInt32BE(0) >>> (32 - (work?.bits ?? 1)) === 0) return { challenge, nonce: String(nonce) };
  }
}

test('work that is forged, old, too easy or wrong is refused', async () => {
  const database = await openDb(() => openDatabase({ url: ':memory:' }));
  const easy = await openOver(database, { workBits: 4, signingKeys: [key] });
  const hard = await openOver(database, { workBits: 8, signingKeys: [key] });
  const tooEasy = solve(easy.challenge());
  await expect(hard.spendWork(tooEasy)).rejects.toMatchObject({ code: 'auth_refused' });
  const { challenge, nonce } = solve(hard.challenge());
  const cheats = [
    { challenge: challenge.replace('work.8.', 'work.1.'), nonce },
    { challenge: `${challenge}x`, nonce },
    { challenge, nonce: 'x'.repeat(41) },
    { challenge: 'work.8.9999999999999.x.y', nonce },
    { challenge: '', nonce: '' },
  ];
  for (const cheat of cheats) await expect(hard.spendWork(cheat)).rejects.toMatchObject({ code: 'auth_refused' });
  now += 5 * minute + 1;
  await expect(hard.spendWork({ challenge, nonce })).rejects.toThrow(/too old/);
});

describe('a forged token', () => {
  const claims = { deviceId: 'd', serial: 's', expiresAt: 9e12, organisation: 'acme' };
  const good = signToken(claims, key);
  const [prefix, id, body, mac] = good.split('.') as [string, string, string, string];
  const other = Buffer.from(JSON.stringify(['someone', 's', 9e12, 'acme'])).toString('base64url');

  test.each([
    ['other claims', `${prefix}.${id}.${other}.${mac}`],
    ['another key', signToken(claims, { id: 'k1', secret: 'another-secret-of-more-than-32-chars' })],
    ['a key of no name', `${prefix}.none.${body}.${mac}`],
    ['no signature', `${prefix}.${id}.${body}.`],
    ['no signature part', `${prefix}.${id}.${body}`],
    ['a part too many', `${good}.x`],
    ['a cut signature', good.slice(0, -1)],
    ['another prefix', good.replace('cap1', 'cap2')],
    ['padding', `${good}=`],
    ['empty', ''],
    ['a vendor’s key', 'sk-proj-0123456789abcdef'],
    ['too long', `${good}${'x'.repeat(2000)}`],
    ['a prototype', 'cap1.__proto__.x.y'],
  ])('with %s is refused', (_what, token) => {
    expect(readToken(token, [key])).toBeUndefined();
  });

  test('in any one character is refused', () => {
    expect(readToken(good, [key])).toEqual(claims);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom(...'abcXYZ019-_.'), (at, sign) => {
        fc.pre(good[at] !== sign);
        expect(readToken(`${good.slice(0, at)}${sign}${good.slice(at + 1)}`, [key])).toBeUndefined();
      }),
    );
  });

  test('and any text at all is refused without a look into the store', async () => {
    const database = await openDatabase({ url: ':memory:' });
    let queries = 0;
    const counting: Database = { ...database, query: (...args) => ((queries += 1), database.query(...args)) };
    const devices = await openOver(counting, { signingKeys: [key] });
    queries = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), async (text) => {
        await expect(devices.verify(text)).rejects.toMatchObject({ code: 'auth_refused' });
      }),
    );
    expect(queries).toBe(0);
    await database.close();
  });

  test('that is signed but was never issued is refused', async () => {
    const devices = await openOver(await openDb(() => openDatabase({ url: ':memory:' })), { signingKeys: [key] });
    await expect(devices.verify(good)).rejects.toMatchObject({ code: 'auth_refused' });
  });
});

test('a request in a row asks the store once in half of the bound', async () => {
  const database = await openDb(() => openDatabase({ url: ':memory:' }));
  let queries = 0;
  const counting: Database = { ...database, query: (...args) => ((queries += 1), database.query(...args)) };
  const devices = await openOver(counting, { staleMs: 5000 });
  const { token } = await devices.issue({});
  queries = 0;
  for (let at = 0; at < 100; at += 1) await devices.verify(token);
  expect(queries).toBe(1);
  now += 2500;
  await devices.verify(token);
  expect(queries).toBe(2);
});

test('a new signing key signs, and tokens of the old one hold until it is taken out', async () => {
  const database = await openDb(() => openDatabase({ url: ':memory:' }));
  const fresh = { id: 'k2', secret: 'a-new-secret-of-more-than-32-characters' };
  const { token } = await (await openOver(database, { signingKeys: [key] })).issue({});
  const both = await openOver(database, { signingKeys: [fresh, key] });
  await both.verify(token);
  const { token: next } = await both.rotate(token);
  expect(next.split('.')[1]).toBe('k2');
  const after = await openOver(database, { signingKeys: [fresh] });
  await after.verify(next);
  await expect(after.verify(token)).rejects.toMatchObject({ code: 'auth_refused' });
});

test.each([
  [[{ id: 'k', secret: 'short' }], /shorter than 32/],
  [[{ ...key, id: 'A B' }], /is no id/],
  [[key, key], /same id/],
])('signing keys that are wrong are told without their secret', async (signingKeys, message) => {
  const database = await openDb(() => openDatabase({ url: ':memory:' }));
  const failing = openOver(database, { signingKeys });
  await expect(failing).rejects.toThrow(message);
  await expect(failing).rejects.not.toThrow(/short\b.*secret|a-secret/);
});

test('tidying forgets tokens that ended a day ago, and no others', async () => {
  const database = await openDb(() => openDatabase({ url: ':memory:' }));
  const devices = await openOver(database, { tokenDays: 1 });
  await devices.issue({});
  now += 2 * 86_400_000 + 1;
  const { token } = await devices.issue({});
  await devices.tidy();
  expect(await database.query('SELECT hash FROM relay_tokens')).toEqual([{ hash: tokenHash(token) }]);
});

describe.each(Object.entries(databases))('over %s', (_name, { missing, open }) => {
  test.skipIf(missing)('tidying forgets devices of which nothing is left, and no others', async () => {
    const database = await openDb(open);
    const devices = await openOver(database, { tokenDays: 1 });
    const used = await devices.issue({ label: 'used' });
    const idle = await devices.issue({ label: 'idle' });
    const columns =
      'requests, errors, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_micros, unpriced';
    const spans = 'ms_250, ms_1000, ms_4000, ms_16000, ms_64000, ms_over';
    await database.query(
      `INSERT INTO relay_usage (day, device_id, organisation, model, ${columns}, ${spans})
       VALUES ('2026-01-01', $1, '', 'm', 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0)`,
      [used.deviceId],
    );
    now += 2 * 86_400_000 + 1;
    const fresh = await devices.issue({ label: 'fresh' });
    await devices.tidy();
    const left = await database.query<{ id: string }>('SELECT id FROM relay_devices ORDER BY made_at');
    expect(left.map(({ id }) => id)).toEqual([used.deviceId, fresh.deviceId]);
    expect(left.map(({ id }) => id)).not.toContain(idle.deviceId);
  });
});
