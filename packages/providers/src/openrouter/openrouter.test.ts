import type { ModelMessage, ModelRequest } from '@capstan/sdk/contract';
import { afterEach, expect, test } from 'vitest';
import { type LoopbackServer, startLoopback, type WireReply } from '../testing/loopback.ts';
import { listModels } from './list-models.ts';
import { openrouter } from './openrouter.ts';

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

const signal = new AbortController().signal;
const hello: ModelRequest = { messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }], tools: [] };
const details = [{ type: 'reasoning.encrypted', data: 'sealed', id: 'rs_1', format: 'openai-responses-v1', index: 0 }];

function stream(...chunks: object[]): WireReply {
  const body = [
    ': OPENROUTER PROCESSING\n\n',
    ...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`),
    'data: [DONE]\n\n',
  ].join('');
  return { headers: { 'content-type': 'text/event-stream' }, body };
}

const reply = stream(
  { choices: [{ delta: { role: 'assistant', content: '', reasoning: null, reasoning_details: details } }] },
  { choices: [{ delta: { content: 'Hello' }, finish_reason: 'stop' }] },
  { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, cost: 0.000125 } },
);

test('the cost is the one that was charged, and reasoning details go back as they came', async () => {
  server = await startLoopback(() => reply);
  const routing = { order: ['anthropic'], allow_fallbacks: false };
  const model = openrouter({ model: 'a/b', apiKey: 'k', baseURL: server.url, routing, app: { name: 'Capstan' } });
  const last = (await Array.fromAsync(model.stream(hello, { signal }))).at(-1) as ModelMessage;
  expect(last).toMatchObject({ costUsd: 0.000125, usage: { inputTokens: 3, outputTokens: 2 } });
  await Array.fromAsync(
    model.stream({ ...hello, messages: [...hello.messages, last.message, ...hello.messages] }, { signal }),
  );
  expect(server.requests[1]).toMatchObject({
    headers: { 'x-title': 'Capstan' },
    body: {
      provider: routing,
      messages: [
        { role: 'user' },
        { role: 'assistant', content: 'Hello', reasoning_details: details },
        { role: 'user' },
      ],
    },
  });
});

test('a host that fails behind the router is retryable', async () => {
  server = await startLoopback(() =>
    stream({
      choices: [
        { delta: { content: 'x' }, finish_reason: 'error', error: { code: 502, message: 'Provider disconnected' } },
      ],
      error: { code: 502, message: 'Provider disconnected' },
    }),
  );
  const model = openrouter({ model: 'a/b', apiKey: 'k', baseURL: server.url });
  await expect(Array.fromAsync(model.stream(hello, { signal }))).rejects.toMatchObject({
    code: 'model_failed',
    details: { retryable: true, status: 502 },
  });
});

test('the list tells limits, prices and what a model can do', async () => {
  const data = [
    {
      id: 'a/b',
      context_length: 200_000,
      architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
      pricing: { prompt: '0.000003', completion: '0.000015', input_cache_read: '0.0000003' },
      top_provider: { max_completion_tokens: 64_000 },
      supported_parameters: ['tools', 'seed'],
    },
    { id: 'a/painter', architecture: { output_modalities: ['image'] } },
    { id: 'a/auto', pricing: { prompt: '-1', completion: '-1' } },
  ];
  server = await startLoopback(() => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data }),
  }));
  const listed = await listModels({ apiKey: 'k', baseURL: server.url });
  expect(listed).toEqual([
    {
      id: 'openrouter/a/b',
      info: {
        contextWindow: 200_000,
        maxOutputTokens: 64_000,
        price: { input: 3, output: 15, cachedInput: 0.3, date: expect.any(String), source: `${server.url}/models` },
        tools: true,
        reasoning: false,
        vision: true,
      },
    },
    { id: 'openrouter/a/auto', info: {} },
  ]);
});
