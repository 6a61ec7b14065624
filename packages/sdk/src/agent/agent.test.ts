import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Policy } from '@capstan/policy';
import { defineTool } from '../contract/define-tool.ts';
import { CapstanError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/event.ts';
import type { Message } from '../contract/message.ts';
import type { Model, ModelRequest } from '../contract/model.ts';
import type { Run } from '../contract/run.ts';
import type { Tool } from '../contract/tool.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './create-agent.ts';

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  input: z.object({ a: z.number(), b: z.number() }),
  effects: [],
  execute: ({ a, b }) => String(a + b),
});

const touch = defineTool({
  name: 'touch',
  description: 'Writes a file of a name.',
  input: z.object({ name: z.string() }),
  effects: ({ name }) => [{ kind: 'write', path: `/repo/${name}` }],
  execute: ({ name }) => `wrote ${name}`,
});

/** A tool that ends when it is told to, by name. */
function gate() {
  const open = new Map<string, () => void>();
  const started: string[] = [];
  const tool = defineTool({
    name: 'gate',
    description: 'Waits until it is opened.',
    input: z.object({ name: z.string() }),
    effects: [],
    execute: ({ name }) =>
      new Promise<string>((resolve) => {
        started.push(name);
        open.set(name, () => resolve(`${name} opened`));
      }),
  });
  return { tool, started, open: (name: string) => open.get(name)!() };
}

