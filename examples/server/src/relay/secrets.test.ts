import { anthropicServer, openaiServer, startLoopback } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { post, startRelay } from '../testing/start-relay.ts';

const planted = 'sk-planted-Zx81kQ0pLm47TvRs';
const token = 'device-token-0123456789';
const body = { model: 'm', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] };

/** Every form in which a key could be carried out. */
const forms = [planted, encodeURIComponent(planted), Buffer.from(planted).toString('base64')];

const paths = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/messages',
  '/v1beta/models/m:generateContent',
  '/v1/embeddings',
];
const leaks = [
  { name: 'in the words of a refusal', status: 400, type: 'application/json' },
  { name: 'in the words of a refused key', status: 401, type: 'application/json' },
  { name: 'in a page', status: 502, type: 'text/html' },
  { name: 'in a reply', status: 200, type: 'application/json' },
  { name: 'in a stream', status: 200, type: 'text/event-stream' },
];

test.each(leaks)('an upstream that repeats its key $name does not make the relay tell it', async (leak) => {
  const said = `Incorrect API key provided: ${planted} (Bearer ${planted})`;
  const reply = {
    error: { message: said, type: 'invalid_request_error', code: 'x' },
    choices: [{ index: 0, message: { role: 'assistant', content: said }, delta: { content: said } }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  };
  const { error: _, ...success } = reply;
  const json = JSON.stringify(leak.status === 200 ? success : reply);
  await using server = await startLoopback(() => ({
    status: leak.status,
    headers: { 'content-type': leak.type, 'x-request-id': planted, 'x-echo': planted, 'set-cookie': `k=${planted}` },
    body: leak.type === 'text/event-stream' ? `data: ${json}\n\ndata: [DONE]\n\n` : json,
  }));
  const upstream = { keys: [{ env: 'KEY' }], retries: 0, breaker: { failures: 1000 } };
  await using relay = await startRelay({
    upstreams: {
      main: { ...upstream, kind: 'openai', baseURL: `${server.url}/v1` },
      other: { ...upstream, kind: 'anthropic', baseURL: server.url },
    },
    routes: [{ model: 'm', to: ['main/m', 'other/m'] }],
    env: { KEY: planted },
  });
  const seen: string[] = [];
  for (const path of paths) {
    for (const stream of [true, false]) {
      const answer = await post(`${relay.url}${path}`, { ...body, input: 'hi', contents: [], stream });
      seen.push(JSON.stringify([...answer.headers]), await answer.text());
    }
  }
  const told = JSON.stringify([seen, relay.calls, relay.requests, relay.tries, relay.notices]);
  for (const form of forms) expect(told).not.toContain(form);
  expect(relay.faults).toEqual([]);
});

test("a client's token reaches no upstream, wherever the client puts it", async () => {
  await using chat = await openaiServer([{ text: 'ok' }]);
  await using messages = await anthropicServer([{ text: 'ok' }]);
  await using relay = await startRelay({
    upstreams: {
      main: { kind: 'openai', baseURL: `${chat.url}/v1`, keys: [{ env: 'KEY' }] },
      other: { kind: 'anthropic', baseURL: messages.url, keys: [{ env: 'KEY' }] },
    },
    env: { KEY: planted },
  });
  const places: readonly (readonly [query: string, headers: Record<string, string>])[] = [
    ['', { authorization: `Bearer ${token}` }],
    ['', { authorization: '', 'x-api-key': token }],
    ['', { authorization: '', 'x-goog-api-key': token }],
    [`?key=${token}`, { authorization: '' }],
  ];
  for (const [query, headers] of places) {
    for (const model of ['main/m', 'other/m']) {
      for (const path of ['/v1/chat/completions', '/v1/messages']) {
        const answer = await post(`${relay.url}${path}${query}`, { ...body, model, stream: true }, headers);
        expect(answer.status).toBe(200);
        await answer.text();
      }
    }
  }
  expect(JSON.stringify([...chat.requests, ...messages.requests])).not.toContain(token);
});
