import http from 'node:http';
import net from 'node:net';
import { CapstanError } from '@capstan/sdk/contract';
import { openaiServer, startLoopback } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { post, startRelay } from '../testing/start-relay.ts';

const env = { KEY: 'sk-upstream-0123456789abcdef', KEY2: 'sk-second-0123456789abcdef' };
const messages = [{ role: 'user', content: 'hi' }];
const body = { model: 'm', stream: true, max_tokens: 50, messages };

test.each(['/v1/chat/completions', '/v1/messages'])('an exhausted quota is final for clients of %s', async (path) => {
  await using server = await openaiServer([{ text: 'ok' }]);
  await using relay = await startRelay({
    upstreams: { main: { kind: 'compatible', baseURL: `${server.url}/v1`, keys: [{ env: 'KEY' }] } },
    fallback: 'main/*',
    env,
  });
  relay.gate.refuse = {
    refused: new CapstanError('rate_limited', 'The quota of today is used up.', { status: 429 }),
    final: true,
    headers: { 'x-ratelimit-remaining-requests': '0' },
  };
  const reply = await post(`${relay.url}${path}`, body);
  expect(reply.status).toBe(429);
  expect(reply.headers.get('x-should-retry')).toBe('false');
  expect(reply.headers.get('retry-after')).toBeNull();
  expect(reply.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  expect(server.requests).toHaveLength(0);
});

test('limits are told before the first byte', async () => {
  await using server = await openaiServer([{ text: 'ok' }]);
  await using relay = await startRelay({
    upstreams: { main: { kind: 'compatible', baseURL: `${server.url}/v1`, keys: [{ env: 'KEY' }] } },
    fallback: 'main/*',
    env,
  });
  const reply = await post(`${relay.url}/v1/chat/completions`, body);
  expect(reply.status).toBe(200);
  expect(reply.headers.get('x-ratelimit-limit-requests')).toBe('300');
  await reply.text();
});

test('a limited key rests and the next one answers', async () => {
  await using server = await openaiServer((request) =>
    request.headers.authorization === `Bearer ${env.KEY}`
      ? { fault: { kind: 'status', status: 429, headers: { 'retry-after': '30' } } }
      : { text: 'ok' },
  );
  await using relay = await startRelay({
    upstreams: { main: { kind: 'compatible', baseURL: `${server.url}/v1`, keys: [{ env: 'KEY' }, { env: 'KEY2' }] } },
    fallback: 'main/*',
    env,
  });
  for (const _ of [1, 2, 3]) {
    const reply = await post(`${relay.url}/v1/chat/completions`, body);
    expect(reply.status).toBe(200);
    await reply.text();
  }
  expect(server.requests.filter(({ headers }) => headers.authorization === `Bearer ${env.KEY}`)).toHaveLength(1);
});

test('calls beyond the row of an upstream are told to come again shortly', async () => {
  await using server = await startLoopback(() => ({ body: '', silent: true }));
  await using relay = await startRelay({
    upstreams: { main: { kind: 'compatible', baseURL: `${server.url}/v1`, concurrency: 1, queue: 1, retries: 0 } },
    fallback: 'main/*',
  });
  const gone = new AbortController();
  const first = fetch(`${relay.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer d' },
    body: JSON.stringify(body),
    signal: gone.signal,
  });
  await relay.until(() => server.requests.length === 1);
  const second = fetch(`${relay.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer d' },
    body: JSON.stringify(body),
    signal: gone.signal,
  });
  await relay.until(() => relay.upstreams.list()[0]?.slots.waiting === 1);
  const third = await post(`${relay.url}/v1/chat/completions`, body);
  expect(third.status).toBe(503);
  expect(third.headers.get('retry-after-ms')).toBe('1000');
  gone.abort();
  await Promise.allSettled([first, second]);
  await relay.until(() => relay.gate.open() === 0);
  expect(relay.upstreams.list()[0]?.slots).toMatchObject({ used: 0, waiting: 0 });
});

test('an upstream that is down is left alone, and tried again later', async () => {
  let down = true;
  await using server = await openaiServer(() => (down ? { fault: { kind: 'status', status: 500 } } : { text: 'ok' }));
  const breaker = { failures: 2, openMs: 30 };
  await using relay = await startRelay({
    upstreams: {
      main: { kind: 'compatible', baseURL: `${server.url}/v1`, keys: [{ env: 'KEY' }], retries: 0, breaker },
    },
    fallback: 'main/*',
    env,
  });
  const ask = async () => {
    const reply = await post(`${relay.url}/v1/chat/completions`, body);
    await reply.text();
    return reply.status;
  };
  expect([await ask(), await ask()]).toEqual([500, 500]);
  expect(relay.upstreams.list()[0]?.breaker.state).toBe('open');
  expect(relay.notices).toContain('upstream main: circuit open');
  down = false;
  let status = 0;
  while (status !== 200) status = await ask();
  expect(relay.upstreams.list()[0]?.breaker.state).toBe('closed');
});

const unread: readonly (readonly [path: string, body: object])[] = [
  ['/v1/chat/completions', body],
  ['/v1/messages', body],
  ['/v1/responses', { ...body, input: messages }],
  ['/v1beta/models/m:streamGenerateContent?alt=sse', { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }],
];

test.each(unread)(
  'a client of %s that does not read holds its upstream back, and is let go in the end',
  async (path, asked) => {
    const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(1000) } }] })}\n\n`;
    let written = 0;
    const server = http.createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = (): void => {
        while (!response.destroyed && response.write(event)) written += event.length;
        written += event.length;
      };
      response.on('drain', more);
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await using relay = await startRelay({
      upstreams: { main: { kind: 'compatible', baseURL: `http://127.0.0.1:${port}/v1` } },
      fallback: 'main/*',
      server: { heartBeatMs: 50, stalledMs: 400 },
    });
    const text = JSON.stringify(asked);
    const socket = net.connect(Number(new URL(relay.url).port), '127.0.0.1');
    socket.pause();
    socket.on('error', () => {});
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer d\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    );
    await relay.until(() => relay.calls.length === 1);
    // What the sockets of two connections hold, not what the upstream could have sent meanwhile.
    expect(written).toBeLessThan(64_000_000);
    expect(relay.calls[0]).toMatchObject({ hungUp: true });
    expect(relay.gate.open()).toBe(0);
    socket.destroy();
    server.closeAllConnections();
    server.close();
  },
);

