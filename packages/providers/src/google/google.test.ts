import type { Message, Model, ModelEvent, ModelMessage, ModelRequest } from '@capstan/sdk/contract';
import { afterEach, expect, test } from 'vitest';
import { googleServer } from '../testing/google-server.ts';
import { type LoopbackServer, startLoopback } from '../testing/loopback.ts';
import type { ScriptedReply } from '../testing/scripted-reply.ts';
import { google, type GoogleOptions } from './google.ts';
import { listModels } from './list-models.ts';

const servers: LoopbackServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

interface Served {
  readonly model: Model;
  readonly server: LoopbackServer;
}

async function served(
  script: readonly ScriptedReply[],
  options: Partial<GoogleOptions> & { readonly ids?: boolean } = {},
): Promise<Served> {
  const { ids = true, ...rest } = options;
  const server = await googleServer(script, { ids });
  servers.push(server);
  return {
    server,
    model: google({ model: 'gemini-3-pro', apiKey: 'AIzaPlanted0123456789', baseURL: server.url, ...rest }),
  };
}

const hello: ModelRequest = { messages: [{ role: 'user', parts: [{ type: 'text', text: 'hello' }] }], tools: [] };

async function collect(model: Model, request: ModelRequest = hello): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, { signal: new AbortController().signal })) events.push(event);
  return events;
}

const closing = (events: readonly ModelEvent[]): ModelMessage => events.at(-1) as ModelMessage;
const bodyOf = (server: LoopbackServer, turn = 0) =>
  server.requests[turn]?.body as {
    readonly [field: string]: unknown;
    readonly contents: readonly { readonly role: string; readonly parts: readonly unknown[] }[];
  };

test('a request has address, version and key as Google takes them', async () => {
  const { model, server } = await served([
    { reasoning: 'Hm.', text: 'Grüße 🚀', usage: { inputTokens: 10, outputTokens: 8, reasoningTokens: 3 } },
  ]);
  const events = await collect(model, { ...hello, instructions: 'Be brief.', maxOutputTokens: 99, seed: 7 });
  expect(closing(events)).toMatchObject({
    stopReason: 'end',
    usage: { inputTokens: 10, outputTokens: 8, reasoningTokens: 3 },
  });
  expect(server.requests[0]).toMatchObject({
    path: '/v1/models/gemini-3-pro:streamGenerateContent?alt=sse',
    headers: { 'x-goog-api-key': 'AIzaPlanted0123456789', accept: 'text/event-stream', 'user-agent': 'capstan' },
    body: {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      generationConfig: { maxOutputTokens: 99, seed: 7, thinkingConfig: { includeThoughts: true } },
      contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
    },
  });
});

test.each([true, false])('calls (with ids: %s) go back signed, and their results in order', async (ids) => {
  const calls = [
    { tool: 'weather', input: { city: 'Zürich' } },
    { tool: 'weather', input: { city: 'Bern' } },
  ];
  const { model, server } = await served([{ reasoning: 'Two.', calls }, { text: 'Sunny.' }], { ids });
  const { message } = closing(await collect(model));
  const made = message.parts.flatMap((part) => (part.type === 'call' ? [part] : []));
  const results: Message[] = made.map(({ callId, tool }, index) => ({
    role: 'tool',
    callId,
    tool,
    parts: [{ type: 'text', text: `result ${index}` }],
    ...(index === 1 ? { failed: true as const } : {}),
  }));
  expect(
    closing(await collect(model, { ...hello, messages: [...hello.messages, message, ...results] })).stopReason,
  ).toBe('end');
  const [, back, responses] = bodyOf(server, 1).contents;
  const id = (index: number) => (ids ? { id: made[index]?.callId } : {});
  expect(back?.parts).toEqual([
    { text: 'Two.', thought: true },
    {
      functionCall: { ...id(0), name: 'weather', args: { city: 'Zürich' } },
      thoughtSignature: 'c2lnbmVkIGJ5IGxvb3BiYWNr',
    },
    { functionCall: { ...id(1), name: 'weather', args: { city: 'Bern' } } },
  ]);
  expect(responses?.parts).toEqual([
    { functionResponse: { ...id(0), name: 'weather', response: { output: 'result 0' } } },
    { functionResponse: { ...id(1), name: 'weather', response: { error: 'result 1' } } },
  ]);
});

test('a conversation begun with another vendor goes on: its calls pass unsigned, its lost results are told', async () => {
  const { model, server } = await served([{ text: 'I go on.' }]);
  const messages: Message[] = [
    ...hello.messages,
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'secret', provider: { vendor: 'anthropic', data: { signature: 'x' } } },
        { type: 'call', callId: 'toolu_1', tool: 'read', json: '{"a' },
      ],
    },
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'stop' },
        { type: 'image', mediaType: 'image/png', data: 'aW1n' },
        { type: 'file', mediaType: 'application/pdf', url: 'https://example.com/a.pdf' },
      ],
    },
  ];
  expect(closing(await collect(model, { ...hello, messages })).stopReason).toBe('end');
  expect(bodyOf(server).contents.slice(1)).toEqual([
    {
      role: 'model',
      parts: [
        {
          functionCall: { name: 'read', args: { broken_arguments: '{"a' } },
          thoughtSignature: 'skip_thought_signature_validator',
        },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { name: 'read', response: { error: 'The call was interrupted and has no result.' } } },
        { text: 'stop' },
        { inlineData: { mimeType: 'image/png', data: 'aW1n' } },
        { fileData: { mimeType: 'application/pdf', fileUri: 'https://example.com/a.pdf' } },
      ],
    },
  ]);
});

