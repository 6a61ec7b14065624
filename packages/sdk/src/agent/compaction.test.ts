import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import { CapstanError } from '../contract/errors.ts';
import type { Message } from '../contract/message.ts';
import type { ModelRequest } from '../contract/model.ts';
import { emptySession, foldEvents } from '../session/fold.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';

const read = defineTool({
  name: 'read',
  description: 'Reads a lot.',
  input: z.object({ chars: z.number() }),
  effects: [],
  execute: ({ chars }) => 'line\n'.repeat(chars / 5),
});

const isSummary = (request: ModelRequest) => request.instructions?.includes('memory of a working agent') === true;
const textOf = (message: Message | undefined) =>
  (message?.parts ?? []).map((part) => ('text' in part ? part.text : '')).join('');

/** Every result stands behind its call, and every call has its result but those of the last message. */
function expectWhole(messages: readonly Message[]): void {
  const open = new Set<string>();
  for (const message of messages) {
    if (message.role === 'tool') expect(open.delete(message.callId)).toBe(true);
    else expect([...open]).toEqual([]);
    if (message.role === 'assistant') for (const part of message.parts) if (part.type === 'call') open.add(part.callId);
  }
}

test('old outputs are trimmed before anything is summarised', async () => {
  const model = scriptedModel(
    (_, i) => (i < 8 ? { calls: [{ tool: 'read', input: { chars: 20_000 } }] } : { text: 'done' }),
    {
      info: { contextWindow: 40_000, maxOutputTokens: 4000 },
    },
  );
  const store = memoryStore();
  const run = createAgent({ model, tools: [read], store }).run('read a lot');
  const result = await run.result;
  expect(result.reason).toBe('done');
  expect(model.requests.some(isSummary)).toBe(false);
  const events = await store.read(result.sessionId);
  expect(events.filter((event) => event.type === 'context.compacted').every((event) => event.dropped === 0)).toBe(true);
  for (const { messages } of model.requests) expectWhole(messages);
});

test('old turns are summarised when trimming is not enough; the session folds to the same messages', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 10, maxLength: 40 }), async (sizes) => {
      const model = scriptedModel(
        (request, i) => {
          if (isSummary(request)) return { text: 'What was done so far.' };
          const chars = sizes[i];
          return chars === undefined
            ? { text: 'done' }
            : { text: 'words '.repeat(chars / 6), calls: [{ tool: 'read', input: { chars: 100 } }] };
        },
        { info: { contextWindow: 8000, maxOutputTokens: 1000 } },
      );
      const store = memoryStore();
      const { sessionId, reason } = await createAgent({ model, tools: [read], store }).run('the task').result;
      expect(reason).toBe('done');
      for (const request of model.requests) expectWhole(request.messages);
      const last = model.requests.findLast((request) => !isSummary(request));
      const { messages } = foldEvents(emptySession(), await store.read(sessionId));
      expect(messages.slice(0, last?.messages.length)).toEqual(last?.messages);
    }),
    { numRuns: 30 },
  );
});

test('a prompt keeps its prefix from turn to turn while nothing is compacted', async () => {
  const model = scriptedModel((_, i) =>
    i < 5 ? { calls: [{ tool: 'read', input: { chars: 10 } }] } : { text: 'done' },
  );
  await createAgent({ model, tools: [read], instructions: 'Be brief.' }).run('go').result;
  for (const [i, { messages, tools, instructions }] of model.requests.entries()) {
    const before = model.requests[i - 1];
    if (!before) continue;
    expect(JSON.stringify([instructions, tools, messages.slice(0, before.messages.length)])).toBe(
      JSON.stringify([before.instructions, before.tools, before.messages]),
    );
  }
});

test('a vendor that says the request is too long is asked again with less', async () => {
  let refused = false;
  const model = scriptedModel(({ messages }, i) => {
    if (i < 6) return { calls: [{ tool: 'read', input: { chars: 3000 } }] };
    if (!refused) {
      refused = true;
      return { error: new CapstanError('context_overflow', 'Too long.') };
    }
    return { text: `seen ${messages.length}` };
  });
  const result = await createAgent({ model, tools: [read] }).run('go').result;
  expect(result.reason).toBe('done');
});

test('a vendor that finds a request too long is believed, however large the window it tells', async () => {
  let refused = 0;
  const model = scriptedModel(
    ({ messages }, i) => {
      if (i < 6) return { calls: [{ tool: 'read', input: { chars: 3000 } }] };
      refused += 1;
      if (refused === 1) return { error: new CapstanError('context_overflow', 'Too long.') };
      return { text: `seen ${messages.length}` };
    },
    { info: { contextWindow: 1_000_000, maxOutputTokens: 4000 } },
  );
  const store = memoryStore();
  const { reason, sessionId } = await createAgent({ model, tools: [read], store }).run('go').result;
  expect(reason).toBe('done');
  const compacted = (await store.read(sessionId)).find((event) => event.type === 'context.compacted');
  expect(compacted?.tokensAfter).toBeLessThanOrEqual((compacted?.tokensBefore ?? 0) * 0.6);
});

