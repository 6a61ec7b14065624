import http from 'node:http';
import { anthropicServer, openaiServer, startLoopback } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { post, startRelay, type TestRelay } from '../testing/start-relay.ts';

const env = { KEY: 'sk-upstream-0123456789abcdef' };
const body = { model: 'm', stream: true, max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] };
const usage = { inputTokens: 3, outputTokens: 9 };

function relayTo(kind: string, baseURL: string, server: Record<string, unknown> = {}): Promise<TestRelay> {
  return startRelay({
    upstreams: { main: { kind, baseURL, keys: [{ env: 'KEY' }] } },
    env,
    fallback: 'main/*',
    server,
  });
}

/** Posts, and hangs up at the first byte of the body or, without one, when the upstream has the request. */
function hangUp(url: string, when: Promise<unknown> | 'first byte', more: object = {}): Promise<number> {
  return new Promise((resolve) => {
    const request = http.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer d' },
    });
    const go = (): void => {
      request.destroy();
      resolve(performance.now());
    };
    request.on('error', () => {});
    request.on('response', (response) => {
      response.on('error', () => {});
      response.once('data', () => {
        if (when === 'first byte') go();
      });
    });
    request.end(JSON.stringify({ ...body, ...more }));
    if (when !== 'first byte') void when.then(go);
  });
}

test.each([
  ['compatible', '/v1/chat/completions'],
  ['anthropic', '/v1/chat/completions'],
  ['anthropic', '/v1/messages'],
  ['compatible', '/v1/messages'],
] as const)('a client that hangs up closes its %s upstream at once (%s)', async (kind, path) => {
  const script = [{ text: 'a text that never comes to its end', usage, fault: { kind: 'hang' as const } }];
  await using server = await (kind === 'anthropic' ? anthropicServer(script) : openaiServer(script));
  await using relay = await relayTo(kind, kind === 'anthropic' ? server.url : `${server.url}/v1`);
  await hangUp(`${relay.url}${path}`, 'first byte');
  expect(await server.requests[0]?.hungUp).toBe(true);
  await relay.until(() => relay.gate.settlements.length === 1);
  expect(relay.gate.settlements[0]?.usage).toMatchObject({ inputTokens: expect.any(Number) as number });
  expect(relay.calls[0]?.hungUp).toBe(true);
  await relay.until(() => relay.active() === 0);
});

test.each(['/v1/chat/completions', '/v1/messages', '/v1/responses'])(
  'the upstream of %s is closed within a tenth of a second',
  async (path) => {
    const script = [{ text: 'a text that never comes to its end', usage, fault: { kind: 'hang' as const } }];
    await using server = await openaiServer(script);
    await using relay = await relayTo('compatible', `${server.url}/v1`);
    const times: number[] = [];
    for (let each = 0; each < 5; each += 1) {
      const from = await hangUp(`${relay.url}${path}`, 'first byte', { input: body.messages });
      await server.requests[each]?.hungUp;
      times.push(performance.now() - from);
    }
    expect(times.toSorted((one, other) => one - other)[2]).toBeLessThan(100);
  },
);

test('who hangs up before the counts come is charged for what came', async () => {
  const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const said = { type: 'text_delta', text: 'word ' };
  await using server = await startLoopback(() => ({
    headers: { 'content-type': 'text/event-stream' },
    // The counts at the beginning are those of a reply of one token.
    body:
      event('message_start', {
        message: { type: 'message', content: [], usage: { input_tokens: 40, output_tokens: 1 } },
      }) +
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
      event('content_block_delta', { index: 0, delta: said }).repeat(300),
    then: 'hang',
  }));
  for (const path of ['/v1/messages', '/v1/chat/completions']) {
    await using relay = await relayTo('anthropic', server.url);
    const gone = new AbortController();
    const reply = await post(`${relay.url}${path}`, body, {}, gone.signal);
    let words = 0;
    for await (const piece of reply.body ?? []) {
      words += Buffer.from(piece).toString().split('word ').length - 1;
      if (words >= 300) break;
    }
    gone.abort();
    await relay.until(() => relay.gate.settlements.length === 1);
    const { inputTokens = 0, outputTokens = 0 } = relay.gate.settlements[0]?.usage ?? {};
    expect(inputTokens).toBe(40);
    expect(outputTokens).toBeGreaterThanOrEqual(300);
    expect(outputTokens).toBeLessThan(320);
  }
});

