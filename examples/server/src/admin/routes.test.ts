import { hash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { adminRoutes } from './admin-routes.ts';
import { checkAdminKey } from './admin-key.ts';
import { defaultGateSettings, type GateSettings } from '../gate/gate-settings.ts';
import { openParts, type RelayParts } from '../gate/open-parts.ts';
import { startHttp } from '../http/server.ts';
import { createMetrics } from '../operate/metrics.ts';
import { metricsRoute } from '../operate/metrics-route.ts';
import { deviceRoutes } from '../account/device-routes.ts';

const adminKey = 'an-administrators-key-of-32-chars!';
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Served {
  readonly url: string;
  readonly parts: RelayParts;
  ask(method: string, path: string, options?: { token?: string; body?: unknown; headers?: object }): Promise<Answer>;
}
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

async function serve(change: Partial<GateSettings> = {}, env = {}): Promise<Served> {
  const devices = { ...defaultGateSettings.devices, workBits: 0, ...change.devices };
  const parts = await openParts({
    settings: { ...defaultGateSettings, ...change, devices },
    env,
    databasePath: ':memory:',
    clock: Date.now,
  });
  const upstreams = () => [{ name: 'openai', state: 'closed' as const, active: 1, waiting: 0, keys: [] }];
  const options = { key: adminKey, parts, clock: Date.now, startedAt: 5, version: '1.2.3', upstreams };
  const routes = [
    ...deviceRoutes(parts),
    ...adminRoutes(options),
    metricsRoute(createMetrics({ bare: true }), 'metrics-token'),
  ];
  const server = await startHttp({ host: '127.0.0.1', port: 0, routes, observers: [], hosts: ['127.0.0.1'] });
  closing.push(async () => {
    await server.drain({ deadlineMs: 0 });
    await parts.close();
  });
  return {
    url: server.url,
    parts,
    async ask(method, path, { token, body, headers } = {}) {
      const reply = await fetch(server.url + path, {
        method,
        headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await reply.text();
      const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
      return { status: reply.status, headers: reply.headers, json };
    },
  };
}

describe('a device', () => {
  test('gets a token for work, looks at it, rotates it and gives it back', async () => {
    const { ask } = await serve({ devices: { ...defaultGateSettings.devices, workBits: 8 } });
    const { json: work } = await ask('GET', '/v1/devices/challenge');
    expect(await ask('POST', '/v1/devices', { body: {} })).toMatchObject({ status: 401 });
    const body = { challenge: work['challenge'], nonce: nonceFor(String(work['challenge'])), label: 'test' };
    const { status, json } = await ask('POST', '/v1/devices', { body });
    expect([status, json['organisation']]).toEqual([201, null]);
    expect((await ask('POST', '/v1/devices', { body })).status).toBe(401);
    const token = String(json['token']);
    const me = await ask('GET', '/v1/devices/me', { token });
    const { token: _, ...shown } = json;
    expect(me.json).toEqual(shown);
    const next = String((await ask('POST', '/v1/devices/rotate', { token })).json['token']);
    expect((await ask('GET', '/v1/devices/me', { headers: { 'x-api-key': next } })).status).toBe(200);
    expect((await ask('DELETE', '/v1/devices/me', { token: next })).status).toBe(204);
    expect((await ask('GET', '/v1/devices/me', { token })).status).toBe(401);
  });

  test('with an invitation belongs to its organisation, and with a wrong one is refused', async () => {
    const organisations = { acme: { invites: [{ env: 'ACME' }], limits: {} } };
    const { ask } = await serve({ organisations }, { ACME: 'welcome-to-acme' });
    const { json } = await ask('POST', '/v1/devices', { body: { invite: 'welcome-to-acme' } });
    expect(json['organisation']).toBe('acme');
    for (const invite of ['acme', 'welcome-to-acm', '__proto__'])
      expect((await ask('POST', '/v1/devices', { body: { invite } })).status).toBe(401);
  });

  test('of an address that was given too many is told to come back later', async () => {
    const { ask } = await serve({ devices: { ...defaultGateSettings.devices, workBits: 0, issuesPerHour: 2 } });
    const asked = [1, 2, 3].map(() => ask('POST', '/v1/devices', { body: {} }));
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 429]);
    const late = answers.find(({ status }) => status === 429);
    expect(Number(late?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test.each([
    ['{'],
    ['[]'],
    ['"x"'],
    ['{"label": 5}'],
    ['{"label": "x", "admin": true}'],
    [`{"label":"${'x'.repeat(101)}"}`],
  ])('that sends %j is told what is wrong', async (body) => {
    const { ask } = await serve();
    const answer = await ask('POST', '/v1/devices', { body });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'invalid_config' } } });
  });
});

function nonceFor(challenge: string): string {
  for (let nonce = 0; ; nonce += 1)
    if (hash('sha256', `${challenge}:${nonce}`, 'buffer')[0] === 0) return String(nonce);
}

describe('the administrator', () => {
  const paths: readonly (readonly [string, string])[] = [
    ['GET', '/admin/api/overview'],
    ['GET', '/admin/api/limits'],
    ['GET', '/admin/api/usage'],
    ['GET', '/admin/api/devices'],
    ['POST', '/admin/api/devices'],
    ['POST', '/admin/api/devices/x/revoke'],
    ['POST', '/admin/api/devices/x/stop'],
    ['POST', '/admin/api/devices/x/resume'],
  ];

  test.each(paths)('%s %s is his alone', async (method, path) => {
    const { ask, parts } = await serve();
    const { token } = await parts.devices.issue({});
    expect((await ask(method, path)).status).toBe(401);
    for (const wrong of [token, `${adminKey}x`, adminKey.slice(1), 'x'])
      expect((await ask(method, path, { token: wrong })).status).toBe(401);
    // A key in the address would be kept in logs, so it does not count.
    expect((await ask(method, `${path}?key=${adminKey}`)).status).toBe(401);
    expect((await ask(method, path, { headers: { 'x-api-key': adminKey } })).status).toBe(401);
  });

  test('sees how the relay stands, its devices and their usage', async () => {
    const { ask, parts } = await serve();
    const { json: made } = await ask('POST', '/admin/api/devices', { token: adminKey, body: { organisation: 'acme' } });
    const deviceId = String(made['deviceId']);
    parts.ledger.record({ deviceId, organisation: 'acme', model: 'm', failed: false, ms: 10, costMicros: 3 });
    await parts.ledger.flush();
    const overview = await ask('GET', '/admin/api/overview', { token: adminKey });
    expect(overview.json).toMatchObject({ version: '1.2.3', store: 'sqlite', limits_counted_in: 'memory' });
    const list = await ask('GET', '/admin/api/devices?organisation=acme', { token: adminKey });
    expect(list.json).toMatchObject({ devices: [{ id: deviceId, tokens: 1 }] });
    expect(JSON.stringify(list.json)).not.toContain(String(made['token']).slice(0, 20));
    const usage = await ask('GET', '/admin/api/usage?by=model', { token: adminKey });
    expect(usage.json).toMatchObject({ rows: [{ key: 'm', requests: 1, costMicros: 3 }] });
    expect((await ask('GET', '/admin/api/limits', { token: adminKey })).json).toMatchObject({ device: {} });
    expect((await ask('GET', '/admin/api/usage?by=evil', { token: adminKey })).status).toBe(400);
    expect((await ask('GET', "/admin/api/usage?from=2026-01-01'--", { token: adminKey })).status).toBe(400);
  });

  test('stops, resumes and revokes a device', async () => {
    const { ask, parts } = await serve();
    const { token, deviceId } = await parts.devices.issue({});
    const order = (what: string, body?: unknown) =>
      ask('POST', `/admin/api/devices/${deviceId}/${what}`, { token: adminKey, body });
    expect((await order('stop', { minutes: 5, why: 'testing.' })).status).toBe(204);
    expect((await ask('GET', '/v1/devices/me', { token })).json).toMatchObject({ error: { code: 'rate_limited' } });
    expect((await order('resume')).status).toBe(204);
    expect((await ask('GET', '/v1/devices/me', { token })).status).toBe(200);
    expect((await order('revoke')).status).toBe(204);
    expect((await ask('GET', '/v1/devices/me', { token })).status).toBe(401);
    expect((await ask('POST', '/admin/api/devices/none/revoke', { token: adminKey })).status).toBe(404);
  });

  test('has a key that nobody guesses', () => {
    expect(() => checkAdminKey('admin')).toThrow(/shorter than 24/);
    expect(checkAdminKey(adminKey)).toBe(adminKey);
  });
});

test('metrics with a token are for who has it', async () => {
  const { ask } = await serve();
  expect((await ask('GET', '/metrics')).status).toBe(401);
  expect((await ask('GET', '/metrics', { token: 'metrics-tokem' })).status).toBe(401);
  expect((await ask('GET', '/metrics', { token: 'metrics-token' })).status).toBe(200);
});

test.each([
  ['a page of a stranger', { origin: 'https://evil.example' }, 403],
  ['a name that was made to point here', { host: 'rebound.example' }, 421],
])('%s reaches neither devices nor the administrator', async (_what, headers, status) => {
  const { url } = await serve();
  for (const path of ['/v1/devices/challenge', '/admin/api/overview']) {
    const request = get(url + path, { headers: { ...headers, authorization: `Bearer ${adminKey}` } });
    const [reply] = (await once(request, 'response')) as [IncomingMessage];
    reply.resume();
    expect(reply.statusCode).toBe(status);
  }
});
