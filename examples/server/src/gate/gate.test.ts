import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Admission, Refusal } from './gate.ts';
import { defaultGateSettings, type GateSettings } from './gate-settings.ts';
import { openParts, type RelayParts } from './open-parts.ts';

const noon = Date.UTC(2026, 5, 10, 12, 0, 10);
let now = noon;
let folder: string;
let opened: RelayParts[] = [];
const notices: string[] = [];
beforeEach(() => {
  now = noon;
  notices.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'capstan-gate-'));
});
afterEach(async () => {
  for (const parts of opened) await parts.close();
  opened = [];
  rmSync(folder, { recursive: true, force: true });
});

async function open(change: Partial<GateSettings> = {}, env = {}): Promise<RelayParts> {
  const parts = await openParts({
    settings: { ...defaultGateSettings, ...change },
    env,
    databasePath: join(folder, 'relay.db'),
    clock: () => now,
    notice: (message) => notices.push(message),
  });
  opened.push(parts);
  return parts;
}

const limits = (device: object): Partial<GateSettings> => ({ limits: { device, ip: {}, organisation: {} } });
const caller = { deviceId: 'd1', ip: '192.0.2.1' };
const used = (tokens: number, rest = {}) => ({
  model: 'openai/gpt',
  status: 200,
  ms: 12,
  usage: { inputTokens: tokens, outputTokens: 0 },
  ...rest,
});

function admitted(answer: Admission | Refusal): Admission {
  if ('refused' in answer) throw answer.refused;
  return answer;
}

function refused(answer: Admission | Refusal): Refusal {
  if (!('refused' in answer)) throw new Error('was admitted');
  return answer;
}

describe('a refusal', () => {
  test('by a limit of a minute says to wait until it is over, and no longer than clients wait', async () => {
    const { gate } = await open(limits({ requestsPerMinute: 1 }));
    admitted(await gate.admit(caller, { tokens: 1 }));
    const answer = refused(await gate.admit(caller, { tokens: 1 }));
    expect(answer).toMatchObject({ final: false, retryAfterMs: 2000, refused: { code: 'rate_limited' } });
    now = Date.UTC(2026, 5, 10, 12, 0, 0);
    const other = await open(limits({ requestsPerMinute: 1 }));
    await admitted(await other.gate.admit(caller, { tokens: 1 })).settle(used(1));
    expect(refused(await other.gate.admit(caller, { tokens: 1 })).retryAfterMs).toBe(59_000);
  });

  test('by a quota of the day is final and names no time to wait', async () => {
    const { gate } = await open(limits({ tokensPerDay: 100 }));
    await admitted(await gate.admit(caller, { tokens: 90 })).settle(used(80));
    const answer = refused(await gate.admit(caller, { tokens: 30 }));
    expect(answer.final).toBe(true);
    expect(answer.retryAfterMs).toBeUndefined();
    expect(answer.refused.details.retryable).toBe(false);
    expect(answer.refused.message).toBe(
      'This device has 20 tokens left of 100 tokens a day, and the call may take 30 tokens. The quota is renewed at 2026-06-11T00:00:00.000Z.',
    );
    now += 12 * 3_600_000;
    admitted(await gate.admit(caller, { tokens: 30 }));
  });

  test('because calls under way hold the quota of the day is not final', async () => {
    const { gate } = await open(limits({ tokensPerDay: 100 }));
    const first = admitted(await gate.admit(caller, { tokens: 90 }));
    expect(refused(await gate.admit(caller, { tokens: 30 }))).toMatchObject({ final: false, retryAfterMs: 2000 });
    await first.settle(used(10));
    admitted(await gate.admit(caller, { tokens: 30 }));
  });

  test('of a call that no minute could ever take is final', async () => {
    const { gate } = await open(limits({ tokensPerMinute: 100 }));
    const answer = refused(await gate.admit(caller, { tokens: 101 }));
    expect([answer.final, answer.refused.message]).toEqual([
      true,
      'The call may take 101 tokens; this device has at most 100 tokens a minute. Ask for a shorter reply.',
    ]);
  });

  test('carries the headers of the limits as an admission does', async () => {
    const { gate } = await open(
      limits({ requestsPerMinute: 2, tokensPerMinute: 50, tokensPerDay: 60, costUsdPerDay: 1 }),
    );
    const { headers } = admitted(await gate.admit(caller, { tokens: 20, costMicros: 1000 }));
    expect(headers).toEqual({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '50s',
      'anthropic-ratelimit-requests-limit': '2',
      'anthropic-ratelimit-requests-remaining': '1',
      'anthropic-ratelimit-requests-reset': '2026-06-10T12:01:00.000Z',
      'x-ratelimit-limit-tokens': '50',
      'x-ratelimit-remaining-tokens': '30',
      'x-ratelimit-reset-tokens': '50s',
      'anthropic-ratelimit-tokens-limit': '50',
      'anthropic-ratelimit-tokens-remaining': '30',
      'anthropic-ratelimit-tokens-reset': '2026-06-10T12:01:00.000Z',
      'x-quota-limit-tokens-day': '60',
      'x-quota-remaining-tokens-day': '40',
      'x-quota-reset-tokens-day': '2026-06-11T00:00:00.000Z',
      'x-quota-limit-cost-micros-day': '1000000',
      'x-quota-remaining-cost-micros-day': '999000',
      'x-quota-reset-cost-micros-day': '2026-06-11T00:00:00.000Z',
      'ratelimit-policy':
        '"device-cost-day";q=1000000;w=86400;qu="micro-usd", "device-requests-minute";q=2;w=60, "device-tokens-day";q=60;w=86400;qu="tokens", "device-tokens-minute";q=50;w=60;qu="tokens"',
      ratelimit:
        '"device-cost-day";r=999000;t=43190, "device-requests-minute";r=1;t=50, "device-tokens-day";r=40;t=43190, "device-tokens-minute";r=30;t=50',
    });
    expect(refused(await gate.admit(caller, { tokens: 40, costMicros: 1 })).headers).toMatchObject({
      'x-ratelimit-remaining-tokens': '30',
    });
  });
});

