import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../contract/define-tool.ts';
import type { Tool } from '../contract/tool.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { add, gate, eventsOf, results, textOf } from './__fixtures__/scene.ts';

test('calls of one turn run side by side and their results come in call order', async () => {
  const gates = gate();
  const names = ['a', 'b', 'c'];
  const model = scriptedModel([{ calls: names.map((name) => ({ tool: 'gate', input: { name } })) }, { text: 'done' }]);
  const run = createAgent({ model, tools: [gates.tool] }).run('go');
  let begun = 0;
  run.on('tool.started', () => {
    if (++begun < 3) return;
    queueMicrotask(() => setImmediate(() => ['c', 'a', 'b'].forEach((name) => gates.open(name))));
  });
  await run.result;
  expect(results(model.requests[1]).map(textOf)).toEqual(['a opened', 'b opened', 'c opened']);
});

test('at most eight calls run at once', async () => {
  let now = 0;
  let most = 0;
  const busy = defineTool({
    name: 'busy',
    description: 'Is busy for a moment.',
    input: z.object({}),
    effects: [],
    async execute() {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
      return 'ok';
    },
  });
  const model = scriptedModel([{ calls: Array.from({ length: 30 }, () => ({ tool: 'busy' })) }, { text: 'done' }]);
  await createAgent({ model, tools: [busy] }).run('go').result;
  expect(most).toBe(8);
  expect(results(model.requests[1])).toHaveLength(30);
});

test('the store holds tool.started before the tool runs', async () => {
  const store = memoryStore();
  let kept: string[] = [];
  const look = defineTool({
    name: 'look',
    description: 'Looks at the store.',
    input: z.object({}),
    effects: [],
    async execute(_, { sessionId }) {
      kept = (await store.read(sessionId)).map((event) => event.type);
      return 'ok';
    },
  });
  const model = scriptedModel([{ calls: [{ tool: 'look' }] }, { text: 'done' }]);
  await createAgent({ model, tools: [look], store }).run('go').result;
  expect(kept.at(-1)).toBe('tool.started');
});

test.each([
  ['an unknown tool', { tool: 'ad', input: {} }, 'There is no tool "ad". The tools are: add.'],
  ['arguments of the wrong type', { tool: 'add', input: { a: '1', b: 2 } }, 'a: '],
  ['a missing argument', { tool: 'add', input: { a: 1 } }, 'b: '],
  ['arguments that are no object', { tool: 'add', json: '[1, 2]' }, 'must be a JSON object'],
  ['arguments that end inside a string', { tool: 'add', json: '{"a": "1' }, 'end inside the string'],
])('%s goes back to the model with what is wrong', async (_, call, expected) => {
  const model = scriptedModel([{ calls: [call] }, { text: 'sorry' }]);
  const result = await createAgent({ model, tools: [add] }).run('go').result;
  expect(result.reason).toBe('done');
  const [message] = results(model.requests[1]);
  expect(message?.failed).toBe(true);
  expect(textOf(message)).toContain(expected);
});

test('a tool that throws gives its words to the model', async () => {
  const broken = defineTool({
    name: 'broken',
    description: 'Fails.',
    input: z.object({}),
    effects: [],
    execute() {
      throw new Error('the disk is on fire');
    },
  });
  const model = scriptedModel([{ calls: [{ tool: 'broken' }] }, { text: 'oh' }]);
  const run = createAgent({ model, tools: [broken] }).run('go');
  const events = await eventsOf(run);
  expect(textOf(results(model.requests[1])[0])).toBe('the disk is on fire');
  expect(events.find((event) => event.type === 'tool.ended')).toMatchObject({ failed: true });
});

test('a tool that outlives its time is stopped and the run goes on', async () => {
  let aborted = false;
  const slow = defineTool({
    name: 'slow',
    description: 'Never ends.',
    input: z.object({}),
    effects: [],
    timeoutMs: 10,
    execute: (_, { signal }) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise<string>(() => {});
    },
  });
  const model = scriptedModel([{ calls: [{ tool: 'slow' }] }, { text: 'done' }]);
  expect((await createAgent({ model, tools: [slow] }).run('go').result).reason).toBe('done');
  expect(aborted).toBe(true);
  expect(textOf(results(model.requests[1])[0])).toContain('did not end within 10 ms');
});

test('progress of a tool reaches readers while it runs', async () => {
  const talk = defineTool({
    name: 'talk',
    description: 'Talks while it works.',
    input: z.object({}),
    effects: [],
    execute(_, { progress }) {
      progress('half');
      return 'whole';
    },
  });
  const model = scriptedModel([{ calls: [{ tool: 'talk' }] }, { text: 'done' }]);
  const types = (await eventsOf(createAgent({ model, tools: [talk] }).run('go'))).map((event) => event.type);
  expect(types.indexOf('tool.progress')).toBeGreaterThan(types.indexOf('tool.started'));
  expect(types.indexOf('tool.progress')).toBeLessThan(types.indexOf('tool.ended'));
});