test('a client that hangs up before the upstream spoke closes it too', async () => {
  let arrived: (value?: unknown) => void = () => {};
  const there = new Promise((resolve) => (arrived = resolve));
  await using server = await startLoopback(() => {
    arrived();
    return { body: '', silent: true };
  });
  await using relay = await relayTo('compatible', `${server.url}/v1`);
  await hangUp(`${relay.url}/v1/chat/completions`, there);
  expect(await server.requests[0]?.hungUp).toBe(true);
  await relay.until(() => relay.gate.open() === 0 && relay.gate.settlements.length === 1);
  // The vendor worked on the prompt, and charges for it.
  const { status, usage: charged } = relay.gate.settlements[0] ?? {};
  expect([status, charged?.outputTokens, charged?.estimated]).toEqual([499, 0, true]);
  expect(charged?.inputTokens).toBeGreaterThan(0);
});

test('two hundred clients that vanish leave neither reservations nor calls behind', async () => {
  const script = [{ text: 'some words '.repeat(40), usage, fault: { kind: 'hang' as const } }];
  await using server = await openaiServer(script);
  await using relay = await relayTo('compatible', `${server.url}/v1`);
  await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      hangUp(`${relay.url}${index % 2 ? '/v1/messages' : '/v1/chat/completions'}`, 'first byte'),
    ),
  );
  await Promise.all(server.requests.map((request) => request.hungUp));
  await relay.until(() => relay.active() === 0 && relay.gate.open() === 0);
  expect(relay.gate.settlements).toHaveLength(200);
  expect(relay.upstreams.list()[0]?.slots.used).toBe(0);
  expect(relay.faults).toEqual([]);
});

test('a stream under way comes to its end while the relay drains', async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const server = http.createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n');
    void held.then(() => response.end('data: [DONE]\n\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await using relay = await relayTo('compatible', `http://127.0.0.1:${port}/v1`);
  const reply = await post(`${relay.url}/v1/chat/completions`, body);
  const drained = relay.drain(10_000);
  await expect(post(`${relay.url}/v1/chat/completions`, body)).rejects.toThrow();
  release();
  expect(await reply.text()).toMatch(/\[DONE\]\n\n$/);
  await drained;
  server.closeAllConnections();
  server.close();
});

test('a stream that outlasts the drain is told so', async () => {
  const script = [{ text: 'a text that never comes to its end', usage, fault: { kind: 'hang' as const } }];
  await using server = await openaiServer(script);
  await using relay = await relayTo('compatible', `${server.url}/v1`);
  const reply = await post(`${relay.url}/v1/chat/completions`, body);
  const text = reply.text();
  await relay.drain(50);
  expect(await text).toContain('"error"');
  expect(await text).toContain('shutting down');
  expect(relay.gate.open()).toBe(0);
});

test('an idle stream is kept open by comments between events, and none comes before the first event', async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const server = http.createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    void begun.then(() => response.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\ndata: {"cho'));
    void held.then(() => response.end('ices":[]}\n\ndata: [DONE]\n\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await using relay = await relayTo('compatible', `http://127.0.0.1:${port}/v1`, { heartBeatMs: 20 });
  const replying = post(`${relay.url}/v1/chat/completions`, body);
  await relay.until(() => relay.active() === 1);
  // Some beats pass; the head must still be held back, as another upstream could yet answer.
  const early = await Promise.race([replying.then(() => 'answered'), new Promise((go) => setTimeout(go, 120, 'held'))]);
  expect(early).toBe('held');
  begin();
  const reader = (await replying).body?.getReader();
  let text = '';
  const decoder = new TextDecoder();
  while (!text.includes(': keep-alive')) text += decoder.decode((await reader?.read())?.value, { stream: true });
  release();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read())
    text += decoder.decode(piece.value, { stream: true });
  expect(text.indexOf('data:')).toBe(0);
  expect(text.replaceAll(': keep-alive\n\n', '')).toBe(
    'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\ndata: {"choices":[]}\n\ndata: [DONE]\n\n',
  );
  server.closeAllConnections();
  server.close();
});
