import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startServer, type RunningServer } from './start-server.ts';

let folder: string;
let server: RunningServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-limits-'));
});
afterEach(async () => {
  await server?.close({ deadlineMs: 0 });
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a relay that answers by rule, and gives a device of it. */
async function start(settings: object) {
  const configFile = join(folder, 'relay.json');
  const practice = { upstreams: { own: { kind: 'practice' } }, fallback: 'own/practice', devices: { workBits: 0 } };
  writeFileSync(configFile, JSON.stringify({ ...practice, ...settings }));
  const env = { CAPSTAN_RELAY_HOME: folder, CAPSTAN_CONFIG_HOME: folder };
  const relay = await startServer({ configFile, env, port: 0 });
  server = relay;
  const issued = await fetch(`${relay.url}/v1/devices`, { method: 'POST', body: '{}' });
  const { token } = (await issued.json()) as { token: string };
  const post = (path: string, body: object) =>
    fetch(relay.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const messages = [{ role: 'user', content: 'hello' }];
  return {
    chat: (rest: object = {}) => post('/v1/chat/completions', { model: 'any', messages, max_tokens: 100, ...rest }),
    claude: () => post('/v1/messages', { model: 'any', messages, max_tokens: 100 }),
  };
}

test('a device that runs in a circle is stopped, in words and for every dialect', async () => {
  const { chat, claude } = await start({ guard: { repeats: 3 } });
  for (let times = 0; times < 3; times += 1) expect((await chat()).status).toBe(200);
  for (const ask of [chat, chat, claude, () => chat({ user: 'another request' })]) {
    const refused = await ask();
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([429, 'false']);
    expect(await refused.text()).toContain('it sent the same request more than 3 times in five minutes');
  }
});

test('a minute that is used up is worth a wait, a day is not', async () => {
  const minute = await start({ limits: { device: { requestsPerMinute: 1 } } });
  const first = await minute.chat();
  expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  await first.text();
  // Should the minute turn in between, the third call is the one that is refused.
  const second = await minute.chat();
  const refused = second.status === 429 ? second : await minute.chat();
  expect(refused.status).toBe(429);
  // Whatever the second of the minute is, no client is told to wait so long that it gives up.
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThan(60);
  expect(refused.headers.get('x-should-retry')).not.toBe('false');
  await server?.close({ deadlineMs: 0 });

  const day = await start({ limits: { device: { requestsPerDay: 1 } } });
  await (await day.chat()).text();
  const exhausted = await day.chat();
  expect([exhausted.status, exhausted.headers.get('x-should-retry'), exhausted.headers.get('retry-after')]).toEqual([
    429,
    'false',
    null,
  ]);
  expect(exhausted.headers.get('ratelimit')).toMatch(/^"device-requests-day";r=0;t=\d+/);
  expect(await exhausted.json()).toMatchObject({ error: { type: 'insufficient_quota', code: 'insufficient_quota' } });
});
