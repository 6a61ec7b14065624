import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyStore } from '@capstan/providers/keys';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { announcedRelay } from './announced-relay.ts';
import { deviceToken, tokenName } from './device-token.ts';
import { relayAddress } from './relay-address.ts';
import { relayModel } from './relay-model.ts';
import { solveWork } from './solve-work.ts';

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-relay-'));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

type Answers = (request: IncomingMessage) => {
  readonly status?: number;
  readonly json?: unknown;
  readonly location?: string;
};

/** Answers by hand and keeps what it was sent. */
async function listen(answers: Answers): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const listening = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
    const { status = 200, json = {}, location } = answers(request);
    response.writeHead(status, location ? { location } : {});
    response.end(JSON.stringify(json));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, seen };
}

const secret = 's'.repeat(43);
const prove: Answers = ({ url }) => {
  const nonce = new URL(url ?? '', 'http://x').searchParams.get('nonce') ?? '';
  return { json: { proof: createHmac('sha256', secret).update(`here:${nonce}`).digest('base64url') } };
};
function announce(what: object, mode = 0o600): void {
  writeFileSync(join(folder, 'here.json'), JSON.stringify({ secret, pid: process.pid, ...what }), { mode });
  chmodSync(join(folder, 'here.json'), mode);
}

describe('the relay of this machine', () => {
  test('is found by its file, once it has proved to know the secret', async () => {
    const { url, seen } = await listen(prove);
    expect(await announcedRelay(folder)).toBeUndefined();
    announce({ url });
    expect(await announcedRelay(folder)).toBe(url);
    expect(seen).toEqual([expect.stringMatching(/^GET \/v1\/here\?nonce=[\w-]{22} -$/)]);
  });

  test('is not whoever took its port, and he learns nothing', async () => {
    const { url, seen } = await listen(() => ({ json: { proof: 'x', service: 'capstan-server' } }));
    announce({ url });
    expect(await announcedRelay(folder)).toBeUndefined();
    expect(seen.join()).not.toContain(secret);
  });

  test.each<[string, object, number?]>([
    ['is readable by others', {}, 0o644],
    ['leads to another machine', { url: 'http://192.0.2.1:8787' }],
    ['leads to a name that only looks like this machine', { url: 'http://127.0.0.1.evil.example' }],
    ['has no secret', { secret: '' }],
    ['has no number', { pid: 'x' }],
    ['is of a relay that has ended', { pid: 2 ** 22 + 1 }],
  ])('is not asked when its file %s', async (_why, change, mode) => {
    const { url, seen } = await listen(prove);
    announce({ url, ...change }, mode);
    expect(await announcedRelay(folder)).toBeUndefined();
    expect(seen).toEqual([]);
  });

  test('is not asked when its file is a link', async () => {
    const { url, seen } = await listen(prove);
    writeFileSync(join(folder, 'real.json'), JSON.stringify({ url, secret, pid: process.pid }), { mode: 0o600 });
    symlinkSync(join(folder, 'real.json'), join(folder, 'here.json'));
    expect([await announcedRelay(folder), seen]).toEqual([undefined, []]);
  });
});

test.each([
  ['https://relay.example.com/', 'https://relay.example.com'],
  ['https://relay.example.com/team/v1', 'https://relay.example.com/team'],
  ['http://localhost:8787', 'http://localhost:8787'],
  ['http://[::1]:8787', 'http://[::1]:8787'],
])('%s is the relay %s', (given, address) => expect(relayAddress(given)).toBe(address));

test.each([
  'http://relay.example.com',
  'ftp://127.0.0.1',
  'relay',
  'https://u:p@relay.example.com',
  'https://r.example.com/?key=x',
])('%s is no address of a relay', (given) =>
  expect(() => relayAddress(given)).toThrow(expect.objectContaining({ code: 'invalid_config' })),
);