test('Gemini without alt=sse gets one list, passed through and translated', async () => {
  const chunks = [{ candidates: [{ content: { parts: [{ text: 'ok' }] }, finishReason: 'STOP' }] }];
  await using google = await startLoopback(() => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(chunks),
  }));
  await using chat = await openaiServer([{ text: 'ok' }]);
  await using relay = await startRelay({
    upstreams: {
      gem: { kind: 'google', baseURL: google.url, keys: [{ env: 'KEY' }] },
      main: { kind: 'compatible', baseURL: `${chat.url}/v1`, keys: [{ env: 'KEY' }] },
    },
    env,
  });
  const request = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
  const passed = await post(`${relay.url}/v1beta/models/gem/m:streamGenerateContent`, request);
  expect(await passed.json()).toEqual(chunks);
  expect(google.requests[0]?.path).toBe('/v1beta/models/m:streamGenerateContent');
  const translated = await post(`${relay.url}/v1beta/models/main/m:streamGenerateContent`, request);
  const said = [...(await translated.text()).matchAll(/"text":"([^"]*)"/g)].map(([, piece]) => piece);
  expect(said.join('')).toBe('ok');
  const counted = await post(`${relay.url}/v1beta/models/main/m:countTokens`, request);
  expect(await counted.json()).toMatchObject({ totalTokens: expect.any(Number) as number });
});

test('embeddings pass through, and are refused where the upstream has none', async () => {
  await using server = await startLoopback(() => ({
    headers: { 'content-type': 'application/json' },
    body: '{"object":"list","data":[],"usage":{"prompt_tokens":4,"total_tokens":4}}',
  }));
  await using relay = await startRelay({
    upstreams: {
      main: { kind: 'openai', baseURL: `${server.url}/v1`, keys: [{ env: 'KEY' }] },
      other: { kind: 'anthropic', baseURL: server.url, keys: [{ env: 'KEY' }] },
    },
    env,
  });
  const reply = await post(`${relay.url}/v1/embeddings`, { model: 'main/e', input: 'hi' });
  expect(await reply.json()).toMatchObject({ object: 'list' });
  expect(relay.gate.settlements[0]?.usage).toEqual({ inputTokens: 4, outputTokens: 0 });
  expect((await post(`${relay.url}/v1/embeddings`, { model: 'other/e', input: 'hi' })).status).toBe(404);
});