test('a call of unknown price is refused where a limit of cost holds, and only there', async () => {
  const { gate } = await open(limits({ costUsdPerDay: 1 }));
  const answer = refused(await gate.admit(caller, { tokens: 1 }));
  expect([answer.final, answer.refused.message]).toEqual([true, expect.stringContaining('price of this model')]);
  const free = await open(limits({ tokensPerDay: 5 }));
  admitted(await free.gate.admit(caller, { tokens: 1 }));
});

test('devices, addresses and organisations are limited each and together', async () => {
  const settings = {
    limits: { device: { requestsPerDay: 2 }, ip: { requestsPerDay: 3 }, organisation: { requestsPerDay: 100 } },
    organisations: { acme: { invites: [], limits: { requestsPerDay: 5 } } },
  };
  const { gate } = await open(settings);
  const from = async (deviceId: string, ip: string) => {
    const answer = await gate.admit({ deviceId, ip, organisationId: 'acme' }, { tokens: 1 });
    return 'refused' in answer ? answer.refused.details.where : 'in';
  };
  expect([await from('a', '::1'), await from('a', '::1'), await from('a', '::2')]).toEqual(['in', 'in', 'device']);
  // One customer has a whole /64 of IPv6.
  expect([await from('b', '2001:db8::1'), await from('b', '2001:db8::2')]).toEqual(['in', 'in']);
  expect([await from('c', '2001:db8::9'), await from('c', '2001:db8:0:0:ffff::')]).toEqual(['in', 'ip']);
  expect(await from('d', '192.0.2.9')).toBe('organisation');
});

test('what an answer without usage is charged, and a failure', async () => {
  const { gate } = await open(limits({ tokensPerDay: 100 }));
  const settle = async (status: number) => {
    const answer = admitted(await gate.admit(caller, { tokens: 40 }));
    await answer.settle({ model: 'm', status, ms: 1 });
    // A second settlement counts for nothing.
    await answer.settle(used(50));
    return admitted(await gate.admit(caller, { tokens: 0 })).headers['x-quota-remaining-tokens-day'];
  };
  expect([await settle(502), await settle(200)]).toEqual(['100', '60']);
});

test('a device that repeats itself is stopped, at every relay that shares the store', async () => {
  const change = { ...limits({}), guard: { repeats: 3, calls: 0, stopMinutes: 10 } };
  const [one, other] = [await open(change), await open(change)];
  const { token, deviceId } = await one.devices.issue({});
  expect((await other.gate.identify(token, '::1')).deviceId).toBe(deviceId);
  const send = (fingerprint: string) => one.gate.admit({ deviceId, ip: '::1' }, { tokens: 1, fingerprint });
  for (let times = 0; times < 3; times += 1) admitted(await send('same'));
  admitted(await send('another'));
  const answer = refused(await send('same'));
  expect([answer.final, answer.refused.message]).toEqual([
    true,
    'The device is stopped until 2026-06-10T12:10:10.000Z: it sent the same request more than 3 times in five minutes. An administrator may resume it.',
  ]);
  expect(notices).toEqual([expect.stringContaining(`device ${deviceId} is stopped`)]);
  await expect(one.gate.identify(token, '::1')).rejects.toMatchObject({
    code: 'rate_limited',
    details: { retryable: false },
  });
  now += 5000;
  await expect(other.gate.identify(token, '::1')).rejects.toMatchObject({ code: 'rate_limited' });
  await other.devices.stop(deviceId, undefined, '');
  expect((await other.gate.identify(token, '::1')).deviceId).toBe(deviceId);
});

test('a device that calls without end is stopped even when its requests differ and are refused', async () => {
  const { gate } = await open({ ...limits({ requestsPerDay: 2 }), guard: { repeats: 0, calls: 50, stopMinutes: 1 } });
  let sent = 0;
  for (let stops = false; !stops; sent += 1) {
    const answer = await gate.admit(caller, { tokens: 1, fingerprint: String(sent) });
    stops = 'refused' in answer && answer.refused.message.includes('more than 50 requests in ten minutes');
  }
  expect(sent).toBe(51);
});

test('a restart renews no quota of the day', async () => {
  const first = await open(limits({ tokensPerDay: 100 }));
  await admitted(await first.gate.admit(caller, { tokens: 90 })).settle(used(90));
  await first.close();
  const second = await open(limits({ tokensPerDay: 100 }));
  expect(refused(await second.gate.admit(caller, { tokens: 20 })).final).toBe(true);
});

describe('while Redis is down', () => {
  const redis = 'redis://127.0.0.1:1';
  const store = { ...defaultGateSettings.store, redis };

  test('calls are refused, to be tried again', async () => {
    const { gate } = await open({ store });
    const answer = refused(await gate.admit(caller, { tokens: 1 }));
    expect(answer).toMatchObject({ final: false, retryAfterMs: 2000, refused: { code: 'store_failed' } });
  });

  test('a relay that may count alone gives out its share and says so', async () => {
    const { gate } = await open({
      store: { ...store, whenDown: 'local', localShare: 0.25 },
      ...limits({ requestsPerDay: 8 }),
    });
    admitted(await gate.admit(caller, { tokens: 1 }));
    await admitted(await gate.admit(caller, { tokens: 1 })).settle(used(1));
    refused(await gate.admit(caller, { tokens: 1 }));
    expect(notices).toEqual([expect.stringContaining('counted by this relay alone (0.25 of each)')]);
  });
});
