import net from 'node:net';
import type { Fault } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { post, startRelay, type TestRelay } from '../testing/start-relay.ts';
import { type Upstream, upstreams } from '../testing/upstreams.ts';

const key = 'sk-upstream-0123456789abcdef';
const short = { headersMs: 300, firstByteMs: 300, idleMs: 300 };

/** What each fault is answered with where the reply has not begun. */
const faults: readonly (readonly [name: string, fault: Fault, before: readonly number[]])[] = [
  ['silence', { kind: 'silence' }, [504]],
  ['a hang in the middle', { kind: 'hang' }, [504, 502]],
  ['a cut', { kind: 'cut' }, [502]],
  ['a reset', { kind: 'reset' }, [502]],
  ['garbage', { kind: 'garbage' }, [502]],
  ['a web page', { kind: 'page' }, [502]],
  ['a web page of 502', { kind: 'page', status: 502 }, [502]],
  ['a limit', { kind: 'status', status: 429, headers: { 'retry-after': '30' } }, [429]],
  ['a fault of its own', { kind: 'status', status: 500 }, [500, 502]],
  ['overload', { kind: 'status', status: 529 }, [503]],
  ['a refused key', { kind: 'status', status: 401, message: `Incorrect API key provided: ${key}` }, [502]],
  ['no credit', { kind: 'status', status: 402 }, [503]],
  ['a redirect', { kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' }, [400, 502]],
  ['a refused request', { kind: 'status', status: 422 }, [422]],
];

interface Dialect {
  readonly path: (stream: boolean) => string;
  readonly body: (stream: boolean) => object;
  /** An error in the middle of a stream, as the official SDK of the dialect reads it. */
  readonly failed: RegExp;
  /** What would make a client take the reply for a whole one. */
  readonly complete: RegExp;
  /** An error instead of a reply. */
  readonly refusal: object;
}

const text = 'hi';
const messages = [{ role: 'user', content: text }];
const words = expect.any(String) as string;
const dialects: { readonly [name: string]: Dialect } = {
  chat: {
    path: () => '/v1/chat/completions',
    body: (stream) => ({ model: 'any', stream, max_tokens: 50, messages }),
    failed: /^data: \{"error":\{/m,
    complete: /data: \[DONE\]|"finish_reason":"stop"/,
    refusal: { error: { message: words, type: words } },
  },
  responses: {
    path: () => '/v1/responses',
    body: (stream) => ({ model: 'any', stream, max_output_tokens: 50, input: messages }),
    failed: /"type":"(error|response\.failed)"/,
    complete: /"type":"response\.completed"/,
    refusal: { error: { message: words, type: words } },
  },
  messages: {
    path: () => '/v1/messages',
    body: (stream) => ({ model: 'any', stream, max_tokens: 50, messages }),
    failed: /^event: error\ndata: \{"type":"error"/m,
    complete: /"type":"message_stop"/,
    refusal: { type: 'error', error: { type: words, message: words } },
  },
  google: {
    path: (stream) => `/v1beta/models/any:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: () => ({ contents: [{ role: 'user', parts: [{ text }] }], generationConfig: { maxOutputTokens: 50 } }),
    failed: /"error":\s?\{"code":\d+/,
    complete: /"finishReason":\s?"STOP"/,
    refusal: { error: { code: expect.any(Number) as number, message: words, status: words } },
  },
};

/** Each dialect passed through and translated. */
const ways = [
  ['chat', 'chat'],
  ['chat', 'anthropic'],
  ['responses', 'responses'],
  ['responses', 'chat'],
  ['messages', 'anthropic'],
  ['messages', 'responses'],
  ['google', 'google'],
  ['google', 'anthropic'],
] as const;

function relayTo({ kind, path, model, speaks }: Upstream, url: string, more: object): Promise<TestRelay> {
  const keys = [{ env: 'KEY' }];
  return startRelay({
    upstreams: { main: { kind, baseURL: url + path, keys, retries: 1, ...(speaks ? { speaks } : {}), ...more } },
    routes: [{ model: 'any', to: [`main/${model}`] }],
    env: { KEY: key },
  });
}

const cases = ways.flatMap(([dialect, wire]) =>
  faults.flatMap(([name, fault, before]) =>
    [true, false].map((stream) => ({ dialect, wire, name, fault, before, stream })),
  ),
);

test.concurrent.each(cases)(
  '$name of $wire, to a client of $dialect (streamed: $stream): never a clean end',
  async (one) => {
    const upstream = upstreams[one.wire] as Upstream;
    const { path, body, failed, complete, refusal } = dialects[one.dialect] as Dialect;
    const usage = { inputTokens: 3, outputTokens: 9 };
    await using server = await upstream.serve([
      { text: 'a text that is long enough to be cut in two', usage, fault: one.fault },
    ]);
    const waits = one.fault.kind === 'silence' || one.fault.kind === 'hang';
    await using relay = await relayTo(upstream, server.url, waits ? { timeouts: short } : {});
    const answer = await post(relay.url + path(one.stream), body(one.stream));
    const said = await answer.text();
    if (answer.status === 200) {
      // It had begun, so it must say that it failed, and not look complete.
      expect(one.stream).toBe(true);
      expect(said).toMatch(failed);
      expect(said).not.toMatch(complete);
    } else {
      expect(one.before).toContain(answer.status);
      expect(JSON.parse(said)).toMatchObject(refusal);
    }
    expect(said + JSON.stringify([...answer.headers])).not.toContain(key);
    await relay.until(() => relay.gate.settlements.length === 1);
    expect(relay.gate.open()).toBe(0);
    expect(relay.faults).toEqual([]);
  },
);

const slow = ways.flatMap(([dialect, wire]) => [true, false].map((stream) => ({ dialect, wire, stream })));

test.concurrent.each(slow)('a slow $wire is waited for, by a client of $dialect (streamed: $stream)', async (one) => {
  const upstream = upstreams[one.wire] as Upstream;
  const { path, body, failed, complete } = dialects[one.dialect] as Dialect;
  await using server = await upstream.serve([{ text: 'a text in many pieces, '.repeat(10) }]);
  await using drops = await dropByDrop(server.url);
  // Every piece comes in time, and all of them together take longer than that.
  const timeouts = { headersMs: 2000, idleMs: 2000, firstByteMs: 30_000 };
  await using relay = await relayTo(upstream, drops.url, { timeouts });
  const answer = await post(relay.url + path(one.stream), body(one.stream));
  const said = await answer.text();
  expect([answer.status, drops.pieces() > 10]).toEqual([200, true]);
  if (one.stream) expect(said).toMatch(complete);
  expect(said).not.toMatch(failed);
});

/** Stands before a server and passes on what it says a few bytes at a time. */
async function dropByDrop(url: string): Promise<{ url: string; pieces: () => number } & AsyncDisposable> {
  let pieces = 0;
  const server = net.createServer((client) => {
    const origin = net.connect(Number(new URL(url).port), '127.0.0.1');
    client.pipe(origin);
    void (async () => {
      for await (const bytes of origin as AsyncIterable<Buffer>) {
        for (let at = 0; at < bytes.length; at += 30) {
          client.write(bytes.subarray(at, at + 30));
          pieces += 1;
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      }
      client.end();
    })();
    for (const socket of [client, origin]) socket.on('error', () => [client, origin].forEach((each) => each.destroy()));
    client.on('close', () => origin.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    pieces: () => pieces,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const endless = ways.map(([dialect, wire]) => ({ dialect, wire }));

test.concurrent.each(endless)(
  'a reply of $wire without end is ended, and a client of $dialect told so',
  async (one) => {
    const upstream = upstreams[one.wire] as Upstream;
    const { path, body, failed, complete } = dialects[one.dialect] as Dialect;
    await using server = await upstream.serve([{ text: 'it begins, and then ', fault: { kind: 'hang' } }]);
    await using relay = await relayTo(upstream, server.url, { timeouts: { totalMs: 200 } });
    const answer = await post(relay.url + path(true), body(true));
    const said = await answer.text();
    expect(answer.status).toBe(200);
    expect(said).toMatch(failed);
    expect(said).not.toMatch(complete);
    expect(await server.requests[0]?.hungUp).toBe(true);
    await relay.until(() => relay.gate.settlements.length === 1 && relay.upstreams.list()[0]?.slots.used === 0);
    expect(relay.faults).toEqual([]);
  },
);

test.each(['/v1/chat/completions', '/v1/messages'])(
  'a client of %s does not learn where an upstream stands',
  async (path) => {
    await using relay = await startRelay({
      upstreams: { main: { kind: 'compatible', baseURL: 'http://127.0.0.1:9/inner', retries: 0 } },
      fallback: 'main/*',
    });
    const answer = await post(relay.url + path, { model: 'm', max_tokens: 9, messages });
    const said = await answer.text();
    expect([answer.status, said]).toEqual([502, expect.stringContaining('The connection to main/m failed')]);
    expect(said).not.toMatch(/127\.0\.0\.1|inner|ECONN/);
    expect(relay.tries[0]?.error).toContain('ECONNREFUSED');
  },
);

test('names that no vendor knows fill no ledger', async () => {
  const { serve, kind, path } = upstreams['chat'] as Upstream;
  await using server = await serve([{ fault: { kind: 'status', status: 404 } }]);
  await using relay = await startRelay({
    upstreams: { main: { kind, baseURL: server.url + path, keys: [{ env: 'KEY' }], retries: 0 } },
    fallback: 'main/*',
    env: { KEY: key },
  });
  for (const model of ['made-up-1', 'made-up-2'])
    expect((await post(`${relay.url}/v1/chat/completions`, { model, messages })).status).toBe(404);
  expect(relay.gate.settlements.map(({ model }) => model)).toEqual(['main/(unknown)', 'main/(unknown)']);
  expect(relay.calls.map(({ asked }) => asked)).toEqual(['made-up-1', 'made-up-2']);
});
