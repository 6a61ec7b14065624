import type { Message, Model, ModelEvent, ModelMessage, ModelRequest } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { LoopbackServer } from '../testing/loopback.ts';
import { ollamaServer, type OllamaServerOptions } from '../testing/ollama-server.ts';
import type { ScriptedReply } from '../testing/scripted-reply.ts';
import { addressOf, keyOf } from './address.ts';
import { chatDecoder } from './decode.ts';
import { lineDecoder } from './lines.ts';
import { ollama, type OllamaOptions } from './ollama.ts';
import { detectServer, listModels, pullModel } from './server.ts';

const servers: LoopbackServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function served(
  script: readonly ScriptedReply[],
  options: Partial<OllamaOptions> = {},
  how: OllamaServerOptions = {},
): Promise<{ model: Model; server: LoopbackServer }> {
  const server = await ollamaServer(script, how);
  servers.push(server);
  return { server, model: ollama({ model: 'qwen3:8b', baseURL: server.url, env: {}, ...options }) };
}

const hello: ModelRequest = { messages: [{ role: 'user', parts: [{ type: 'text', text: 'hello' }] }], tools: [] };

async function collect(model: Model, request: ModelRequest = hello): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, { signal: new AbortController().signal })) events.push(event);
  return events;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const closing = (events: readonly ModelEvent[]): ModelMessage => events.at(-1) as ModelMessage;

test('thoughts, text and calls stream over the own API, with the context length set', async () => {
  const tools = [
    { name: 'read', description: 'Reads.', inputSchema: { type: 'object', properties: { path: { type: 'string' } } } },
  ];
  const { model, server } = await served([
    {
      reasoning: 'Hm.',
      text: 'Grüße 🚀',
      calls: [{ tool: 'read', input: { path: 'ü' } }],
      usage: { inputTokens: 30, outputTokens: 9 },
    },
  ]);
  const { message, stopReason, usage } = closing(
    await collect(model, { ...hello, instructions: 'Be brief.', tools, maxOutputTokens: 50, seed: 3 }),
  );
  expect(message.parts).toMatchObject([
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: 'Grüße 🚀' },
    { type: 'call', tool: 'read', json: '{"path":"ü"}' },
  ]);
  expect({ stopReason, usage }).toEqual({ stopReason: 'tools', usage: { inputTokens: 30, outputTokens: 9 } });
  expect(server.requests[0]?.body).toEqual({
    model: 'qwen3:8b',
    stream: true,
    truncate: false,
    shift: false,
    options: { num_ctx: 32_768, num_predict: 50, seed: 3 },
    tools: [{ type: 'function', function: { name: 'read', description: 'Reads.', parameters: tools[0]?.inputSchema } }],
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
    ],
  });
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
  expect(model.info).toEqual({ contextWindow: 32_768, local: true, price: { input: 0, output: 0 } });
});

test('a conversation goes back with thoughts of its own, calls, results and images', async () => {
  const { model, server } = await served([{ text: 'ok' }], {
    request: { contextTokens: 'server', thinking: 'low', keepAlive: -1, options: { temperature: 0 } },
  });
  const messages: Message[] = [
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'see' },
        { type: 'image', mediaType: 'image/png', data: 'aW1n' },
        { type: 'file', mediaType: 'text/plain', name: 'a.txt', data: Buffer.from('ä').toString('base64') },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'own', provider: { vendor: 'ollama', data: {} } },
        { type: 'reasoning', text: 'foreign', provider: { vendor: 'openai', data: {} } },
        { type: 'call', callId: 'c1', tool: 'read', json: '{"a":1}' },
      ],
    },
    { role: 'tool', callId: 'c1', tool: 'read', parts: [{ type: 'text', text: 'content' }] },
  ];
  await collect(model, { ...hello, messages });
  expect(server.requests[0]?.body).toMatchObject({
    think: 'low',
    keep_alive: -1,
    options: { temperature: 0 },
    messages: [
      { role: 'user', content: 'see\na.txt:\nä', images: ['aW1n'] },
      {
        role: 'assistant',
        content: '',
        thinking: 'own',
        tool_calls: [{ id: 'c1', function: { name: 'read', arguments: { a: 1 } } }],
      },
      { role: 'tool', tool_name: 'read', tool_call_id: 'c1', content: 'content' },
    ],
  });
});

test('an answer of a schema is native without tools and told in words with them', async () => {
  const output = { type: 'object', properties: { n: { type: 'integer' } } };
  const tools = [{ name: 'now', description: 'Time.', inputSchema: { type: 'object' } }];
  const { model, server } = await served([{ text: '{"n":1}' }]);
  await collect(model, { ...hello, output });
  await collect(model, { ...hello, output, tools });
  expect(server.requests[0]?.body).toMatchObject({ format: output });
  const second = server.requests[1]?.body as { format?: unknown; messages: { content: string }[] };
  expect(second.format).toBeUndefined();
  expect(second.messages[0]?.content).toContain(JSON.stringify(output));
});

