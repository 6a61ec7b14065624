import { expect, test } from 'vitest';
import { defineTool } from '../contract/define-tool.ts';
import type { DurableEvent } from '../contract/event.ts';
import type { Message } from '../contract/message.ts';
import { replay } from '../replay/replay.ts';
import { memoryStore } from '../session/memory-store.ts';
import { dyingStore } from '../testing/dying-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';

/** A tool that ends when it is told to. */
function gate() {
  const { promise, resolve: open } = Promise.withResolvers<string>();
  const tool = defineTool({
    name: 'gate',
    description: 'Waits until it is opened.',
    input: { type: 'object' },
    effects: [],
    execute: () => promise,
  });
  return { tool, open: () => open('opened') };
}

const roles = (messages: readonly Message[] = []) => messages.map((message) => message.role);
const textOf = (message: Message | undefined) =>
  (message?.parts ?? []).map((part) => ('text' in part ? part.text : '')).join('');

test('words steered while a tool runs reach the model behind its result', async () => {
  const { tool, open } = gate();
  const model = scriptedModel([{ calls: [{ tool: 'gate', input: {} }] }, { text: 'ok' }]);
  const run = createAgent({ model, tools: [tool] }).run('go');
  run.on('tool.started', () => {
    run.steer('use tabs');
    open();
  });
  await run.result;
  expect(roles(model.requests[1]?.messages)).toEqual(['user', 'assistant', 'tool', 'user']);
});

test('steering a run whose model was about to end makes it go on', async () => {
  const model = scriptedModel([{ text: 'abc', chunkChars: 1 }, { text: 'more' }]);
  const run = createAgent({ model }).run('go');
  run.on('text.delta', ({ text }) => void (text === 'b' && run.steer('and then?')));
  expect((await run.result).text).toBe('more');
});

test('queued words wait for the work at hand to be done, and are taken one after the other', async () => {
  const { tool, open } = gate();
  const model = scriptedModel([
    { calls: [{ tool: 'gate', input: {} }] },
    { text: 'First is done.' },
    { text: 'Second is done.' },
    { text: 'Third is done.' },
  ]);
  const store = memoryStore();
  const agent = createAgent({ model, tools: [tool], store });
  const run = agent.run('first');
  run.queue('second');
  run.on('tool.started', () => {
    run.queue('third');
    open();
  });
  const result = await run.result;
  expect(result).toMatchObject({ reason: 'done', text: 'Third is done.', queued: [] });
  expect(roles(model.requests[1]?.messages)).toEqual(['user', 'assistant', 'tool']);
  expect(textOf(model.requests[2]?.messages.at(-1))).toBe('second');
  expect(textOf(model.requests[3]?.messages.at(-1))).toBe('third');
  const log = await store.read(run.sessionId);
  const said = log.flatMap((event) => (event.type === 'message.queued' ? [[event.id, event.text, event.after]] : []));
  expect(said).toEqual([
    [1, 'second', 'run'],
    [2, 'third', 'run'],
  ]);
  expect(log.flatMap((event) => (event.type === 'message.added' ? (event.queued ?? []) : []))).toEqual([1, 2]);
  expect(await replay(log, run.id, { model, tools: [tool] })).toMatchObject({ same: true });
});

test('steered words come before queued ones', async () => {
  const model = scriptedModel([{ text: 'abc', chunkChars: 1 }, { text: 'two' }, { text: 'three' }]);
  const run = createAgent({ model }).run('go');
  run.on('text.delta', ({ text }) => {
    if (text !== 'b') return;
    run.queue('later');
    run.steer('now');
  });
  await run.result;
  expect(textOf(model.requests[1]?.messages.at(-1))).toBe('now');
  expect(textOf(model.requests[2]?.messages.at(-1))).toBe('later');
});

test('words that a stopped run did not take are told, taken when it resumes, and dropped by a new run', async () => {
  const model = scriptedModel([{ text: 'half', hang: true }, { text: 'done' }, { text: 'and that' }, { text: 'new' }]);
  const agent = createAgent({ model });
  const first = agent.run('go');
  first.queue('and then?');
  first.on('text.delta', () => void first.stop());
  expect(await first.result).toMatchObject({ reason: 'stopped', queued: ['and then?'] });
  const fork = await agent.session(first.sessionId).fork();
  expect(await agent.resume(first.id).result).toMatchObject({ reason: 'done', text: 'and that', queued: [] });
  expect(await fork.run('something else').result).toMatchObject({ reason: 'done', text: 'new', queued: [] });
  expect(JSON.stringify(model.requests.at(-1))).not.toContain('and then?');
});

test('a run that has ended takes no more words', async () => {
  const run = createAgent({ model: scriptedModel([{ text: 'done' }]) }).run('go');
  const refused: unknown[] = [];
  run.on('run.ended', () => {
    for (const say of [() => run.queue('x'), () => run.steer('x')]) {
      try {
        say();
      } catch (error) {
        refused.push((error as { code?: string }).code);
      }
    }
  });
  await run.result;
  expect(refused).toEqual(['conflict', 'conflict']);
});

test('words said while a run is under way outlive its process, wherever that dies', async () => {
  const tool = defineTool({
    name: 'look',
    description: 'Looks around.',
    input: { type: 'object' },
    effects: [],
    execute: () => 'seen',
  });
  const model = () =>
    scriptedModel(({ messages }) =>
      messages.length === 1 ? { calls: [{ tool: 'look', input: {}, id: 'c' }] } : { text: `after ${messages.length}` },
    );
  const parts = () => ({ model: model(), tools: [tool] });
  const words = (log: readonly DurableEvent[]) =>
    log.flatMap((event) =>
      event.type === 'message.added' && event.queued !== undefined ? [textOf(event.message)] : [],
    );
  let lives = 0;
  for (let after = 2; ; after++) {
    const store = memoryStore();
    const { store: mortal, dead } = dyingStore(store, after);
    const run = createAgent({ ...parts(), store: mortal }).run('go');
    run.queue('queued');
    run.on('tool.started', () => run.steer('steered'));
    const end = await Promise.race([dead.then(() => 'dead'), run.result.then(() => 'done')]);
    const before = await store.read(run.sessionId);
    if (end === 'dead') {
      lives++;
      expect(await createAgent({ ...parts(), store }).resume(run.id).result).toMatchObject({
        reason: 'done',
        queued: [],
      });
    }
    const kept = before.flatMap((event) => (event.type === 'message.queued' ? [event.text] : []));
    const log = await store.read(run.sessionId);
    expect(words(log).toSorted()).toEqual(kept.toSorted());
    expect(await replay(log, run.id, parts())).toMatchObject({ same: true });
    if (end === 'done') break;
  }
  expect(lives).toBeGreaterThan(12);
});