test('keywords that Gemini does not take are told once, with their tools', async () => {
  const told: string[] = [];
  const { model, server } = await served([{ text: 'ok' }], { request: { warn: (message) => told.push(message) } });
  const tool = (name: string, path: object) => ({
    name,
    description: name,
    inputSchema: { type: 'object', properties: { path } },
  });
  const tools = () => [
    tool('read', { type: 'string', minLength: 1 }),
    tool('write', { type: 'string', pattern: '^a' }),
    tool('count', { type: 'number', multipleOf: 2 }),
    { name: 'now', description: 'now', inputSchema: { type: 'object', properties: {} } },
  ];
  await collect(model, { ...hello, tools: tools() });
  await collect(model, { ...hello, tools: tools() });
  expect(told).toEqual([
    'google/gemini-3-pro does not take properties.path: pattern (the tool write); properties.path: multipleOf (the tool count). The model reads it as words; Capstan still checks it.',
  ]);
  const declared = (path: object, name: string) => ({
    name,
    description: name,
    parametersJsonSchema: { type: 'object', properties: { path } },
  });
  expect(bodyOf(server)['tools']).toEqual([
    {
      functionDeclarations: [
        declared({ type: 'string', description: '(minLength: 1)' }, 'read'),
        declared({ type: 'string', description: '(pattern: "^a")' }, 'write'),
        declared({ type: 'number', description: '(multipleOf: 2)' }, 'count'),
        { name: 'now', description: 'now' },
      ],
    },
  ]);
});

test('an answer of a schema is native, or the arguments of a function where tools forbid that', async () => {
  const output = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
  const tools = [{ name: 'now', description: 'Tells the time.', inputSchema: { type: 'object' } }];
  const native = await served([{ text: '{"n":1}' }]);
  expect(closing(await collect(native.model, { ...hello, output, tools })).message.parts[0]).toEqual({
    type: 'text',
    text: '{"n":1}',
  });
  expect(bodyOf(native.server)['generationConfig']).toMatchObject({
    responseMimeType: 'application/json',
    responseJsonSchema: output,
  });
  const byTool = await served([{ calls: [{ tool: 'final_answer', input: { n: 2 } }] }], { model: 'gemini-2.5-flash' });
  expect(closing(await collect(byTool.model, { ...hello, output, tools }))).toMatchObject({
    stopReason: 'end',
    message: { parts: [{ type: 'text', text: '{"n":2}' }] },
  });
  expect(bodyOf(byTool.server)['toolConfig']).toEqual({ functionCallingConfig: { mode: 'ANY' } });
});

test('a reply that met the limit of one request is continued by its token', async () => {
  const { model, server } = await served([{ text: 'ok' }]);
  const part = {
    type: 'reasoning' as const,
    text: '',
    provider: { vendor: 'google', data: { continuationToken: 'tok' } },
  };
  await collect(model, {
    ...hello,
    messages: [...hello.messages, { role: 'assistant', parts: [{ type: 'text', text: 'half' }, part] }],
  });
  expect(bodyOf(server)).toMatchObject({ continuationToken: 'tok', contents: [{ role: 'user' }] });
  expect(bodyOf(server).contents).toHaveLength(1);
});

test.each([
  [{ thinking: { budgetTokens: 5000 } }, 'gemini-2.5-flash', { includeThoughts: true, thinkingBudget: 999 }],
  [{ thinking: { level: 'low' } }, 'gemini-3-pro', { includeThoughts: true, thinkingLevel: 'LOW' }],
  [{ thinking: 'off' }, 'gemini-2.5-flash', { thinkingBudget: 0 }],
  [{ thinking: 'off' }, 'gemini-3-flash', { thinkingLevel: 'MINIMAL' }],
  [{}, 'gemini-2.0-flash', undefined],
  [{ thoughts: false }, 'gemini-3-pro', undefined],
] as const)('thinking %j of %s', async (request, model, config) => {
  const { model: one, server } = await served([{ text: 'ok' }], { model, request });
  await collect(one, { ...hello, maxOutputTokens: 1000 });
  expect((bodyOf(server)['generationConfig'] as { thinkingConfig?: unknown }).thinkingConfig).toEqual(config);
});

test('the models of a key are listed with their limits', async () => {
  const { server } = await served([{}]);
  expect(await listModels({ apiKey: 'AIzaPlanted0123456789', baseURL: `${server.url}/v1beta` })).toEqual([
    { id: 'google/gemini-loopback-1', info: { contextWindow: 1_048_576, maxOutputTokens: 65_536, reasoning: true } },
  ]);
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

test('a list that is redirected takes no key elsewhere', async () => {
  const elsewhere = await startLoopback(() => ({ body: '{}' }));
  const moved = await startLoopback(() => ({
    status: 307,
    headers: { location: `${elsewhere.url}/v1/models` },
    body: '',
  }));
  servers.push(elsewhere, moved);
  await expect(listModels({ apiKey: 'AIzaPlanted0123456789', baseURL: moved.url })).rejects.toMatchObject({
    code: 'invalid_config',
  });
  expect(elsewhere.requests).toEqual([]);
});
