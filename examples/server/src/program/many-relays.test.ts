import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Pool } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, startProgram, stopPrograms } from '../testing/start-program.ts';
import { freshPostgres } from '../testing/test-stores.ts';

const { CAPSTAN_TEST_REDIS: redis, CAPSTAN_TEST_POSTGRES: postgres } = process.env;
/** Some fifteen seconds on two free cores. */
const timeout = 240_000;
const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };
const closing: (() => Promise<unknown>)[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-many-'));
});
afterEach(async () => {
  stopPrograms();
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A vendor that counts whom it answers. */
async function vendor(): Promise<{ readonly url: string; readonly answered: () => number }> {
  let answered = 0;
  const choices = [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }];
  const body = JSON.stringify({ id: 'x', object: 'chat.completion', model: 'm', choices, usage });
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      answered += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, answered: () => answered };
}

const body = JSON.stringify({ model: 'm', max_tokens: 20, messages: [{ role: 'user', content: 'hello' }] });

/** Sends many calls to a relay, some at a time. @returns How many got each status. */
async function callMany(url: string, token: string, calls: number): Promise<ReadonlyMap<number, number>> {
  const pool = new Pool(url, { connections: 25 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const statuses = new Map<number, number>();
  let left = calls;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const reply = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body });
      await reply.body.dump();
      statuses.set(reply.statusCode, (statuses.get(reply.statusCode) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 25 }, client));
  await pool.close();
  return statuses;
}

describe.each([
  { store: 'Redis', missing: !redis || !postgres, shared: { redis } },
  { store: 'PostgreSQL', missing: !postgres, shared: {} },
])('four relays that share $store', ({ missing, shared }) => {
  test.skipIf(missing)(
    'let 10,000 requests of one device through to its limit, and not one more',
    { timeout },
    async () => {
      const database = await freshPostgres(postgres ?? '');
      closing.push(database.drop);
      const { url, answered } = await vendor();
      const settings = {
        upstreams: { main: { kind: 'compatible', baseURL: url, retries: 0 } },
        fallback: 'main/*',
        store: { database: database.url, ...shared },
        devices: { workBits: 0 },
        guard: { repeats: 0, calls: 0 },
        limits: { device: { requestsPerDay: 4000 }, ip: {} },
        admin: { key: { env: 'ADMIN' } },
        log: { level: 'silent' },
      };
      writeFileSync(join(folder, 'relay.json'), JSON.stringify(settings));
      const admin = randomBytes(24).toString('hex');
      const variables = { ADMIN: admin, CAPSTAN_RELAY_SIGNING_KEY: randomBytes(24).toString('hex') };
      const relays = await Promise.all([1, 2, 3, 4].map(() => startProgram(folder, variables)));
      const urls = relays.map((relay) => relay.url);
      const [first = ''] = urls;
      const { json } = await ask(`${first}/v1/devices`, 'POST', { body: {} });
      const all = await Promise.all(urls.map((one) => callMany(one, String(json['token']), 2500)));

      const total = (status: number) => all.reduce((sum, one) => sum + (one.get(status) ?? 0), 0);
      expect([total(200), total(429), answered()]).toEqual([4000, 6000, 4000]);
      const used = async () => {
        const { json: read } = await ask(`${first}/admin/api/usage`, 'GET', { token: admin });
        return (read['rows'] as readonly Record<string, number>[])[0];
      };
      const expected = { requests: 4000, inputTokens: 28_000, outputTokens: 20_000 };
      await expect.poll(used, { timeout: 20_000 }).toMatchObject(expected);
    },
  );
});
