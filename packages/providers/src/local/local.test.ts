import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelEvent, ModelMessage, ModelRequest } from '@capstan/sdk/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyGguf } from '../testing/tiny-gguf.ts';
import { grammarSchema } from './grammar.ts';
import { historyOf } from './history.ts';
import { local, type LocalModel } from './local.ts';
import { openReply } from './reply.ts';

let folder = '';
let model: LocalModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-gguf-'));
  await writeTinyGguf(join(folder, 'tiny.gguf'));
  // Threads that wait for each other are slow on a machine that has other work.
  model = local({ model: join(folder, 'tiny.gguf'), contextTokens: 1024, hardware: { gpu: false, threads: 1 } });
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (text: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [{ role: 'user', parts: [{ type: 'text', text }] }],
  tools: [],
  seed: 1,
  ...more,
});

async function collect(
  request: ModelRequest,
  signal = new AbortController().signal,
  one: LocalModel = model,
): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of one.stream(request, { signal })) events.push(event);
  return events;
}

const closing = (events: readonly ModelEvent[]): ModelMessage => events.at(-1) as ModelMessage;
const textOf = (events: readonly ModelEvent[]): string =>
  events.flatMap((event) => (event.type === 'text.delta' ? [event.text] : [])).join('');

test('a GGUF file speaks in this process, token by token, and counts what it read and wrote', async () => {
  const events = await collect(ask('Grüezi', { instructions: 'Be brief.', maxOutputTokens: 20 }));
  expect(events.length).toBeGreaterThan(3);
  const { message, stopReason, usage } = closing(events);
  expect(message.parts).toEqual([{ type: 'text', text: textOf(events) }]);
  expect(stopReason).toBe('length');
  expect(usage).toMatchObject({ outputTokens: 20, cachedInputTokens: 0 });
  expect(usage?.inputTokens).toBeGreaterThan(20);
  expect(model.info).toMatchObject({ local: true, price: { input: 0, output: 0 }, contextWindow: 1024 });
});

test.each([1, 2, 3])('an answer of a schema fits it, whatever the model would rather say (seed %i)', async (seed) => {
  const output = {
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 6 },
      kind: { enum: ['file', 'folder'] },
      tags: { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 3 },
      owner: { anyOf: [{ type: 'null' }, { const: 'me' }] },
    },
    required: ['name', 'kind', 'tags', 'owner'],
    additionalProperties: false,
  };
  const events = await collect(ask('Describe it.', { output, seed, maxOutputTokens: 400 }));
  const answer = JSON.parse(textOf(events)) as { name: string; kind: string; tags: boolean[]; owner: unknown };
  expect(closing(events).stopReason).toBe('end');
  expect([...answer.name].length).toBeLessThanOrEqual(6);
  expect(['file', 'folder']).toContain(answer.kind);
  expect(
    answer.tags.length >= 1 && answer.tags.length <= 3 && answer.tags.every((tag) => typeof tag === 'boolean'),
  ).toBe(true);
  expect([null, 'me']).toContain(answer.owner);
});

test('calls of the same time take turns, and a prompt that begins alike is read once', async () => {
  const [first, second] = await Promise.all([
    collect(ask('one', { maxOutputTokens: 5 })),
    collect(ask('one', { maxOutputTokens: 5 })),
  ]);
  expect([closing(first), closing(second)].map(({ stopReason }) => stopReason)).toEqual(['length', 'length']);
  expect(closing(second).usage?.cachedInputTokens).toBeGreaterThan(10);
});

test('tools are offered, and a conversation with calls and results is read', async () => {
  const tools = [
    { name: 'read', description: 'Reads.', inputSchema: { type: 'object', properties: { path: { type: 'string' } } } },
  ];
  const request = ask('go', { tools, maxOutputTokens: 8 });
  const call = { type: 'call' as const, callId: 'c1', tool: 'read', json: '{"path":"a"}' };
  const messages = [
    ...request.messages,
    { role: 'assistant' as const, parts: [call] },
    { role: 'tool' as const, callId: 'c1', tool: 'read', parts: [{ type: 'text' as const, text: 'content' }] },
  ];
  expect(closing(await collect({ ...request, messages })).stopReason).toBe('length');
});

test('an abort ends the reply at once, and the next one begins clean', async () => {
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _ of model.stream(ask('talk'), { signal: controller.signal })) controller.abort();
  })();
  await expect(reading).rejects.toMatchObject({
    code: 'aborted',
    details: { usage: { outputTokens: expect.any(Number) as number } },
  });
  for await (const _ of model.stream(ask('talk'), { signal: new AbortController().signal })) break;
  expect(closing(await collect(ask('again', { maxOutputTokens: 3 }))).usage?.outputTokens).toBe(3);
});