const allowAll: Policy = {
  name: 'allow-all',
  roots: ['/repo'],
  rules: [],
  otherwise: { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' },
};

async function eventsOf(run: Run<unknown>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

function results(request: ModelRequest | undefined): Extract<Message, { role: 'tool' }>[] {
  return (request?.messages ?? []).flatMap((message) => (message.role === 'tool' ? [message] : []));
}

function textOf(
  message: { readonly parts: readonly { readonly type: string; readonly text?: string }[] } | undefined,
): string {
  return (message?.parts ?? []).map((part) => part.text ?? '').join('');
}

async function when<T extends RunEvent['type']>(run: Run<unknown>, type: T): Promise<Extract<RunEvent, { type: T }>> {
  for await (const event of run) if (event.type === type) return event as Extract<RunEvent, { type: T }>;
  throw new Error(`no ${type}`);
}

test('a run is its events in order, numbered without gaps', async () => {
  const model = scriptedModel([
    { calls: [{ tool: 'add', input: { a: 1, b: 2 } }] },
    { text: 'It is 3.', chunkChars: 4 },
  ]);
  const run = createAgent({ model, tools: [add] }).run('add 1 and 2');
  const events = await eventsOf(run);
  expect(events.map((event) => event.type)).toEqual([
    'run.started',
    'message.added',
    'turn.started',
    'tool.delta',
    'message.added',
    'tool.decided',
    'tool.started',
    'tool.ended',
    'message.added',
    'turn.ended',
    'turn.started',
    'text.delta',
    'text.delta',
    'message.added',
    'turn.ended',
    'run.ended',
  ]);
  const durable = events.filter((event) => !event.type.endsWith('.delta'));
  expect(durable.map((event) => event.seq)).toEqual(durable.map((_, i) => i + 1));
  expect(await run.result).toMatchObject({ reason: 'done', text: 'It is 3.', turns: 2, runId: run.id });
});

test('a second run of a session sees the first', async () => {
  const model = scriptedModel([{ text: 'Hello.' }, { text: 'Again.' }]);
  const agent = createAgent({ model });
  const first = await agent.run('one').result;
  await agent.run('two', { sessionId: first.sessionId }).result;
  expect(model.requests[1]?.messages.map(textOf)).toEqual(['one', 'Hello.', 'two']);
});

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

test('without a policy every effect is asked about, and the run pauses', async () => {
  const model = scriptedModel([
    {
      calls: [
        { tool: 'touch', input: { name: 'a' } },
        { tool: 'add', input: { a: 1, b: 1 } },
      ],
    },
  ]);
  const result = await createAgent({ model, tools: [touch, add] }).run('go').result;
  expect(result).toMatchObject({ reason: 'approval', pending: [{ tool: 'touch', approvals: 1 }] });
});

test('a paused run goes on with answers, and results keep the order of the calls', async () => {
  const model = scriptedModel([
    {
      calls: [
        { tool: 'touch', input: { name: 'a' } },
        { tool: 'add', input: { a: 1, b: 1 } },
        { tool: 'touch', input: { name: 'b' } },
      ],
    },
    { text: 'done' },
  ]);
  const agent = createAgent({ model, tools: [touch, add] });
  const paused = await agent.run('go').result;
  const [first, second] = paused.pending.map((each) => each.callId);
  const result = await agent.resume(paused.runId, {
    answers: {
      [first!]: { verdict: 'approved', by: 'ann' },
      [second!]: { verdict: 'denied', by: 'ann', reason: 'not that file' },
    },
  }).result;
  expect(result).toMatchObject({ reason: 'done', runId: paused.runId, turns: 2 });
  const texts = results(model.requests[1]).map(textOf);
  expect(texts[0]).toBe('wrote a');
  expect(texts[1]).toBe('2');
  expect(texts[2]).toContain('not that file');
});

test('a paused run resumed without all answers pauses again on the rest', async () => {
  const calls = [
    { tool: 'touch', input: { name: 'a' } },
    { tool: 'touch', input: { name: 'b' } },
  ];
  const agent = createAgent({ model: scriptedModel([{ calls }, { text: 'done' }]), tools: [touch] });
  const paused = await agent.run('go').result;
  const [first, second] = paused.pending.map((each) => each.callId);
  const again = await agent.resume(paused.runId, { answers: { [second!]: { verdict: 'approved', by: 'ann' } } }).result;
  expect(again.pending.map((each) => each.callId)).toEqual([first]);
  const done = await agent.resume(paused.runId, { answers: { [first!]: { verdict: 'approved', by: 'ann' } } }).result;
  expect(done.reason).toBe('done');
});

test('waiting for approval holds only that call', async () => {
  const calls = [
    { tool: 'touch', input: { name: 'a' } },
    { tool: 'add', input: { a: 1, b: 1 } },
  ];
  const model = scriptedModel([{ calls }, { text: 'done' }]);
  const run = createAgent({ model, tools: [touch, add] }).run('go', { approvals: 'wait' });
  const ended = await when(run, 'tool.ended');
  expect(ended).toMatchObject({ tool: 'add', result: [{ text: '2' }] });
  run.approve('call-0-0', { by: 'ann' });
  expect((await run.result).reason).toBe('done');
  expect(results(model.requests[1]).map(textOf)).toEqual(['wrote a', '2']);
});

test('a listener may approve at once, even in a run that would pause', async () => {
  const model = scriptedModel([{ calls: [{ tool: 'touch', input: { name: 'a' } }] }, { text: 'done' }]);
  const run = createAgent({ model, tools: [touch] }).run('go');
  run.on('approval.requested', ({ callId }) => run.approve(callId, { by: 'ann' }));
  expect((await run.result).reason).toBe('done');
});

test('a denied call tells the model who and why', async () => {
  const deny: Policy = {
    ...allowAll,
    rules: [{ id: 'no-writes', match: { effect: 'write' }, verdict: 'deny', reason: 'Read only.' }],
  };
  const model = scriptedModel([{ calls: [{ tool: 'touch', input: { name: 'a' } }] }, { text: 'ok' }]);
  await createAgent({ model, tools: [touch], policy: deny }).run('go').result;
  expect(textOf(results(model.requests[1])[0])).toContain('Not allowed by rule "no-writes": Read only.');
});

test('answering a call that does not wait is an error', () => {
  const run = createAgent({ model: scriptedModel([{ text: 'x' }]) }).run('go');
  expect(() => run.approve('nothing', { by: 'ann' })).toThrow(CapstanError);
});

test('a new run after a pause closes the open calls', async () => {
  const model = scriptedModel([{ calls: [{ tool: 'touch', input: { name: 'a' } }] }, { text: 'fine' }]);
  const agent = createAgent({ model, tools: [touch] });
  const paused = await agent.run('go').result;
  const result = await agent.run('never mind', { sessionId: paused.sessionId }).result;
  expect(result.reason).toBe('done');
  expect(model.requests[1]?.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool', 'user']);
  expect(results(model.requests[1])[0]).toMatchObject({ failed: true, interrupted: true });
});

test('stop ends the model call at once and keeps the partial text and usage', async () => {
  const model = scriptedModel([{ text: 'a long story', hang: true }]);
  const run = createAgent({ model }).run('go');
  await when(run, 'text.delta');
  const result = await run.stop('enough');
  expect(result).toMatchObject({ reason: 'stopped', text: 'a long story', stopped: 'enough' });
  expect(result.usage.outputTokens).toBeGreaterThan(0);
  expect(result.usage.estimated).toBe(true);
});

test('stop leaves no call without a result, and the session goes on', async () => {
  const gates = gate();
  const model = scriptedModel([
    {
      calls: [
        { tool: 'gate', input: { name: 'a' } },
        { tool: 'touch', input: { name: 'b' } },
      ],
    },
    { text: 'ok' },
  ]);
  const agent = createAgent({ model, tools: [gates.tool, touch] });
  const run = agent.run('go', { approvals: 'wait' });
  await when(run, 'tool.started');
  const result = await run.stop();
  expect(result.reason).toBe('stopped');
  await agent.run('go on', { sessionId: result.sessionId }).result;
  expect(results(model.requests[1]).map((message) => message.interrupted)).toEqual([true, true]);
});

test('an aborted signal stops the run', async () => {
  const controller = new AbortController();
  const run = createAgent({ model: scriptedModel([{ text: 'x', hang: true }]) }).run('go', {
    signal: controller.signal,
  });
  await when(run, 'text.delta');
  controller.abort(new Error('closed'));
  expect(await run.result).toMatchObject({ reason: 'stopped', stopped: 'closed' });
});

test('leaving an await using scope stops the run', async () => {
  let result: Promise<unknown>;
  {
    await using run = createAgent({ model: scriptedModel([{ text: 'x', hang: true }]) }).run('go');
    ({ result } = run);
    await when(run, 'text.delta');
  }
  expect(await result).toMatchObject({ reason: 'stopped' });
});

test('leaving a for await detaches that reader only', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'abc', chunkChars: 1 }]) }).run('go');
  for await (const event of run) if (event.type === 'text.delta') break;
  expect((await run.result).reason).toBe('done');
  const text = (await eventsOf(run)).map((event) => (event.type === 'text.delta' ? event.text : '')).join('');
  expect(text).toBe('abc');
});