test('an output that is too long is cut, and read_output gives the rest', async () => {
  const long = Array.from({ length: 20_000 }, (_, i) => `line ${i}`).join('\n');
  const print = defineTool({
    name: 'print',
    description: 'Prints a lot.',
    input: z.object({}),
    effects: [],
    execute: () => long,
  });
  const model = scriptedModel((request, index) => {
    if (index === 0) return { calls: [{ tool: 'print' }] };
    const [first] = results(request);
    const found = /read_output, id "(\w+)", offset (\d+)/.exec(textOf(first));
    if (index === 1) return { calls: [{ tool: 'read_output', input: { id: found![1]!, offset: Number(found![2]) } }] };
    return { text: 'done' };
  });
  await createAgent({ model, tools: [print] }).run('go').result;
  const [cut, rest] = results(model.requests[2]);
  expect(Buffer.byteLength(textOf(cut))).toBeLessThan(34_000);
  const head = textOf(cut).split('\n[')[0]!;
  expect(long.startsWith(head)).toBe(true);
  expect(textOf(rest).startsWith(long.slice(head.length, head.length + 1000))).toBe(true);
  expect(model.requests[0]?.tools.map((tool) => tool.name)).toEqual(['print']);
  expect(model.requests[1]?.tools.map((tool) => tool.name)).toEqual(['print', 'read_output']);
});

test('plain JSON Schema tools are checked too', async () => {
  const plain: Tool<never> = defineTool({
    name: 'plain',
    description: 'Takes a word.',
    input: { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] },
    effects: [],
    execute: ({ word }) => String(word),
  });
  const model = scriptedModel([
    { calls: [{ tool: 'plain', input: { word: 1 } }] },
    { calls: [{ tool: 'plain', input: { word: 'a' } }] },
    { text: '' },
  ]);
  await createAgent({ model, tools: [plain] }).run('go').result;
  expect(textOf(results(model.requests[1])[0])).toContain('word: ');
  expect(textOf(results(model.requests[2])[1])).toBe('a');
});

test('calls that a model gave one id each get their own result', async () => {
  const calls = [1, 2, 3].map((a) => ({ tool: 'add', input: { a, b: 0 }, id: 'same' }));
  const model = scriptedModel([{ calls }, { text: 'done' }]);
  await createAgent({ model, tools: [add] }).run('go').result;
  expect(results(model.requests[1]).map((message) => [message.callId, textOf(message)])).toEqual([
    ['same', '1'],
    ['same-2', '2'],
    ['same-3', '3'],
  ]);
});

test('a call whose id an earlier turn used gets an id of its own, also after a resume', async () => {
  const model = scriptedModel(({ messages }) =>
    messages.length < 6 ? { calls: [{ tool: 'add', input: { a: messages.length, b: 0 }, id: 'c' }] } : { text: 'done' },
  );
  const agent = createAgent({ model, tools: [add], budget: { turns: 2 } });
  const cut = await agent.run('go').result;
  expect(cut).toMatchObject({ reason: 'budget', limit: 'turns' });
  expect((await agent.resume(cut.runId, { budget: { turns: 9 } }).result).reason).toBe('done');
  expect(results(model.requests.at(-1)).map((message) => [message.callId, textOf(message)])).toEqual([
    ['c', '1'],
    ['c-2', '3'],
    ['c-3', '5'],
  ]);
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, ''],
  ['an object', { a: [1n, 2] }, '{"a":["1",2]}'],
  ['an array that is no parts', [1, 2], '[1,2]'],
  ['parts', [{ type: 'text', text: 'x' }], 'x'],
])('a tool of JavaScript that gives %s has a result all the same', async (_, output, text) => {
  const odd: Tool = {
    name: 'odd',
    description: 'Gives odd things.',
    input: { type: 'object' },
    effects: () => [],
    execute: () => output as string,
  };
  const model = scriptedModel([{ calls: [{ tool: 'odd' }] }, { text: 'done' }]);
  expect((await createAgent({ model, tools: [odd] }).run('go').result).reason).toBe('done');
  expect(textOf(results(model.requests[1])[0])).toBe(text);
});

test('a schema whose own code throws is an error for the model, not of the run', async () => {
  const input = z.object({
    a: z.string().refine(() => {
      throw new Error('cannot tell');
    }),
  });
  const picky = defineTool({ name: 'picky', description: 'Checks oddly.', input, effects: [], execute: () => 'ok' });
  const model = scriptedModel([{ calls: [{ tool: 'picky', input: { a: 'x' } }] }, { text: 'done' }]);
  expect((await createAgent({ model, tools: [picky] }).run('go').result).reason).toBe('done');
  expect(textOf(results(model.requests[1])[0])).toContain('cannot tell');
});