test('a model that is not on the server is said how to get, and can be pulled with progress', async () => {
  const { model, server } = await served([{ text: 'here' }], {}, { models: [] });
  const error = await collect(model).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('ollama pull qwen3:8b') as string,
  });
  const steps = await all(pullModel('qwen3:8b', { baseURL: server.url }));
  expect(steps.at(3)).toEqual({
    status: 'pulling 3e4cb1417446',
    digest: 'sha256:3e4cb1417446',
    total: 1000,
    completed: 1000,
  });
  expect(steps.at(-1)).toEqual({ status: 'success' });
  expect(closing(await collect(model)).message.parts).toEqual([{ type: 'text', text: 'here' }]);
});

test('pulling what does not exist is not found', async () => {
  const { server } = await served([{}]);
  await expect(all(pullModel('missing:1b', { baseURL: server.url }))).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a server that runs is detected, with its models; nothing else is', async () => {
  const { server } = await served([{}], {}, { models: ['qwen3:8b', 'gpt-oss:120b-cloud'] });
  expect(await detectServer({ baseURL: server.url })).toEqual({ version: '0.14.2', url: server.url });
  expect(await listModels({ baseURL: server.url })).toEqual([
    {
      id: 'ollama/qwen3:8b',
      info: {
        contextWindow: 40_960,
        tools: true,
        vision: false,
        reasoning: true,
        local: true,
        price: { input: 0, output: 0 },
      },
    },
    { id: 'ollama/gpt-oss:120b-cloud', info: { contextWindow: 40_960, tools: true, vision: false, reasoning: true } },
  ]);
  await server.close();
  expect(await detectServer({ baseURL: server.url })).toBeUndefined();
  await expect(listModels({ baseURL: server.url })).rejects.toMatchObject({
    code: 'model_failed',
    details: { retryable: true },
  });
});

test.each([
  [undefined, 'http://127.0.0.1:11434'],
  ['0.0.0.0', 'http://127.0.0.1:11434'],
  [':8080', 'http://127.0.0.1:8080'],
  ['gpu.example.com:9999', 'http://gpu.example.com:9999'],
  ['https://ollama.example.com', 'https://ollama.example.com'],
])('OLLAMA_HOST %s is %s', (host, address) => {
  expect(addressOf({ env: { OLLAMA_HOST: host } })).toBe(address);
});

test('a prompt longer than the context is an overflow, to be compacted', async () => {
  const { model } = await served([
    { fault: { kind: 'status', status: 400, message: 'the input length exceeds the context length' } },
  ]);
  await expect(collect(model)).rejects.toMatchObject({ code: 'context_overflow' });
});

test('calls without ids, or with ids used twice, get ids of their own', () => {
  let ids = 0;
  const decoder = chatDecoder({ model: 'ollama/x', vendor: 'ollama' }, { makeId: () => `made-${++ids}` });
  const events: ModelEvent[] = [];
  const calls = [
    { function: { name: 'a' } },
    { id: 'call_1', function: { name: 'b', arguments: {} } },
    { id: 'call_1', function: { name: 'c', arguments: {} } },
  ];
  decoder.push(
    { event: undefined, data: JSON.stringify({ message: { tool_calls: calls }, done: true, done_reason: 'stop' }) },
    events,
  );
  expect(closing(events).message.parts).toMatchObject([
    { callId: 'made-1', json: '{}' },
    { callId: 'call_1' },
    { callId: 'made-2' },
  ]);
});

test('a reply gives the same events however its bytes are cut', () => {
  const lines = [
    { message: { thinking: 'ü☃' } },
    { message: { content: 'Grüße 🚀' } },
    { message: { content: ' 世界' } },
    { message: { content: '' }, done: true, prompt_eval_count: 2, eval_count: 3 },
  ];
  const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const decode = (cuts: readonly number[]): ModelEvent[] => {
    const framing = lineDecoder();
    const decoder = chatDecoder({ model: 'ollama/x', vendor: 'ollama' });
    const events: ModelEvent[] = [];
    const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
    for (const [at, from] of places.slice(0, -1).entries())
      for (const line of framing.push(bytes.subarray(from, places[at + 1]))) decoder.push(line, events);
    for (const line of framing.end()) decoder.push(line, events);
    return events;
  };
  const whole = decode([]);
  expect(closing(whole)).toMatchObject({
    usage: { inputTokens: 2, outputTokens: 3 },
    message: { parts: [{ text: 'ü☃' }, { text: 'Grüße 🚀 世界' }] },
  });
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), (cuts) => {
      expect(decode(cuts)).toEqual(whole);
    }),
    { numRuns: 150 },
  );
});

test('an abort closes the socket at once', async () => {
  const { model, server } = await served([{ text: 'x'.repeat(4000), fault: { kind: 'hang' } }]);
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _ of model.stream(hello, { signal: controller.signal })) controller.abort();
  })();
  await expect(reading).rejects.toMatchObject({ code: 'aborted' });
  expect(await server.requests[0]?.hungUp).toBe(true);
});

test("the key of Ollama's cloud is found where no other is given", async () => {
  const env = { OLLAMA_API_KEY: 'planted' };
  expect(await keyOf({ baseURL: 'https://ollama.com', apiKey: () => undefined, env })).toBe('planted');
  expect(await keyOf({ baseURL: 'http://127.0.0.1:9', apiKey: () => undefined, env })).toBeUndefined();
  expect(await keyOf({ baseURL: 'https://ollama.com', apiKey: () => 'given', env })).toBe('given');
});
