import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openaiServer, startLoopback } from '@capstan/providers/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, startProgram, stopPrograms } from '../testing/start-program.ts';

/** A secret for every place where the relay takes one. */
const planted = {
  OWN_KEY: 'sk-planted-own-0123456789abcdef',
  SECOND_KEY: 'planted-second-0123456789abcdef',
  CLAUDE_KEY: 'sk-ant-planted-0123456789abcdef',
  GEMINI_KEY: 'AIzaPlanted0123456789abcdefghijk',
  HEADER: 'Bearer planted-gateway-0123456789',
  ACME: 'planted-invitation-of-acme',
  ADMIN: 'planted-administrator-key-32-chars',
  METRICS: 'planted-metrics-token-0123456789',
  SIGNING: 'planted-signing-key-of-thirty-two-chars',
  OTLP: 'authorization=Bearer planted-otlp-0123456789',
};
const prompt = 'the words of a prompt that nobody logs';
const reply = 'the words of a reply that nobody logs';
const values = Object.values(planted).map((value) => value.replace(/^.*Bearer /, ''));
/** Every form in which one could be carried out. */
const forms = values.flatMap((value) => [
  value,
  Buffer.from(value).toString('base64').replace(/=+$/, ''),
  Buffer.from(value).toString('hex'),
  encodeURIComponent(value),
]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-planted-'));
});
afterEach(() => {
  stopPrograms();
  rmSync(folder, { recursive: true, force: true });
});

/** Fails without printing what it searched. */
function expectNone(text: string, where: string, searched = forms): void {
  expect(searched.filter((form) => text.includes(form)).map((form) => `${where}: ${form.slice(0, 10)}…`)).toEqual([]);
}

