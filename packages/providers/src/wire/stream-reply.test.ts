import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { ModelEvent } from '@capstan/sdk/contract';
import { afterEach, expect, test } from 'vitest';
import { chatDecoder } from '../dialect/chat-decoder.ts';
import { sseDecoder } from './sse.ts';
import { streamReply, type Framing } from './stream-reply.ts';

const key = 'planted-key-0123456789abcdef';
const asked = { model: 'host/m', vendor: 'host', secrets: [key] };
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function serve(answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function read(
  url: string,
  signal: AbortSignal = new AbortController().signal,
  framing?: Framing,
): AsyncIterableIterator<ModelEvent> {
  return streamReply({
    ...(framing ? { framing } : {}),
    asked,
    signal,
    decoder: chatDecoder({ asked, vendor: 'host' }),
    send: (open) => open('{}').send(new URL(url), { headers: { accept: 'text/event-stream' }, signal }),
  });
}

const delta = (content: string, rest: object = {}): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content }, ...rest }] })}\n\n`;
const end = `${delta('', { finish_reason: 'stop' })}data: [DONE]\n\n`;

test('a reader that is slower than the stream gets every delta in order, and the socket waits for it', async () => {
  const count = 40_000;
  let waited = false;
  const url = await serve(async (_, reply) => {
    for (let at = 0; at < count; at += 1) {
      if (reply.write(delta(`${at} ${'x'.repeat(60)}`))) continue;
      waited = true;
      await new Promise((resolve) => reply.once('drain', resolve));
    }
    reply.end(end);
  });
  let next = 0;
  for await (const event of read(url)) {
    if (event.type !== 'text.delta') continue;
    expect(Number.parseInt(event.text, 10)).toBe(next);
    next += 1;
    if (next % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect([next, waited]).toEqual([count, true]);
});

test('a reader that does not read holds a few megabytes, however large the events', async () => {
  const count = 1500;
  const url = await serve((_, reply) => {
    for (let at = 0; at < count; at += 1) reply.write(delta('x'.repeat(32_768)));
    reply.end(end);
  });
  let taken = 0;
  const decoder = sseDecoder();
  const framing = { ...decoder, push: (bytes: Uint8Array) => ((taken += bytes.length), decoder.push(bytes)) };
  const reply = read(url, undefined, framing);
  await reply.next();
  // Until nothing more is taken for as many turns of the loop as all of it would need.
  for (let before = -1, still = 0; still < 200; still = taken === before ? still + 1 : 0, before = taken)
    await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBeLessThan(8_388_608);
  let deltas = 1;
  for await (const event of reply) if (event.type === 'text.delta') deltas += 1;
  expect(deltas).toBe(count);
});

test('usage that came before an abort is told', async () => {
  const controller = new AbortController();
  const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 1 } })}\n\n`;
  const url = await serve((_, reply) => void reply.write(usage + delta('x')));
  const reading = (async () => {
    for await (const _ of read(url, controller.signal)) controller.abort();
  })();
  await expect(reading).rejects.toMatchObject({
    code: 'aborted',
    details: { usage: { inputTokens: 7, outputTokens: 1 } },
  });
});

test('an abort ends the wait for a key at once', async () => {
  const controller = new AbortController();
  const decoder = chatDecoder({ asked, vendor: 'host' });
  const events = streamReply({ asked, signal: controller.signal, decoder, send: () => new Promise(() => {}) });
  const waiting = events.next();
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
});

test('a signal that is aborted already sends nothing', async () => {
  let asks = 0;
  const url = await serve((_, reply) => void reply.end(String(asks++)));
  await expect(read(url, AbortSignal.abort()).next()).rejects.toMatchObject({ code: 'aborted' });
  expect(asks).toBe(0);
});

test('a reader that leaves closes the socket', async () => {
  let closed: () => void = () => {};
  const hungUp = new Promise<void>((resolve) => (closed = resolve));
  const url = await serve((_, reply) => {
    reply.on('close', closed);
    reply.write(delta('x'));
  });
  for await (const _ of read(url)) break;
  await hungUp;
});

test('a kept connection that the server had closed is made again', async () => {
  let asks = 0;
  const url = await serve((request, reply) => {
    asks += 1;
    if (asks === 2) return void request.socket.destroy();
    request.resume();
    reply.end(delta('x') + end);
  });
  await Array.fromAsync(read(url));
  // The connection is free again only after the server's last bytes were read.
  await new Promise((resolve) => setImmediate(resolve));
  expect(await Array.fromAsync(read(url))).toHaveLength(2);
  expect(asks).toBe(3);
});

test('a host that answers with one document reads like a stream', async () => {
  const url = await serve((_, reply) => {
    reply.setHeader('content-type', 'application/json; charset=utf-8');
    reply.end(
      JSON.stringify({
        choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    );
  });
  expect(await Array.fromAsync(read(url))).toMatchObject([
    { type: 'text.delta', text: 'Hi' },
    { type: 'message', usage: { inputTokens: 1 } },
  ]);
});

test('events that came before a fault are read first', async () => {
  const url = await serve((_, reply) => {
    reply.write(delta('a') + delta('b'));
    setImmediate(() => reply.destroy());
  });
  const events = read(url);
  const first = await events.next();
  expect(first.value).toEqual({ type: 'text.delta', text: 'a' });
  expect((await events.next()).value).toEqual({ type: 'text.delta', text: 'b' });
  await expect(events.next()).rejects.toMatchObject({ code: 'model_failed', details: { retryable: true } });
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test.each([
  'null',
  '5',
  '"x"',
  '[]x',
  '{"choices":5}',
  '{"choices":[null]}',
  '{"choices":[{"delta":{"content":5}}]}',
  '{"choices":[{"delta":{"tool_calls":[5]}}]}',
])('an event like %s is a failure that may pass', async (data) => {
  const url = await serve((_, reply) => void reply.end(`${delta('x')}data: ${data}\n\n${delta('y')}`));
  await expect(Array.fromAsync(read(url))).rejects.toMatchObject({
    code: 'model_failed',
    details: { retryable: true },
  });
});

const leaks: [string, http.RequestListener][] = [
  [
    'an error body',
    (_, reply) => void reply.writeHead(401).end(JSON.stringify({ error: { message: `key ${key}`, code: key } })),
  ],
  ['a web page', (_, reply) => void reply.writeHead(500).end(`<html><title>${key}</title></html>`)],
  ['plain text', (_, reply) => void reply.writeHead(400).end(`Bearer ${key}`)],
  ['a header', (_, reply) => void reply.writeHead(500, { 'x-request-id': key, 'retry-after': key }).end()],
  ['a redirect', (_, reply) => void reply.writeHead(302, { location: `https://x/?key=${key}` }).end()],
  [
    'an error in the stream',
    (_, reply) => void reply.end(`data: ${JSON.stringify({ error: { message: key, code: 500 } })}\n\n`),
  ],
  ['garbage in the stream', (_, reply) => void reply.end(`data: {"${key}" oh no}\n\n${delta('x')}`)],
  ['garbage at the end', (_, reply) => void reply.end(`${delta('x')}data: {"${key}`)],
];

test.each(leaks)('a key that the vendor sends back in %s appears nowhere', async (_, answer) => {
  const url = await serve(answer);
  const error: unknown = await Array.fromAsync(read(url)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  expect(inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error)).not.toContain(key);
});
