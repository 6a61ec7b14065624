import type { ModelEvent, ModelMessage, ModelRequest } from '@capstan/sdk/contract';
import { afterEach, expect, test } from 'vitest';
import { model } from '../route/model.ts';
import type { LoopbackServer } from '../testing/loopback.ts';
import { openaiServer } from '../testing/openai-server.ts';
import { openai } from './openai.ts';

let server: LoopbackServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const hello: ModelRequest = { messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }], tools: [] };

async function collect(events: AsyncIterable<ModelEvent>): Promise<{ events: ModelEvent[]; last: ModelMessage }> {
  const list: ModelEvent[] = [];
  for await (const event of events) list.push(event);
  return { events: list, last: list.at(-1) as ModelMessage };
}

const signal = (): AbortSignal => new AbortController().signal;

test('text, reasoning, calls and usage come back from the wire', async () => {
  const usage = { inputTokens: 12, outputTokens: 7, cachedInputTokens: 3, reasoningTokens: 2 };
  server = await openaiServer([
    {
      reasoning: 'Hm — so',
      text: 'Grüße 😀',
      calls: [
        { tool: 'read', input: { path: 'ä' } },
        { tool: 'list', input: {} },
      ],
      usage,
    },
  ]);
  const gpt = openai({ model: 'loopback-1', baseURL: `${server.url}/v1`, apiKey: 'k' });
  const { events, last } = await collect(gpt.stream(hello, { signal: signal() }));
  expect(events.map((event) => (event.type === 'text.delta' ? event.text : '')).join('')).toBe('Grüße 😀');
  expect(last).toMatchObject({ type: 'message', stopReason: 'tools', usage });
  expect(last.message.parts).toMatchObject([
    { type: 'reasoning', text: 'Hm — so' },
    { type: 'text', text: 'Grüße 😀' },
    { type: 'call', tool: 'read', json: '{"path":"ä"}' },
    { type: 'call', tool: 'list', json: '{}' },
  ]);
});

test('a history with calls and results goes out as the API wants it', async () => {
  server = await openaiServer([{ text: 'ok' }]);
  const gpt = model('openai/loopback-1', { baseURL: `${server.url}/v1`, apiKey: 'k' });
  const request: ModelRequest = {
    instructions: 'Be brief.',
    tools: [{ name: 'read', description: 'Reads', inputSchema: { type: 'object' } }],
    maxOutputTokens: 50,
    messages: [
      ...hello.messages,
      { role: 'assistant', parts: [{ type: 'call', callId: 'call_12345', tool: 'read', json: '{"a":' }] },
      {
        role: 'tool',
        callId: 'call_12345',
        tool: 'read',
        parts: [
          { type: 'text', text: 'r' },
          { type: 'image', mediaType: 'image/png', data: 'AA==' },
        ],
      },
    ],
  };
  await collect(gpt.stream(request, { signal: signal() }));
  expect(server.requests[0]?.body).toMatchObject({
    model: 'loopback-1',
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 50,
    tools: [{ type: 'function', function: { name: 'read' } }],
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_12345', function: { name: 'read', arguments: '{"broken_arguments":"{\\"a\\":"}' } }],
      },
      { role: 'tool', tool_call_id: 'call_12345' },
      {
        role: 'user',
        content: [{ type: 'text' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }],
      },
    ],
  });
});

test('a missing key names the variable and the command', async () => {
  const gpt = model('openai/gpt-x', { env: {} });
  await expect(collect(gpt.stream(hello, { signal: signal() }))).rejects.toMatchObject({
    code: 'auth_missing',
    message: 'openai/gpt-x needs a key. Set OPENAI_API_KEY, or run: capstan auth login openai',
  });
});

test('an abort closes the socket and throws aborted', async () => {
  server = await openaiServer([{ text: 'a long text, long enough to be cut', fault: { kind: 'hang' } }]);
  const gpt = openai({ model: 'loopback-1', baseURL: `${server.url}/v1`, apiKey: 'k' });
  const controller = new AbortController();
  const events = gpt.stream(hello, { signal: controller.signal });
  const reading = (async () => {
    for await (const event of events) if (event.type === 'text.delta') controller.abort();
  })();
  await expect(reading).rejects.toMatchObject({ code: 'aborted' });
  expect(await server.requests[0]?.hungUp).toBe(true);
});

test('a socket is used again for the next request', async () => {
  server = await openaiServer([{ text: 'one' }]);
  const gpt = openai({ model: 'loopback-1', baseURL: `${server.url}/v1`, apiKey: 'k' });
  for (let turn = 0; turn < 3; turn += 1) {
    const { last } = await collect(gpt.stream(hello, { signal: signal() }));
    expect(last.message.parts).toEqual([{ type: 'text', text: 'one' }]);
  }
});

test.each([
  ['gpt-5-mini', true],
  ['gpt-6.1-sol', true],
  ['o4-mini', true],
  ['my-gpt-5-deployment', true],
  ['gpt-4o', false],
  ['gpt-4.1-mini', false],
  ['openai/gpt-oss-20b', false],
  ['solo3000', false],
])('%s is asked for encrypted reasoning: %s', async (name, asked) => {
  server = await openaiServer([{ text: 'ok' }]);
  const gpt = openai({ model: name, baseURL: `${server.url}/v1`, apiKey: 'k', api: 'responses' });
  await collect(gpt.stream(hello, { signal: signal() }));
  expect(JSON.stringify(server.requests[0]?.body).includes('reasoning.encrypted_content')).toBe(asked);
});
