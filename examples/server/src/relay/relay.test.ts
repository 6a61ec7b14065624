import { anthropicServer, openaiServer, startLoopback } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { post, startRelay } from '../testing/start-relay.ts';

const key = 'sk-upstream-0123456789abcdef';
const usage = { inputTokens: 11, outputTokens: 5 };
const hello = [{ role: 'user', content: 'hi' }];

function openai(url: string, more: object = {}) {
  return {
    upstreams: { main: { kind: 'openai', baseURL: `${url}/v1`, keys: [{ env: 'KEY' }], retries: 0, ...more } },
    env: { KEY: key },
    fallback: 'main/*',
  };
}

function anthropic(url: string, more: object = {}) {
  return {
    upstreams: { main: { kind: 'anthropic', baseURL: url, keys: [{ env: 'KEY' }], retries: 0, ...more } },
    env: { KEY: key },
    fallback: 'main/*',
  };
}

test('a chat stream passes through byte for byte, less the usage that only the relay asked for', async () => {
  await using server = await openaiServer([{ text: 'Hello there', usage }]);
  await using relay = await startRelay(openai(server.url));
  const direct = await post(`${server.url}/v1/chat/completions`, { model: 'm', messages: hello, stream: true });
  const whole = await direct.text();
  const reply = await post(`${relay.url}/v1/chat/completions`, { model: 'm', messages: hello, stream: true });
  const text = await reply.text();
  expect(reply.status).toBe(200);
  expect(text).toMatch(/data: \[DONE\]\n\n$/);
  expect(text).not.toContain('prompt_tokens');
  expect(whole).toContain('prompt_tokens');
  const content = (stream: string) => [...stream.matchAll(/"content":"([^"]*)"/g)].map((found) => found[1]).join('');
  expect(content(text)).toBe('Hello there');
  await relay.until(() => relay.gate.settlements.length === 1);
  expect(relay.gate.settlements[0]).toMatchObject({ usage, status: 200, model: 'main/m' });
  expect(server.requests.at(-1)?.body).toMatchObject({ stream_options: { include_usage: true } });
});

test('a client that asks for usage gets it', async () => {
  await using server = await openaiServer([{ text: 'Hello', usage }]);
  await using relay = await startRelay(openai(server.url));
  const body = { model: 'm', messages: hello, stream: true, stream_options: { include_usage: true } };
  const text = await (await post(`${relay.url}/v1/chat/completions`, body)).text();
  expect(text).toContain('"prompt_tokens":11');
});