test('a prompt longer than the context is an overflow', async () => {
  await expect(collect(ask('word '.repeat(2000)))).rejects.toMatchObject({ code: 'context_overflow' });
});

test('a file that is not there is not found', async () => {
  await expect(collect(ask('hi'), undefined, local({ model: join(folder, 'none.gguf') }))).rejects.toMatchObject({
    code: 'not_found',
  });
});

test.each([
  ['a web page', () => Buffer.from('<!doctype html>')],
  ['nonsense behind the right magic', () => Buffer.from('GGUF nonsense')],
  ['half a model', async () => (await readFile(join(folder, 'tiny.gguf'))).subarray(0, 70_000)],
])('%s is no model', async (_, content) => {
  await writeFile(join(folder, 'broken.gguf'), await content());
  await expect(
    collect(ask('hi'), undefined, local({ model: join(folder, 'broken.gguf'), hardware: { gpu: false } })),
  ).rejects.toMatchObject({ code: 'model_failed', details: { retryable: false } });
});

test('the arguments of calls stream, and join to what the engine parsed', () => {
  const events: ModelEvent[] = [];
  let ids = 0;
  const reply = openReply(
    (event) => events.push(event),
    () => `c${++ids}`,
  );
  reply.onResponseChunk({ type: 'segment', text: 'hm' });
  reply.onResponseChunk({ type: undefined, text: 'I read.' });
  for (const paramsChunk of ['{"pa', 'th":"a"}'])
    reply.onFunctionCallParamsChunk({ callIndex: 0, functionName: 'read', paramsChunk, done: false });
  const closed = reply.close({
    functionCalls: [{ functionName: 'read', params: { path: 'a' }, raw: ['x'] }, { functionName: 'now' }],
    metadata: { stopReason: 'functionCalls' },
  });
  expect(closed).toEqual({
    stopReason: 'tools',
    parts: [
      { type: 'reasoning', text: 'hm', provider: { vendor: 'local', data: {} } },
      { type: 'text', text: 'I read.' },
      {
        type: 'call',
        callId: 'c1',
        tool: 'read',
        json: '{"path":"a"}',
        provider: { vendor: 'local', data: { raw: ['x'] } },
      },
      { type: 'call', callId: 'c2', tool: 'now', json: '{}' },
    ],
  });
  expect(events.filter((event) => event.type === 'tool.delta').map(({ callId, json }) => [callId, json])).toEqual([
    ['c1', '{"pa'],
    ['c1', 'th":"a"}'],
    ['c2', '{}'],
  ]);
});

test('what a model says, calls and reads until the user speaks is one reply of the history', () => {
  const history = historyOf({
    instructions: 'Be brief.',
    tools: [],
    messages: [
      { role: 'user', parts: [{ type: 'text', text: 'go' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'text', text: 'I read.' },
          {
            type: 'call',
            callId: 'c1',
            tool: 'read',
            json: '{"a":1}',
            provider: { vendor: 'local', data: { raw: ['x'] } },
          },
        ],
      },
      { role: 'tool', callId: 'c1', tool: 'read', failed: true, parts: [{ type: 'text', text: 'no such file' }] },
      { role: 'assistant', parts: [{ type: 'text', text: 'It is gone.' }] },
      { role: 'user', parts: [{ type: 'image', mediaType: 'image/png', data: 'aW1n' }] },
    ],
  });
  expect(history).toEqual([
    { type: 'system', text: 'Be brief.' },
    { type: 'user', text: 'go' },
    {
      type: 'model',
      response: [
        'I read.',
        { type: 'functionCall', name: 'read', params: { a: 1 }, result: 'Error: no such file', rawCall: ['x'] },
        'It is gone.',
      ],
    },
    { type: 'user', text: '[An image of type image/png is left out: this model reads text.]' },
    { type: 'model', response: [] },
  ]);
});

test('a schema becomes one that grammars take', () => {
  expect(
    grammarSchema({
      type: 'object',
      definitions: { n: { type: ['integer', 'null'], minimum: 3 } },
      properties: {
        n: { $ref: '#/definitions/n' },
        any: {},
        when: { type: 'string', format: 'date' },
        list: { type: ['array', 'null'], items: { const: 1 } },
      },
    }),
  ).toEqual({
    type: 'object',
    $defs: { n: { type: ['integer', 'null'] } },
    properties: {
      n: { $ref: '#/$defs/n' },
      any: { type: 'object', additionalProperties: true },
      when: { type: 'string', format: 'date' },
      list: { oneOf: [{ type: 'array', items: { const: 1 } }, { type: 'null' }] },
    },
  });
});