test('a summary that fails does not end the run, and the to-do list survives it', async () => {
  const todo = defineTool({
    name: 'todo',
    description: 'Keeps a to-do list.',
    input: z.object({ items: z.array(z.string()) }),
    effects: [],
    execute: () => 'kept',
  });
  const model = scriptedModel(
    (request, i) => {
      if (isSummary(request)) return { error: new CapstanError('model_failed', 'No.') };
      if (i === 0) return { calls: [{ tool: 'todo', input: { items: ['paint the fence'] } }] };
      return i < 12
        ? { text: 'words '.repeat(600), calls: [{ tool: 'read', input: { chars: 10 } }] }
        : { text: 'done' };
    },
    { info: { contextWindow: 6000, maxOutputTokens: 500 } },
  );
  const result = await createAgent({ model, tools: [read, todo] }).run('my own words').result;
  expect(result.reason).toBe('done');
  const summarised = model.requests.find((request) => textOf(request.messages[0]).startsWith('This is a summary'));
  expect(textOf(summarised?.messages[0])).toContain('my own words');
  expect(textOf(summarised?.messages[0])).toContain('paint the fence');
  // However often it was summarised since, the list is there once, as it was written.
  const last = textOf(model.requests.findLast((request) => !isSummary(request))?.messages[0]);
  expect(last.match(/\{"items":\["paint the fence"\]\}$/)).not.toBeNull();
  expect(last.split('This is a summary')).toHaveLength(2);
});

test('images go first: while that makes room, old tool outputs stay whole', async () => {
  const look = defineTool({
    name: 'look',
    description: 'Gives a picture.',
    input: z.object({}),
    effects: [],
    execute: () => [{ type: 'image' as const, mediaType: 'image/png', data: 'AAAA' }],
  });
  const model = scriptedModel(
    (_, i) => {
      if (i === 0) return { calls: [{ tool: 'read', input: { chars: 900 } }], usage: 'none' };
      return i < 10 ? { calls: [{ tool: 'look', input: {} }], usage: 'none' } : { text: 'done', usage: 'none' };
    },
    { info: { contextWindow: 16_000, maxOutputTokens: 1000 } },
  );
  const store = memoryStore();
  const { sessionId } = await createAgent({ model, tools: [read, look], store }).run('go').result;
  const log = await store.read(sessionId);
  expect(log.find((event) => event.type === 'context.compacted')).toMatchObject({ imagesOnly: true, dropped: 0 });
  const { messages } = foldEvents(emptySession(), log);
  const results = messages.filter((message) => message.role === 'tool');
  expect(textOf(results[0])).toHaveLength(900);
  expect(textOf(results[1])).toContain('an image was left out');
  expect(model.requests.some(isSummary)).toBe(false);
});

test('a session is summed up when it is asked to be, and goes on from the summary', async () => {
  const model = scriptedModel((request) => {
    if (isSummary(request)) return { text: 'They spoke of herons.' };
    return { text: `Herons are birds. ${'words '.repeat(400)}` };
  });
  const agent = createAgent({ model, store: memoryStore() });
  const session = agent.session('talk');
  for (const words of ['one', 'two', 'three', 'four', 'five']) await session.run(words).result;
  const { reason, usage } = await session.compact().result;
  expect(reason).toBe('done');
  expect(usage.inputTokens).toBeGreaterThan(0);
  const events = await session.events();
  const compacted = events.find((event) => event.type === 'context.compacted');
  expect(compacted).toMatchObject({ summary: expect.stringContaining('They spoke of herons.') });
  expect(compacted?.tokensAfter).toBeLessThan(compacted?.tokensBefore ?? 0);
  expect(events.findLast((event) => event.type === 'run.started')).toMatchObject({ compacts: true });
  await session.run('and now?').result;
  const sent = model.requests.at(-1);
  expect(sent?.messages.map(textOf).join('\n')).toContain('They spoke of herons.');
  expect(sent?.messages.map(textOf)).not.toContain('one');
});

test('a call that was left open has its result before the session is summed up', async () => {
  const held = defineTool({
    name: 'held',
    description: 'Asks first.',
    input: z.object({}),
    effects: [{ kind: 'unknown', note: 'anything' }],
    execute: () => 'never',
  });
  const model = scriptedModel((request) =>
    isSummary(request) ? { text: 'Summed up.' } : { calls: [{ tool: 'held', input: {} }] },
  );
  const session = createAgent({ model, tools: [held], store: memoryStore() }).session('talk');
  expect((await session.run('go').result).reason).toBe('approval');
  expect((await session.compact().result).reason).toBe('done');
  expectWhole(await session.messages());
});

test('an empty session cannot be summed up', async () => {
  const agent = createAgent({ model: scriptedModel([{ text: 'x' }]), store: memoryStore() });
  expect((await agent.session('none').compact().result).error).toMatchObject({ code: 'not_found' });
});
