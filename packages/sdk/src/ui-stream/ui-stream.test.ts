import { DefaultChatTransport, readUIMessageStream, validateUIMessages } from 'ai';
import type { UIMessage, UIMessageChunk } from 'ai';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import { CapstanError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/event.ts';
import type { ModelEvent } from '../contract/model.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { readUIRequest } from './read-ui-request.ts';
import { toUIMessageResponse, toUIMessageStream } from './to-ui-message-stream.ts';
import { toUIMessages } from './to-ui-messages.ts';
import type { UIChunk } from './ui-chunk.ts';
import type { UIMessage as OurMessage } from './ui-message.ts';

const echo = defineTool({
  name: 'echo',
  description: 'Says it back.',
  input: z.object({ words: z.string() }),
  effects: [],
  execute: ({ words }, { progress }) => {
    progress('thinking');
    return `echo: ${words}`;
  },
});
const touch = defineTool({
  name: 'touch',
  description: 'Touches a file.',
  input: z.object({}),
  effects: [{ kind: 'write', path: '/a' }],
  execute: () => 'touched',
});
const fail = defineTool({
  name: 'fail',
  description: 'Fails.',
  input: z.object({}),
  effects: [],
  execute: () => {
    throw new Error('no luck');
  },
});

/** Reads a run as the AI SDK does, over its own wire format, and gives the message it ends up with. */
async function readWithAiSdk(response: Response, message?: UIMessage): Promise<UIMessage> {
  const transport = new DefaultChatTransport({ fetch: async () => response });
  const stream = await transport.sendMessages({
    trigger: 'submit-message',
    chatId: 'c',
    messageId: undefined,
    messages: [],
    abortSignal: undefined,
  });
  let last: UIMessage | undefined;
  const options = message ? { message: structuredClone(message), stream } : { stream };
  for await (const each of readUIMessageStream({ ...options, terminateOnError: false })) last = each;
  if (!last) throw new Error('no message came');
  return structuredClone(last);
}

/** What of a message is ours to give: the AI SDK adds states and absent fields of its own. */
function bare({ parts }: UIMessage | OurMessage): unknown[] {
  const text = JSON.stringify(parts, (key, value: unknown) => (key === 'providerMetadata' ? undefined : value));
  return (JSON.parse(text) as Record<string, unknown>[]).map(
    ({ type, text: words, state, input, output, errorText, approval, data }) =>
      type === 'text' || type === 'reasoning'
        ? { type, text: words }
        : { type, ...(state === undefined ? {} : { state }), input, output, errorText, approval, data },
  );
}

async function chunksOf(run: AsyncIterable<RunEvent>): Promise<UIChunk[]> {
  return Array.fromAsync(toUIMessageStream(run));
}

test('our chunks and messages are those of the package ai', () => {
  expectTypeOf<UIChunk>().toExtend<UIMessageChunk>();
  expectTypeOf<OurMessage>().toExtend<UIMessage>();
});

test('text, reasoning, a tool call with its streamed arguments, usage: as the AI SDK reads them', async () => {
  const model = scriptedModel([
    {
      reasoning: 'Hm. Well.',
      text: 'Let me see.',
      chunkChars: 3,
      calls: [{ tool: 'echo', input: { words: 'Grüße 😀' } }],
    },
    { text: 'Done, it said so.', chunkChars: 2 },
  ]);
  const run = createAgent({ model, tools: [echo] }).run('go');
  const response = toUIMessageResponse(run);
  expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
  const message = await readWithAiSdk(response);
  expect(bare(message)).toEqual([
    { type: 'step-start' },
    { type: 'reasoning', text: 'Hm. Well.' },
    { type: 'text', text: 'Let me see.' },
    { type: 'tool-echo', state: 'output-available', input: { words: 'Grüße 😀' }, output: 'echo: Grüße 😀' },
    { type: 'step-start' },
    { type: 'text', text: 'Done, it said so.' },
  ]);
  const { usage, runId, sessionId } = await run.result;
  expect(message.id).toBe(run.id);
  expect(message.metadata).toEqual({ runId, sessionId, reason: 'done', usage, turns: 2, costUsd: 0 });
  const types = (await chunksOf(run)).map(({ type }) => type);
  expect(types.slice(0, 3)).toEqual(['start', 'start-step', 'reasoning-start']);
  expect(types).toContain('tool-input-start');
  expect(types).toContain('tool-input-delta');
  expect(types.at(-1)).toBe('finish');
});

test('a message built from the log alone is the one that was streamed, and the AI SDK takes it', async () => {
  const store = memoryStore();
  const model = scriptedModel([
    {
      text: 'First.',
      chunkChars: 2,
      calls: [
        { tool: 'echo', input: { words: 'a' } },
        { tool: 'fail', input: {} },
      ],
    },
    { reasoning: 'So.', text: 'Second.' },
  ]);
  const agent = createAgent({ model, tools: [echo, fail], store });
  const run = agent.run([
    { type: 'text', text: 'look' },
    { type: 'image', mediaType: 'image/png', data: 'AAAA' },
  ]);
  const streamed = await readWithAiSdk(toUIMessageResponse(run));
  const [said, answered, ...more] = toUIMessages(await agent.session(run.sessionId).events());
  expect(more).toEqual([]);
  expect(said).toEqual({
    id: `${run.id}.user`,
    role: 'user',
    parts: [
      { type: 'text', text: 'look' },
      { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' },
    ],
  });
  expect(bare(answered as OurMessage)).toEqual(bare(streamed));
  expect(answered).toMatchObject({ id: streamed.id, metadata: streamed.metadata });
  const messages: unknown = JSON.parse(JSON.stringify([said, answered]));
  await expect(validateUIMessages({ messages })).resolves.toHaveLength(2);
});

test('a failed call is an output error, and a failed run an error after its metadata', async () => {
  const model = scriptedModel([
    { calls: [{ tool: 'fail', input: {} }] },
    { error: new CapstanError('auth_refused', 'The key was refused. Set another.') },
  ]);
  const run = createAgent({ model, tools: [fail] }).run('go');
  const chunks = await chunksOf(run);
  expect(chunks).toContainEqual({
    type: 'tool-output-error',
    toolCallId: 'call-0-0',
    errorText: expect.stringContaining('no luck'),
  });
  expect(chunks.slice(-3)).toEqual([
    { type: 'message-metadata', messageMetadata: expect.objectContaining({ reason: 'failed' }) },
    { type: 'error', errorText: 'The key was refused. Set another.' },
    { type: 'finish', finishReason: 'error', messageMetadata: expect.objectContaining({ reason: 'failed' }) },
  ]);
});

test('a stop is an abort with its reason, and what was said stays', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'thinking', hang: true }]) }).run('go');
  run.on('text.delta', () => void run.stop('enough'));
  const message = await readWithAiSdk(toUIMessageResponse(run));
  expect(bare(message)).toEqual([{ type: 'step-start' }, { type: 'text', text: 'thinking' }]);
  expect(message.metadata).toMatchObject({ reason: 'stopped' });
  expect((await chunksOf(run)).slice(-2)).toMatchObject([
    { type: 'abort', reason: 'enough' },
    { type: 'finish', finishReason: 'interrupted' },
  ]);
});

