import {
  isCapstanError,
  type Message,
  type Model,
  type ModelEvent,
  type ModelMessage,
  type ModelRequest,
} from '@capstan/sdk/contract';
import { afterEach, expect, test } from 'vitest';
import { anthropicServer, type Script } from '../testing/anthropic-server.ts';
import { type LoopbackServer, startLoopback } from '../testing/loopback.ts';
import { anthropic, type AnthropicOptions } from './anthropic.ts';
import { listModels } from './list-models.ts';

const servers: LoopbackServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function served(
  script: Script,
  options: Partial<AnthropicOptions> = {},
): Promise<{ model: Model; server: LoopbackServer }> {
  const server = await anthropicServer(script);
  servers.push(server);
  return {
    server,
    model: anthropic({
      model: 'claude-sonnet-4-5',
      apiKey: 'sk-ant-planted-0123456789',
      baseURL: server.url,
      ...options,
    }),
  };
}

const hello: ModelRequest = { messages: [{ role: 'user', parts: [{ type: 'text', text: 'hello' }] }], tools: [] };

async function collect(
  model: Model,
  request: ModelRequest = hello,
  signal = new AbortController().signal,
): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, { signal })) events.push(event);
  return events;
}

function closing(events: readonly ModelEvent[]): ModelMessage {
  const last = events.at(-1);
  if (last?.type !== 'message') throw new Error(`No closing message but ${last?.type}`);
  return last;
}

const joined = (events: readonly ModelEvent[], type: 'text.delta' | 'reasoning.delta'): string =>
  events.flatMap((event) => (event.type === type ? [event.text] : [])).join('');

test('text streams and closes with its usage', async () => {
  const usage = { inputTokens: 120, outputTokens: 9, cachedInputTokens: 100, cacheWriteTokens: 12, reasoningTokens: 3 };
  const { model, server } = await served([{ text: 'Grüße, 世界! 🚀', usage }]);
  const events = await collect(model);
  expect(joined(events, 'text.delta')).toBe('Grüße, 世界! 🚀');
  expect(closing(events)).toEqual({
    type: 'message',
    message: { role: 'assistant', parts: [{ type: 'text', text: 'Grüße, 世界! 🚀' }] },
    stopReason: 'end',
    usage,
  });
  expect(server.requests[0]?.body).toMatchObject({
    model: 'claude-sonnet-4-5',
    stream: true,
    messages: [{ role: 'user' }],
  });
});

test('parallel calls stream their arguments piece by piece and go back with their results', async () => {
  const calls = [
    { tool: 'read', input: { path: 'ä.ts', lines: [1, 2] } },
    { tool: 'list', input: {} },
  ];
  const { model, server } = await served([{ reasoning: 'Two files.', text: 'Looking.', calls }, { text: 'Done.' }]);
  const first = await collect(model);
  const { message, stopReason } = closing(first);
  expect(stopReason).toBe('tools');
  const made = message.parts.flatMap((part) => (part.type === 'call' ? [part] : []));
  expect(made.map((call) => ({ tool: call.tool, input: JSON.parse(call.json) as unknown }))).toEqual(calls);
  for (const call of made) {
    const json = first.flatMap((event) =>
      event.type === 'tool.delta' && event.callId === call.callId ? [event.json] : [],
    );
    expect(json.join('')).toBe(call.json);
  }
  const results: Message[] = made.map((call) => ({
    role: 'tool',
    callId: call.callId,
    tool: call.tool,
    parts: [{ type: 'text', text: 'ok' }],
  }));
  const second = await collect(model, { ...hello, messages: [...hello.messages, message, ...results.toReversed()] });
  expect(joined(second, 'text.delta')).toBe('Done.');
  const sent = server.requests[1]?.body as {
    messages: { content: { type: string; signature?: string; thinking?: string }[] }[];
  };
  expect(sent.messages.map((one) => one.content.map((block) => block.type))).toEqual([
    ['text'],
    ['thinking', 'text', 'tool_use', 'tool_use'],
    ['tool_result', 'tool_result'],
  ]);
  expect(sent.messages[1]?.content[0]).toEqual({
    type: 'thinking',
    thinking: 'Two files.',
    signature: 'c2lnbmVkIGJ5IGxvb3BiYWNr',
  });
});