test('unknown fields, long numbers and blanks reach the upstream as they came', async () => {
  await using server = await startLoopback(() => {
    return { headers: { 'content-type': 'application/json' }, body: '{"choices":[],"usage":null}' };
  });
  await using relay = await startRelay(openai(server.url));
  const body = '{ "model" : "m",\n"x_new": 12345678901234567890123, "messages":[{"role":"user","content":"\\u00e4"}]}';
  const reply = await post(`${relay.url}/v1/chat/completions`, body, { 'openai-beta': 'x=1', cookie: 'secret=1' });
  expect(reply.status).toBe(200);
  expect(server.requests[0]?.headers['content-length']).toBe(String(Buffer.byteLength(body)));
  expect(server.requests[0]?.headers['openai-beta']).toBe('x=1');
  expect(server.requests[0]?.headers.cookie).toBeUndefined();
  expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${key}`);
});

test('an OpenAI client talks to an Anthropic upstream, streamed and not', async () => {
  await using server = await anthropicServer([{ text: 'Hello there', usage }]);
  await using relay = await startRelay(anthropic(server.url));
  const streamed = await post(`${relay.url}/v1/chat/completions`, { model: 'm', messages: hello, stream: true });
  expect(await streamed.text()).toMatch(/Hello|there[\s\S]*data: \[DONE\]\n\n$/);
  const whole = await post(`${relay.url}/v1/chat/completions`, { model: 'm', messages: hello });
  expect(await whole.json()).toMatchObject({ choices: [{ message: { content: 'Hello there' } }] });
  await relay.until(() => relay.gate.settlements.length === 2);
  expect(relay.gate.settlements.map((one) => one.usage)).toMatchObject([usage, usage]);
  expect(relay.gate.open()).toBe(0);
});

test('an Anthropic client talks to an OpenAI upstream', async () => {
  await using server = await openaiServer([{ text: 'Hello there', usage }]);
  await using relay = await startRelay(openai(server.url));
  const body = { model: 'm', max_tokens: 100, messages: hello };
  const whole = await post(`${relay.url}/v1/messages`, body);
  expect(await whole.json()).toMatchObject({ type: 'message', content: [{ type: 'text', text: 'Hello there' }] });
  const streamed = await post(`${relay.url}/v1/messages?beta=true`, { ...body, stream: true });
  expect(await streamed.text()).toContain('event: message_stop');
});

test('the next upstream answers when the first one fails before its first byte', async () => {
  await using down = await openaiServer([{ fault: { kind: 'status', status: 500 } }]);
  await using up = await openaiServer([{ text: 'from the second', usage }]);
  await using relay = await startRelay({
    upstreams: {
      one: { kind: 'compatible', baseURL: `${down.url}/v1`, keys: [{ env: 'KEY' }], retries: 1 },
      two: { kind: 'compatible', baseURL: `${up.url}/v1`, keys: [{ env: 'KEY' }] },
    },
    routes: [{ model: 'smart', to: ['one/a', 'two/b'] }],
    env: { KEY: key },
  });
  const reply = await post(`${relay.url}/v1/chat/completions`, { model: 'smart', messages: hello, stream: true });
  expect(await reply.text()).toContain('second'.slice(0, 3));
  expect(down.requests).toHaveLength(2);
  expect(up.requests[0]?.body).toMatchObject({ model: 'b' });
  expect(relay.calls[0]).toMatchObject({ answered: 'two/b', retries: 2 });
});

test('a refused key is replaced by the next one at once, and left alone', async () => {
  await using server = await openaiServer((request) =>
    request.headers.authorization === 'Bearer sk-bad-key-000000000000'
      ? { fault: { kind: 'status', status: 401, message: 'Incorrect API key provided: sk-bad-key-000000000000' } }
      : { text: 'ok', usage },
  );
  await using relay = await startRelay({
    upstreams: {
      main: { kind: 'compatible', baseURL: `${server.url}/v1`, keys: [{ env: 'BAD' }, { env: 'KEY' }] },
    },
    env: { KEY: key, BAD: 'sk-bad-key-000000000000' },
    fallback: 'main/*',
  });
  for (const _ of [1, 2, 3]) {
    const reply = await post(`${relay.url}/v1/chat/completions`, { model: 'm', messages: hello, stream: true });
    expect(reply.status).toBe(200);
    await reply.text();
  }
  const refused = server.requests.filter(({ headers }) => headers.authorization === 'Bearer sk-bad-key-000000000000');
  expect(refused).toHaveLength(1);
  expect(relay.upstreams.list()[0]?.keys.states()[0]?.state).toBe('refused');
});

test('what a client says to its vendor goes through, and what is for nobody else does not', async () => {
  const json = { 'content-type': 'application/json' };
  await using claude = await startLoopback(() => ({
    headers: json,
    body: '{"type":"message","content":[],"usage":{"input_tokens":1,"output_tokens":1},"input_tokens":3}',
  }));
  await using relay = await startRelay(anthropic(claude.url));
  const messages = { model: 'm', max_tokens: 9, messages: hello, context_management: { edits: [] } };
  const headers = {
    'anthropic-version': '2023-01-01',
    'anthropic-beta': 'one-2026-01-01,two-2026-02-02',
    'x-claude-code-session-id': 's1',
    'x-stainless-lang': 'js',
    'x-forwarded-for': '192.0.2.7',
    'openai-organization': 'org-of-somebody',
  };
  await post(`${relay.url}/v1/messages?beta=true&key=x`, messages, headers);
  await post(`${relay.url}/v1/messages/count_tokens?beta=true`, messages, headers);
  expect(claude.requests.map(({ path }) => path)).toEqual([
    '/v1/messages?beta=true',
    '/v1/messages/count_tokens?beta=true',
  ]);
  expect(claude.requests[0]?.body).toEqual(messages);
  expect(claude.requests[0]?.headers).toMatchObject({
    'anthropic-version': '2023-01-01',
    'anthropic-beta': 'one-2026-01-01,two-2026-02-02',
    'x-claude-code-session-id': 's1',
    'x-stainless-lang': 'js',
    'x-api-key': key,
  });
  for (const name of ['authorization', 'x-forwarded-for', 'openai-organization'])
    expect(claude.requests[0]?.headers).not.toHaveProperty(name);

  await using codex = await startLoopback(() => ({ headers: json, body: '{"object":"response","output":[]}' }));
  await using other = await startRelay(openai(codex.url));
  const asked = { model: 'm', input: hello, prompt_cache_key: 'k', client_metadata: { a: 'b' } };
  const own = {
    'x-codex-turn-metadata': '{"a":1}',
    'x-codex-window-id': 'w',
    session_id: 's2',
    originator: 'codex_exec',
  };
  await post(`${other.url}/v1/responses`, asked, own);
  expect(codex.requests[0]).toMatchObject({ path: '/v1/responses', body: asked, headers: own });
});