test('a reply that is begun again takes back what was shown of it', async () => {
  let attempt = 0;
  const lost = new CapstanError('model_failed', 'lost', { retryable: true, resumable: true });
  const model = {
    id: 'flaky/model',
    info: { tools: true, local: true, price: { input: 0, output: 0 } },
    async *stream(): AsyncGenerator<ModelEvent> {
      yield { type: 'text.delta', text: attempt === 0 ? 'Wrong sta' : 'Right.' };
      if (attempt++ === 0) throw lost;
      yield {
        type: 'message',
        message: { role: 'assistant', parts: [{ type: 'text', text: 'Right.' }] },
        stopReason: 'end',
      };
    },
  } as const;
  const run = createAgent({ model }).run('go');
  expect(bare(await readWithAiSdk(toUIMessageResponse(run)))).toEqual([
    { type: 'step-start' },
    { type: 'text', text: 'Right.' },
  ]);
});

test('live output of tools and our own events come as data', async () => {
  const model = scriptedModel([{ calls: [{ tool: 'echo', input: { words: 'a' } }] }, { text: 'ok' }]);
  const run = createAgent({ model, tools: [echo], budget: { turns: 2 } }).run('go');
  const chunks = await chunksOf(run);
  expect(chunks).toContainEqual(
    expect.objectContaining({
      type: 'data-tool-progress',
      transient: true,
      data: expect.objectContaining({ text: 'thinking', callId: 'call-0-0' }),
    }),
  );
  expect(chunks).toContainEqual(
    expect.objectContaining({ type: 'data-budget-warned', data: expect.objectContaining({ limit: 'turns' }) }),
  );
});