test('an interrupted call gets a failed result, so the conversation goes on', async () => {
  const { model, server } = await served([{ text: 'I see.' }]);
  const messages: Message[] = [
    ...hello.messages,
    {
      role: 'assistant',
      interrupted: true,
      parts: [
        { type: 'reasoning', text: 'unsigned' },
        { type: 'call', callId: 'call|1', tool: 'read', json: '{"pa' },
      ],
    },
    { role: 'user', parts: [{ type: 'text', text: 'go on' }] },
  ];
  expect(joined(await collect(model, { ...hello, messages }), 'text.delta')).toBe('I see.');
  expect(server.requests[0]?.body).toMatchObject({
    messages: [
      {},
      { content: [{ type: 'tool_use', id: 'call_1', input: { broken_arguments: '{"pa' } }] },
      {
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', is_error: true },
          { type: 'text', text: 'go on' },
        ],
      },
    ],
  });
});

test('overload inside a stream of status 200 is retryable and keeps the usage so far', async () => {
  const { model } = await served([
    {
      text: 'a long answer that is not finished',
      usage: { inputTokens: 7, outputTokens: 30 },
      fault: { kind: 'overloaded' },
    },
  ]);
  const error = await collect(model).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'model_failed', details: { retryable: true, usage: { inputTokens: 7 } } });
  expect((error as Error).message).toContain('overloaded');
});

test('abort closes the socket at once and tells the usage', async () => {
  const { model, server } = await served([
    { text: 'x'.repeat(4000), usage: { inputTokens: 7, outputTokens: 30 }, fault: { kind: 'hang' } },
  ]);
  const controller = new AbortController();
  const error = await (async () => {
    for await (const _ of model.stream(hello, { signal: controller.signal })) controller.abort();
  })().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'aborted', details: { usage: { inputTokens: 7 } } });
  expect(await server.requests[0]?.hungUp).toBe(true);
});

test('a missing key names the variable and the command', async () => {
  const error = await collect(anthropic({ model: 'claude-sonnet-4-5', env: {} })).catch((thrown: unknown) => thrown);
  expect(isCapstanError(error) && error.code).toBe('auth_missing');
  expect((error as Error).message).toMatch(/ANTHROPIC_API_KEY.*capstan auth login anthropic/);
});

test('an answer of a schema streams as text, whether the API or a tool carries it', async () => {
  const output = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] };
  const native = await served([{ text: '{"n":1}' }]);
  expect(joined(await collect(native.model, { ...hello, output }), 'text.delta')).toBe('{"n":1}');
  expect(native.server.requests[0]?.body).toMatchObject({
    output_config: {
      format: {
        type: 'json_schema',
        schema: { properties: { n: { type: 'integer', description: '{minimum: 1}' } }, additionalProperties: false },
      },
    },
  });
  const byTool = await served([{ calls: [{ tool: 'final_answer', input: { n: 2 } }] }], {
    model: 'claude-3-7-sonnet-20250219',
  });
  const events = await collect(byTool.model, { ...hello, output });
  expect(joined(events, 'text.delta')).toBe('{"n":2}');
  expect(closing(events)).toMatchObject({ stopReason: 'end', message: { parts: [{ type: 'text', text: '{"n":2}' }] } });
});

test('the models of an account are listed with their limits', async () => {
  const { server } = await served([{}]);
  expect(await listModels({ apiKey: 'sk-ant-planted-0123456789', baseURL: server.url })).toEqual([
    {
      id: 'anthropic/claude-loopback-1',
      info: { contextWindow: 200_000, maxOutputTokens: 64_000, vision: true, reasoning: true },
    },
  ]);
});

test('prices come from the catalogue, and an hour of cache costs more to write', () => {
  const price = anthropic({ model: 'claude-haiku-4-5' }).info.price;
  expect(price).toMatchObject({ input: 1, output: 5, cacheWrite: 1.25 });
  expect(anthropic({ model: 'claude-haiku-4-5', request: { cache: '1h' } }).info.price).toMatchObject({
    cacheWrite: 2,
  });
  expect(anthropic({ model: 'claude-haiku-4-5', baseURL: 'http://127.0.0.1:9' }).info).toEqual({});
});

test('a list that is redirected takes no key elsewhere', async () => {
  const elsewhere = await startLoopback(() => ({ body: '{}' }));
  const moved = await startLoopback(() => ({
    status: 307,
    headers: { location: `${elsewhere.url}/v1/models` },
    body: '',
  }));
  servers.push(elsewhere, moved);
  await expect(listModels({ apiKey: 'sk-ant-planted-0123456789', baseURL: moved.url })).rejects.toMatchObject({
    code: 'invalid_config',
  });
  expect(elsewhere.requests).toEqual([]);
});