describe('the token of a relay', () => {
  const relay =
    (me: () => { status?: number; json?: unknown }, issued: string[]): Answers =>
    (request) => {
      if (request.url === '/v1/devices/me') return me();
      if (request.url === '/v1/devices/challenge') return { json: { challenge: 'work.x', bits: 4 } };
      return { status: 201, json: { token: issued.shift() } };
    };

  test('is obtained once, kept for its relay alone and used again', async () => {
    const { url, seen } = await listen(relay(() => ({ json: { renew_after: 2000 } }), ['token-one']));
    const keys = keyStore(join(folder, 'auth.json'));
    expect(await deviceToken(url, { keys, now: 1000 })).toBe('token-one');
    expect(await deviceToken(url, { keys, now: 1000 })).toBe('token-one');
    expect(await keys.get(tokenName(url))).toBe('token-one');
    expect(await keys.get(tokenName('https://another.example'))).toBeUndefined();
    expect(seen).toEqual(['GET /v1/devices/challenge -', 'POST /v1/devices -', 'GET /v1/devices/me Bearer token-one']);
  });

  test('is rotated when its time comes, and kept when the relay will not', async () => {
    const issued = ['one-token', 'two-token'];
    const { url } = await listen(relay(() => ({ json: { renew_after: 2000 } }), issued));
    const keys = keyStore(join(folder, 'auth.json'));
    await deviceToken(url, { keys, now: 0 });
    expect(await deviceToken(url, { keys, now: 2000 })).toBe('two-token');
    expect(await keys.get(tokenName(url))).toBe('two-token');
    expect(await deviceToken(url, { keys, now: 2000 })).toBe('two-token');
  });

  test('that no longer holds is replaced; a device that was stopped gets none', async () => {
    let status = 401;
    const { url } = await listen(
      relay(() => ({ status, json: { error: { message: 'stopped: loops' } } }), ['first', 'second']),
    );
    const keys = keyStore(join(folder, 'auth.json'));
    await deviceToken(url, { keys, now: 0 });
    expect(await deviceToken(url, { keys, now: 0 })).toBe('second');
    status = 429;
    await expect(deviceToken(url, { keys, now: 0 })).rejects.toThrow(/gives no token \(429\): stopped: loops/);
  });

  test('does not follow a relay that leads elsewhere', async () => {
    const { url, seen } = await listen(() => ({ status: 302, location: 'https://evil.example/' }));
    const keys = keyStore(join(folder, 'auth.json'));
    await keys.set(tokenName(url), 'kept-token');
    await expect(deviceToken(url, { keys, now: 0 })).rejects.toMatchObject({ code: 'auth_refused' });
    expect(seen).toEqual(['GET /v1/devices/me Bearer kept-token']);
  });

  test('costs no more work than it is worth', async () => {
    await expect(solveWork('x', 40)).rejects.toMatchObject({ code: 'auth_refused' });
    await expect(solveWork('x', Number.NaN)).rejects.toMatchObject({ code: 'auth_refused' });
    expect(await solveWork('x', 0)).toBe('0');
  });

  test('of a relay that is away is told with what to do', async () => {
    const keys = keyStore(join(folder, 'auth.json'));
    await expect(deviceToken('http://127.0.0.1:1', { keys, now: 0 })).rejects.toThrow(
      /does not answer: .*capstan serve/,
    );
  });
});

test.each([
  [['text-embedding-3', 'b', 'gpt-good'], 'relay/gpt-good'],
  [['text-embedding-3', 'b', 'c'], 'relay/b'],
  [['openai/gpt-good'], 'relay/openai/gpt-good'],
  [[], 'relay/auto'],
])('of the models %j, %s is taken', async (names, id) => {
  const { url } = await listen((request) => {
    if (request.url === '/v1/models') return { json: { data: names.map((each) => ({ id: each })) } };
    return { json: {} };
  });
  const keys = keyStore(join(folder, 'auth.json'));
  await keys.set(tokenName(url), 'kept-token');
  const made = await relayModel({ address: url, name: 'auto', keys, preferred: ['openai/gpt-good'], now: 0 });
  expect(made.id).toBe(id);
});