test('a message steered into the run stands in the answer where the model read it', async () => {
  const said = Promise.withResolvers<void>();
  const slow = defineTool({
    name: 'slow',
    description: 'Takes its time.',
    input: z.object({}),
    effects: [],
    execute: () => said.promise.then(() => 'slow'),
  });
  const run = createAgent({
    model: scriptedModel([{ calls: [{ tool: 'slow', input: {} }] }, { text: 'ok' }]),
    tools: [slow],
  }).run('go');
  run.on('tool.started', () => {
    run.steer('hurry');
    said.resolve();
  });
  expect((await readWithAiSdk(toUIMessageResponse(run))).parts).toContainEqual({
    type: 'steering-message',
    id: expect.stringContaining(run.id),
    parts: [{ type: 'text', text: 'hurry' }],
  });
});

describe('approvals', () => {
  const script = [{ text: 'May I?', calls: [{ tool: 'touch', input: {} }] }, { text: 'Thanks.' }];

  test('are asked with what the person is shown, answered by useChat, and the answer goes on with the message', async () => {
    const agent = createAgent({ model: scriptedModel(script), tools: [touch] });
    const run = agent.run('go');
    const asked = await readWithAiSdk(toUIMessageResponse(run));
    const id = `${run.id}:call-0-0`;
    expect(asked.parts.at(-1)).toMatchObject({
      state: 'approval-requested',
      approval: { id, descriptor: { approvals: 1 } },
    });
    expect(asked.metadata).toMatchObject({ reason: 'approval' });
    const history = await agent.session(run.sessionId).events();
    expect(bare(toUIMessages(history)[1] as OurMessage)).toEqual(bare(asked));

    const answered = structuredClone(asked);
    Object.assign(answered.parts.at(-1) ?? {}, { state: 'approval-responded', approval: { id, approved: true } });
    const body: unknown = JSON.parse(JSON.stringify({ id: run.sessionId, messages: [answered] }));
    expect(readUIRequest(body)).toEqual({
      chatId: run.sessionId,
      approvals: [{ runId: run.id, callId: 'call-0-0', approved: true }],
    });
    const resumed = agent.resume(run.id, { answers: { 'call-0-0': { verdict: 'approved', by: 'ann' } } });
    const whole = await readWithAiSdk(toUIMessageResponse(resumed, { history, replay: false }), answered);
    expect(whole.id).toBe(asked.id);
    expect(whole.parts.find(({ type }) => type === 'tool-touch')).toMatchObject({
      state: 'output-available',
      output: 'touched',
    });
    expect(whole.parts.at(-1)).toMatchObject({ type: 'text', text: 'Thanks.' });

    const anew = await readWithAiSdk(toUIMessageResponse(resumed, { history }));
    expect(bare(anew).map((part) => (part as UIChunk).type)).toEqual(bare(whole).map((part) => (part as UIChunk).type));
    const [, kept] = toUIMessages(await agent.session(run.sessionId).events());
    expect(bare(kept as OurMessage)).toEqual(bare(anew));
  });

  test('that are denied leave the call denied', async () => {
    const agent = createAgent({ model: scriptedModel(script), tools: [touch] });
    const run = agent.run('go');
    const asked = await readWithAiSdk(toUIMessageResponse(run));
    const history = await agent.session(run.sessionId).events();
    const resumed = agent.resume(run.id, { answers: { 'call-0-0': { verdict: 'denied', by: 'ann', reason: 'no' } } });
    const whole = await readWithAiSdk(toUIMessageResponse(resumed, { history, replay: false }), asked);
    expect(whole.parts.find(({ type }) => type === 'tool-touch')).toMatchObject({
      state: 'output-denied',
      approval: { approved: false, reason: 'no' },
    });
  });

  test('of a sub-agent are asked at the call of the sub-agent', async () => {
    const child = createAgent({
      model: scriptedModel([{ calls: [{ tool: 'touch', input: {} }] }, { text: 'did' }]),
      tools: [touch],
    });
    const agent = createAgent({
      model: scriptedModel([{ calls: [{ tool: 'helper', input: { task: 'touch it' } }] }, { text: 'All done.' }]),
      tools: [child.asTool({ name: 'helper', description: 'Helps.' })],
    });
    const run = agent.run('go');
    const asked = await readWithAiSdk(toUIMessageResponse(run));
    const part = asked.parts.at(-1);
    expect(part).toMatchObject({ type: 'tool-helper', state: 'approval-requested' });
    const id = part && 'approval' in part ? (part.approval?.id ?? '') : '';
    expect(id.startsWith(`${run.id}:`)).toBe(true);
    const callId = id.slice(run.id.length + 1);
    const history = await agent.session(run.sessionId).events();
    const resumed = agent.resume(run.id, { answers: { [callId]: { verdict: 'approved', by: 'ann' } } });
    const whole = await readWithAiSdk(toUIMessageResponse(resumed, { history, replay: false }), asked);
    expect(whole.parts.at(-1)).toMatchObject({ type: 'text', text: 'All done.' });
  });
});