test('no secret leaves the relay, and no word of a prompt stands in its log', async () => {
  // It sends back every header that it was sent, wherever a vendor's words come through.
  await using echo = await startLoopback(({ headers, path }) => ({
    status: path.includes('refuse') ? 400 : path.includes('limit') ? 429 : 401,
    headers: { 'content-type': 'application/json', 'x-request-id': String(headers.authorization) },
    body: JSON.stringify({
      type: 'error',
      error: { type: 'x', message: JSON.stringify(headers), code: 400, status: 'X' },
    }),
  }));
  const spans: string[] = [];
  await using collector = await startLoopback(({ body }) => {
    spans.push(JSON.stringify(body));
    return { headers: { 'content-type': 'application/json' }, body: '{}' };
  });
  await using good = await openaiServer([{ text: reply }]);
  mkdirSync(join(folder, 'work'));
  const fast = { retries: 0, breaker: { failures: 1000 } };
  const settings = {
    log: { level: 'debug' },
    upstreams: {
      good: {
        ...fast,
        kind: 'compatible',
        baseURL: `${good.url}/v1`,
        keys: [{ env: 'OWN_KEY' }, { env: 'SECOND_KEY' }],
      },
      chat: { ...fast, kind: 'openai', baseURL: `${echo.url}/v1`, keys: [{ env: 'OWN_KEY' }, { env: 'SECOND_KEY' }] },
      refuse: { ...fast, kind: 'compatible', baseURL: `${echo.url}/refuse`, keys: [{ env: 'OWN_KEY' }] },
      limit: { ...fast, kind: 'compatible', baseURL: `${echo.url}/limit`, headers: { 'x-gateway': { env: 'HEADER' } } },
      gateway: {
        ...fast,
        kind: 'compatible',
        baseURL: `${echo.url}/refuse`,
        headers: { 'x-gateway': { env: 'HEADER' } },
      },
      claude: { ...fast, kind: 'anthropic', baseURL: echo.url, keys: [{ env: 'CLAUDE_KEY' }] },
      gemini: { ...fast, kind: 'google', baseURL: echo.url, keys: [{ env: 'GEMINI_KEY' }] },
      nowhere: { ...fast, kind: 'compatible', baseURL: 'http://127.0.0.1:9/v1', keys: [{ env: 'OWN_KEY' }] },
    },
    fallback: 'good/model',
    devices: { workBits: 0, signingKeys: [{ id: 'a', secret: { env: 'SIGNING' } }] },
    admin: { key: { env: 'ADMIN' } },
    metrics: { token: { env: 'METRICS' } },
    organisations: { acme: { invites: [{ env: 'ACME' }] } },
    runs: { workspaces: { site: { root: join(folder, 'work'), organisations: ['acme'], commands: 'none' } } },
  };
  writeFileSync(join(folder, 'relay.json'), JSON.stringify(settings));
  const relay = await startProgram(folder, {
    ...planted,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: planted.OTLP,
  });
  const seen: string[] = [];
  const see = async (method: string, path: string, sent: { token?: string; body?: unknown } = {}) => {
    const answer = await ask(relay.url + path, method, sent);
    seen.push(answer.text, answer.headers);
    return answer;
  };
  const { json: device } = await ask(`${relay.url}/v1/devices`, 'POST', { body: { invite: planted.ACME } });
  const token = String(device['token']);
  const messages = [{ role: 'user', content: prompt }];
  for (const name of Object.keys(settings.upstreams)) {
    for (const stream of [true, false]) {
      const body = { model: `${name}/m`, stream, max_tokens: 20, messages, input: messages, contents: [] };
      for (const path of ['chat/completions', 'responses', 'messages', 'embeddings', 'messages/count_tokens'])
        await see('POST', `/v1/${path}`, { token, body });
      const contents = [{ role: 'user', parts: [{ text: prompt }] }];
      const action = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
      await see('POST', `/v1beta/models/${name}%2Fm:${action}`, { token, body: { contents } });
    }
  }
  const { json: run } = await see('POST', '/v1/runs', { token, body: { task: prompt, workspace: 'site' } });
  await expect
    .poll(() => see('GET', `/v1/runs/${String(run['id'])}/result`, { token }), { timeout: 20_000 })
    .toMatchObject({ status: 200 });
  await see('GET', `/v1/runs/${String(run['id'])}/events`, { token });
  // What is wrong with a secret is told without it.
  for (const wrong of [planted.ACME.slice(0, -1), `${planted.ADMIN}x`]) {
    await see('POST', '/v1/devices', { body: { invite: wrong } });
    await see('GET', '/admin/api/overview', { token: wrong });
  }
  for (const path of ['overview', 'limits', 'usage', 'usage?by=model', 'devices'])
    expect((await see('GET', `/admin/api/${path}`, { token: planted.ADMIN })).status).toBe(200);
  expect((await see('GET', '/metrics', { token: planted.METRICS })).status).toBe(200);
  for (const path of [
    '/openapi.json',
    '/healthz',
    '/readyz',
    '/admin',
    '/admin/page.js',
    '/v1/models',
    '/v1beta/models',
    '/v1/here?nonce=x',
  ])
    await see('GET', path, { token });
  writeFileSync(join(folder, 'relay.json'), JSON.stringify({ ...settings, admin: { key: planted.ADMIN } }));
  relay.child.kill('SIGHUP');
  await expect.poll(relay.said, { timeout: 20_000 }).toContain('was not taken');
  const ended = once(relay.child, 'close');
  relay.child.kill('SIGTERM');
  await ended;

  const answers = seen.join('\n');
  expectNone(answers, 'an answer');
  expect(answers).toContain(reply);
  expectNone(relay.said(), 'the log', [...forms, token, prompt, reply]);
  expect(relay.said()).toContain('"upstream":"nowhere"');
  expectNone(spans.join('\n'), 'a span', [...forms, token, prompt, reply]);
  expect(spans.length).toBeGreaterThan(0);
  const files = readdirSync(join(folder, 'data')).map((name) => readFileSync(join(folder, 'data', name), 'latin1'));
  expectNone(files.join('\n'), 'a file of the relay', [...forms, token]);
});

test.each<[string, object, RegExp]>([
  ['a key in the file', { upstreams: { a: { kind: 'openai', keys: [planted.OWN_KEY] } } }, /upstreams\.a\.keys/],
  [
    'a password in an address',
    { upstreams: { a: { kind: 'compatible', baseURL: `http://u:${planted.OWN_KEY}@127.0.0.1:9/v1` } } },
    /upstreams\.a|password/,
  ],
  ['a key with a blank in it', { upstreams: { a: { kind: 'openai', keys: [{ env: 'BLANK' }] } } }, /holds a blank/],
  ['a short key of the administrator', { admin: { key: { env: 'SHORT' } } }, /shorter than/],
  ['a database that is away', { store: { database: { env: 'DATABASE' } } }, /store failed/],
  ['an address of a database that cannot be read', { store: { database: { env: 'NO_URL' } } }, /store failed/],
])('%s is told without it when the relay does not start', async (_, settings, words) => {
  const secret = planted.OWN_KEY;
  writeFileSync(join(folder, 'relay.json'), JSON.stringify(settings));
  const variables = {
    BLANK: `${secret} ${secret}`,
    SHORT: secret.slice(0, 20),
    DATABASE: `postgresql://user:${secret}@127.0.0.1:9/relay`,
    NO_URL: `postgresql://user:${secret}@[127.0.0.1:9/relay`,
  };
  const failed = startProgram(folder, variables).then(
    () => 'it started',
    (error: unknown) => String(error),
  );
  const said = await failed;
  expect(said).toMatch(words);
  expect(said).not.toMatch(/\n\s+at /);
  expectNone(said, 'the message', [secret, secret.slice(0, 20)]);
});
