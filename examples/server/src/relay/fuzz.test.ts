import http from 'node:http';
import { type SeenRequest, startLoopback, type WireReply } from '@capstan/providers/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startRelay, type TestRelay } from '../testing/start-relay.ts';

const paths = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/embeddings',
  '/v1beta/models/main%2Fm:generateContent',
  '/v1beta/models/other%2Fm:streamGenerateContent?alt=sse',
  '/v1/models/main%2Fm:countTokens',
];

const words =
  'model messages role user assistant tool content type text image_url url tools function parameters input contents parts stream max_tokens tool_calls ' +
  'id name system tool_choice response_format stream_options generationConfig inlineData mimeType arguments main/m other/m __proto__ constructor http://169.254.169.254/latest data:image/png;base64,AA==';
const word = fc.constantFrom(...words.split(' '));

/** JSON that looks like a request here and there. */
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.oneof(word, fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 6 }),
  ),
}));

const request = fc
  .record({
    model: fc.oneof(fc.constantFrom('main/m', 'other/m'), tree),
    max_tokens: fc.oneof(fc.constant(10), tree),
    stream: fc.oneof(fc.boolean(), tree),
    messages: fc.oneof(
      fc.array(fc.record({ role: word, content: tree }, { requiredKeys: [] }), { maxLength: 3 }),
      tree,
    ),
    input: tree,
    contents: fc.oneof(fc.array(fc.record({ role: word, parts: tree }), { maxLength: 2 }), tree),
    tools: fc.oneof(fc.array(tree, { maxLength: 2 }), tree),
    tool_choice: tree,
    stream_options: tree,
    response_format: tree,
  })
  .map((value) => JSON.stringify(value));

const headers = fc.dictionary(
  fc.constantFrom('x-api-key', 'anthropic-beta', 'traceparent', 'content-encoding', 'content-type', 'expect', 'accept'),
  fc.stringMatching(/^[\x21-\x7e]{0,40}$/),
  { maxKeys: 3 },
);

test('whatever body and headers come, the answer is no fault of the relay', async () => {
  await withRelay(async (relay) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.oneof({ weight: 6, arbitrary: request }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) }),
        headers,
        async (path, body, more) => {
          const status = await send(relay.url, { path, body, headers: more });
          expect([status, path, body]).not.toEqual([500, path, body]);
          expect([path, body, ...relay.faults]).toEqual([path, body]);
        },
      ),
      { numRuns: 400 },
    );
  });
});

test('whatever path comes, the answer is no fault of the relay', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'v1',
      'v1beta',
      'models',
      'chat',
      'completions',
      '%',
      '%zz',
      '%2e%2e',
      '..',
      ':generateContent',
      '%00',
    ),
    fc.stringMatching(/^[\x21-\x7e]{0,12}$/),
  );
  await withRelay(async (relay) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('/')}`),
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'),
        async (path, method) => {
          const status = await send(relay.url, { path: path.replaceAll(/[#\s]/g, ''), method, headers: {} });
          expect([status, path]).not.toEqual([500, path]);
          expect([path, ...relay.faults]).toEqual([path]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['a body that is nested too deep', `{"model":"main/m","messages":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400],
  ['a body that is too long', JSON.stringify({ model: 'main/m', messages: 'x'.repeat(70_000) }), 413],
  ['a body that names its model twice', '{"model":"main/m","model":"other/m","messages":[]}', 400],
  ['a model with a line end in its name', '{"model":"main/a\\nb","messages":[]}', 400],
  ['a list', '[]', 400],
  ['nothing', '', 400],
])('%s is refused', async (_, body, status) => {
  await withRelay(async (relay) => {
    expect(await send(relay.url, { path: '/v1/chat/completions', body, headers: {} })).toBe(status);
    expect(relay.gate.estimates).toEqual([]);
  });
});

/** A vendor that takes everything. */
function vendorReply({ path, body }: SeenRequest): WireReply {
  const stream = (body as { readonly stream?: unknown } | undefined)?.stream === true;
  const chat = { choices: [{ index: 0, message: { content: 'ok' }, delta: { content: 'ok' }, finish_reason: 'stop' }] };
  const message = {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'ok' }],
    stop_reason: 'end_turn',
  };
  const whole = path.includes('/messages') ? message : chat;
  const events = path.includes('/messages')
    ? `data: {"type":"message_start","message":${JSON.stringify(message)}}\n\ndata: {"type":"message_stop"}\n\n`
    : `data: ${JSON.stringify(chat)}\n\ndata: [DONE]\n\n`;
  return {
    headers: { 'content-type': stream ? 'text/event-stream' : 'application/json' },
    body: stream ? events : JSON.stringify(whole),
  };
}

async function withRelay(work: (relay: TestRelay) => Promise<void>): Promise<void> {
  await using vendor = await startLoopback(vendorReply);
  const upstream = { keys: [{ env: 'KEY' }], retries: 0, breaker: { failures: 1000 } };
  await using relay = await startRelay({
    upstreams: {
      main: { ...upstream, kind: 'openai', baseURL: `${vendor.url}/v1` },
      other: { ...upstream, kind: 'anthropic', baseURL: vendor.url },
    },
    env: { KEY: 'sk-upstream-0123456789abcdef' },
    server: { bodyBytes: 65_536 },
  });
  await work(relay);
  await relay.until(() => relay.active() === 0 && relay.gate.open() === 0);
}

interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends what `fetch` would not. @returns The status, 0 when the connection was closed. */
function send(url: string, { path, method = 'POST', body, headers: more }: Sent): Promise<number> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const sent = http.request(
      { hostname, port, path, method, headers: { authorization: 'Bearer d', ...more }, agent: false },
      (response) => {
        response.on('error', () => resolve(0));
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.resume();
      },
    );
    sent.on('error', () => resolve(0));
    sent.end(body);
  });
}