test('whatever the pieces a reader is given the deltas in, the message is the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (words, chunkChars) => {
        const model = scriptedModel([
          { reasoning: words, text: `>${words}`, chunkChars, calls: [{ tool: 'echo', input: { words } }] },
          { text: 'ok' },
        ]);
        const agent = createAgent({ model, tools: [echo] });
        const run = agent.run('go');
        const live = await readWithAiSdk(toUIMessageResponse(run));
        const late = await readWithAiSdk(toUIMessageResponse(run));
        const [, kept] = toUIMessages(await agent.session(run.sessionId).events());
        expect(bare(late)).toEqual(bare(live));
        expect(bare(kept as OurMessage)).toEqual(bare(live));
      },
    ),
    { numRuns: 40 },
  );
});

test('a reader that goes away detaches itself only, also while it waits', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'x', hang: true }]) }).run('go');
  const reader = toUIMessageResponse(run, { heartbeatMs: 5 }).body!.getReader();
  let text = '';
  while (!text.includes(': still here\n\n')) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  expect(await run.stop()).toMatchObject({ reason: 'stopped' });
});

describe('what useChat posts', () => {
  const post = (parts: unknown, role = 'user') => readUIRequest({ id: 'c', messages: [{ id: 'm', role, parts }] });

  test('becomes the input of a run, with files as bytes or addresses', () => {
    const parts = [
      { type: 'text', text: 'look' },
      { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' },
      { type: 'file', mediaType: 'application/pdf', url: 'https://x.example/a.pdf', filename: 'a.pdf' },
      { type: 'file', mediaType: 'text/plain', url: 'data:,gr%C3%BC%C3%9Fe', filename: 'a.txt' },
    ];
    expect(post(parts).input).toEqual([
      { type: 'text', text: 'look' },
      { type: 'image', mediaType: 'image/png', data: 'AAAA' },
      { type: 'file', mediaType: 'application/pdf', name: 'a.pdf', url: 'https://x.example/a.pdf' },
      { type: 'file', mediaType: 'text/plain', name: 'a.txt', data: Buffer.from('grüße').toString('base64') },
    ]);
  });

  test('that is anything else is refused, and nothing but the last message counts', () => {
    for (const body of [
      undefined,
      7,
      {},
      { id: 'c' },
      { id: 'c', messages: [] },
      { id: '', messages: [{ role: 'user', parts: [] }] },
    ])
      expect(() => readUIRequest(body)).toThrow(CapstanError);
    expect(() => post([{ type: 'file', mediaType: 'text/plain', url: 'file:///etc/passwd' }])).toThrow('part 1');
    expect(() => post([{ type: 'text', text: 'x' }], 'system')).toThrow('user');
    expect(
      post([{ type: 'tool-x', state: 'approval-responded', approval: { id: 'nocolon', approved: true } }], 'assistant')
        .approvals,
    ).toEqual([]);
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        try {
          readUIRequest(body);
        } catch (error) {
          expect(error).toBeInstanceOf(CapstanError);
        }
      }),
    );
  });
});