test('a listener that throws or rejects does no harm', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'x' }]) }).run('go');
  const heard: string[] = [];
  const silence = () => {};
  process.on('warning', silence);
  run.on('run.started', () => {
    throw new Error('first');
  });
  run.on('run.started', async () => Promise.reject(new Error('second')));
  run.on('run.started', ({ type }) => heard.push(type));
  const off = run.on('text.delta', ({ type }) => heard.push(type));
  off();
  expect((await run.result).reason).toBe('done');
  expect(heard).toEqual(['run.started']);
  process.off('warning', silence);
});

test('steering reaches the model before its next call', async () => {
  const gates = gate();
  const model = scriptedModel([{ calls: [{ tool: 'gate', input: { name: 'a' } }] }, { text: 'ok' }]);
  const run = createAgent({ model, tools: [gates.tool] }).run('go');
  await when(run, 'tool.started');
  run.steer('use tabs');
  await new Promise(setImmediate);
  gates.open('a');
  await run.result;
  expect(model.requests[1]?.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool', 'user']);
});

test('steering a run whose model was about to end makes it go on', async () => {
  const model = scriptedModel([{ text: 'abc', chunkChars: 1 }, { text: 'more' }]);
  const run = createAgent({ model }).run('go');
  run.on('text.delta', ({ text }) => void (text === 'b' && run.steer('and then?')));
  expect((await run.result).text).toBe('more');
});

test('a failure before the first delta is tried again, with an event', async () => {
  const overloaded = new CapstanError('model_failed', 'Overloaded.', { retryable: true, retryAfterMs: 1 });
  const model = scriptedModel([{ error: overloaded }, { text: 'ok' }]);
  const events = await eventsOf(createAgent({ model }).run('go'));
  expect(events.find((event) => event.type === 'model.retried')).toMatchObject({
    attempt: 1,
    error: { code: 'model_failed' },
  });
  expect(events.at(-1)).toMatchObject({ reason: 'done', text: 'ok' });
});

test('a failure after the first delta is not tried again, and keeps the text', async () => {
  const cut = new CapstanError('model_failed', 'Cut.', { retryable: true });
  const model = scriptedModel([{ text: 'half', error: cut }, { text: 'never' }]);
  expect(await createAgent({ model }).run('go').result).toMatchObject({
    reason: 'failed',
    text: 'half',
    error: { code: 'model_failed' },
  });
  expect(model.requests).toHaveLength(1);
});

test('a failure that is not retryable ends the run, which never rejects', async () => {
  const refused = new CapstanError('auth_refused', 'The key was refused.');
  expect(await createAgent({ model: scriptedModel([{ error: refused }]) }).run('go').result).toMatchObject({
    reason: 'failed',
    error: { code: 'auth_refused' },
  });
});

test('a store that fails ends the run with its error', async () => {
  const store = { ...memoryStore(), append: () => Promise.reject(new CapstanError('store_failed', 'Disk full.')) };
  const run = createAgent({ model: scriptedModel([{ text: 'x' }]), store }).run('go');
  expect(await run.result).toMatchObject({ reason: 'failed', error: { code: 'store_failed' } });
  expect((await eventsOf(run)).at(-1)?.type).toBe('run.ended');
});

test('of two runs at once in one session the second meets a conflict', async () => {
  const agent = createAgent({ model: scriptedModel((_, i) => ({ text: `reply ${i}`, delayMs: 5 })) });
  const runs = [agent.run('one', { sessionId: 's' }), agent.run('two', { sessionId: 's' })];
  const reasons = await Promise.all(runs.map(async (run) => (await run.result).error?.code ?? 'none'));
  expect(reasons.toSorted()).toEqual(['conflict', 'none']);
});

test('an output schema gives a checked value, after one mend', async () => {
  const model = scriptedModel([{ text: '{"answer": "4"}' }, { text: '{"answer": 4}' }]);
  const result = await createAgent({ model, output: z.object({ answer: z.number() }) }).run('2+2').result;
  expect(result.output).toEqual({ answer: 4 });
  expect(textOf(model.requests[1]?.messages.at(-1))).toContain('answer: ');
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

test('a stop from inside the model call itself ends it', async () => {
  const halting: Model = {
    id: 'halting',
    info: {},
    async *stream() {
      yield { type: 'text.delta', text: 'x' };
      void run.stop('from inside');
      await new Promise(() => {});
    },
  };
  const run = createAgent({ model: halting }).run('go');
  expect(await run.result).toMatchObject({ reason: 'stopped', text: 'x', stopped: 'from inside' });
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

test('a stopped call reports the usage that the vendor had sent', async () => {
  const telling: Model = {
    id: 'telling',
    info: {},
    async *stream(_, { signal }) {
      yield { type: 'text.delta', text: 'x' };
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new CapstanError('aborted', 'Stopped.', { usage: { inputTokens: 70, outputTokens: 7 } });
    },
  };
  const run = createAgent({ model: telling }).run('go');
  run.on('text.delta', () => void run.stop());
  expect((await run.result).usage).toEqual({ inputTokens: 70, outputTokens: 7 });
});
