import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Policy } from '@capstan/policy';
import { defineTool } from '../contract/define-tool.ts';
import type { Hook } from '../contract/hook.ts';
import type { Message } from '../contract/message.ts';
import { replay } from '../replay/replay.ts';
import { emptySession, foldEvents } from '../session/fold.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { masking } from './masking.ts';

const written: string[] = [];
const write = defineTool({
  name: 'write',
  description: 'Writes a file of a name.',
  input: z.object({ path: z.string() }),
  effects: ({ path }) => [{ kind: 'write', path }],
  execute: ({ path }) => {
    written.push(path);
    return `wrote ${path}`;
  },
});
const noSecrets: Policy = {
  name: 'no-secrets',
  roots: ['/'],
  rules: [{ id: 'secret', match: { effect: 'write', paths: ['/secret'] }, verdict: 'deny', reason: 'No.' }],
  otherwise: { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' },
};

const textOf = (message: Message | undefined) =>
  (message?.parts ?? []).map((part) => ('text' in part ? part.text : '')).join('');

async function runWith(hooks: readonly Hook[], path = '/a') {
  written.length = 0;
  const model = scriptedModel([{ calls: [{ tool: 'write', input: { path } }] }, { text: 'done' }]);
  const result = await createAgent({ model, tools: [write], policy: noSecrets, hooks }).run('go').result;
  return { model, result, toolText: textOf(model.requests[1]?.messages.find((message) => message.role === 'tool')) };
}

test('hooks run in order and each sees what the one before made', async () => {
  const add = (name: string): Hook => ({
    name,
    beforeRun: (input) => ({ ...input, parts: [...input.parts, { type: 'text', text: ` ${name}` }] }),
    beforeModel: (request) => ({ ...request, instructions: `${request.instructions ?? ''}${name};` }),
    afterTool: (result) => ({ ...result, parts: [{ type: 'text', text: `${textOf(result)} ${name}` }] }),
  });
  const { model, toolText } = await runWith([add('one'), add('two')]);
  expect(textOf(model.requests[0]?.messages[0])).toBe('go one two');
  expect(model.requests[0]?.instructions).toBe('one;two;');
  expect(toolText).toBe('wrote /a one two');
});

test('a hook may veto a call with words for the model', async () => {
  const { toolText, result } = await runWith([{ name: 'guard', beforeTool: () => ({ veto: 'Not on a Friday.' }) }]);
  expect(toolText).toBe('Not on a Friday.');
  expect(result.reason).toBe('done');
  expect(written).toEqual([]);
});

test('policy judges the input that hooks leave, so a hook cannot widen it', async () => {
  const { toolText } = await runWith([{ name: 'sly', beforeTool: () => ({ input: { path: '/secret' } }) }]);
  expect(toolText).toContain('Not allowed by rule "secret"');
  expect(written).toEqual([]);
});

test('an input that a hook spoils does not reach the tool', async () => {
  const { toolText } = await runWith([{ name: 'clumsy', beforeTool: () => ({ input: { path: 1 } }) }]);
  expect(toolText).toContain('path: ');
  expect(written).toEqual([]);
});

test('a hook that throws ends the run with its name', async () => {
  const { result } = await runWith([{ name: 'broken', beforeModel: () => Promise.reject(new Error('no luck')) }]);
  expect(result).toMatchObject({
    reason: 'failed',
    error: { message: 'Hook "broken" failed in beforeModel: no luck' },
  });
});

test('a hook that outlives its time does not hold the run', async () => {
  const { result } = await runWith([{ name: 'slow', timeoutMs: 5, beforeRun: () => new Promise(() => {}) }]);
  expect(result.error?.message).toContain('Hook "slow" failed in beforeRun: did not end within 5 ms');
});

test('afterModel may change the message that is kept, afterRun learns how the run ended', async () => {
  const reasons: string[] = [];
  const hook: Hook = {
    name: 'last word',
    afterModel: (message) => ({
      ...message,
      parts: message.parts.map((part) => (part.type === 'text' ? { ...part, text: 'DONE' } : part)),
    }),
    afterRun: ({ reason }) => void reasons.push(reason),
  };
  expect((await runWith([hook])).result.text).toBe('DONE');
  expect(reasons).toEqual(['done']);
});

test('masking hides a secret from the model and from the store', async () => {
  const leak = defineTool({
    name: 'leak',
    description: 'Prints what it should not.',
    input: z.object({}),
    effects: [],
    execute: () => 'the key is sk-123',
  });
  const store = memoryStore();
  const model = scriptedModel([{ calls: [{ tool: 'leak' }] }, { text: 'done' }]);
  const hooks = [masking((text) => text.replaceAll('sk-123', '[key]'))];
  const { sessionId } = await createAgent({ model, tools: [leak], hooks, store }).run('my key is sk-123').result;
  expect(JSON.stringify(model.requests)).not.toContain('sk-123');
  expect(JSON.stringify(await store.read(sessionId))).not.toContain('sk-123');
  expect(textOf(model.requests[1]?.messages.at(-1))).toBe('the key is [key]');
});

test('a hook may veto a run, a turn or a model call, which ends the run with its words', async () => {
  const veto = () => ({ veto: 'Not on a Friday.' });
  const points: Hook[] = [
    { name: 'run', beforeRun: veto },
    { name: 'turn', beforeTurn: veto },
    { name: 'call', beforeModel: veto },
  ];
  for (const hook of points) {
    const { model, result } = await runWith([hook]);
    expect(result).toMatchObject({ reason: 'stopped', stopped: 'Not on a Friday.', usage: { inputTokens: 0 } });
    expect(model.requests).toEqual([]);
  }
});

test('a run that a hook vetoed leaves no trace in the store', async () => {
  const store = memoryStore();
  const hooks: Hook[] = [{ name: 'closed', beforeRun: () => ({ veto: 'Closed.' }) }];
  const result = await createAgent({ model: scriptedModel([]), store, hooks }).run('go').result;
  expect(result.reason).toBe('stopped');
  expect(await store.list()).toEqual([]);
  expect(await store.leases?.find(result.sessionId)).toBeUndefined();
});

test('hooks may add words before a turn and after it, kept in the log; the run then goes on', async () => {
  const store = memoryStore();
  const ends: number[] = [];
  const hooks: Hook[] = [
    { name: 'clock', beforeTurn: (messages) => (messages.length === 1 ? { add: 'It is noon.' } : undefined) },
    {
      name: 'tests first',
      afterTurn: ({ turn, stopReason }) => {
        ends.push(turn);
        return stopReason === 'end' && turn < 3 ? { add: 'Run the tests first.' } : undefined;
      },
    },
  ];
  const model = scriptedModel([
    { calls: [{ tool: 'write', input: { path: '/a' } }] },
    { text: 'done' },
    { text: 'tests are green' },
  ]);
  const parts = { model, tools: [write], policy: noSecrets, hooks };
  const run = createAgent({ ...parts, store }).run('go');
  expect(await run.result).toMatchObject({ reason: 'done', text: 'tests are green', turns: 3 });
  expect(ends).toEqual([1, 2, 3]);
  const log = await store.read(run.sessionId);
  const users = log.flatMap((event) =>
    event.type === 'message.added' && event.message.role === 'user' ? [textOf(event.message)] : [],
  );
  expect(users).toEqual(['go', 'It is noon.', 'Run the tests first.']);
  expect(await replay(log, run.id, parts)).toMatchObject({ same: true });
});

test('a hook that changes what is kept replays with what was kept', async () => {
  const store = memoryStore();
  const stamp = (text: string) => `${text} [checked]`;
  const hooks: Hook[] = [
    {
      name: 'stamps',
      beforeRun: (input) => ({ ...input, parts: [{ type: 'text', text: stamp(textOf(input)) }] }),
      afterModel: (message) => ({
        ...message,
        parts: message.parts.map((part) => (part.type === 'text' ? { ...part, text: stamp(part.text) } : part)),
      }),
      afterTool: (result) => ({ ...result, parts: [{ type: 'text', text: stamp(textOf(result)) }] }),
    },
  ];
  const model = scriptedModel([{ text: 'x', calls: [{ tool: 'write', input: { path: '/a' } }] }, { text: 'done' }]);
  const parts = { model, tools: [write], policy: noSecrets, hooks };
  const run = createAgent({ ...parts, store }).run('go');
  expect((await run.result).text).toBe('done [checked]');
  expect(await replay(await store.read(run.sessionId), run.id, parts)).toMatchObject({ same: true });
});

test('a hook may change the summary of a compaction, which outlives the process', async () => {
  const store = memoryStore();
  const hooks: Hook[] = [
    { name: 'keeper', afterCompaction: ({ summary }) => ({ summary: `${summary}\nTicket: CAP-7.` }) },
  ];
  const model = scriptedModel(
    (request, i) => {
      if (request.instructions?.includes('memory of a working agent')) return { text: 'It went well.' };
      return i < 8
        ? { text: 'words '.repeat(300), calls: [{ tool: 'write', input: { path: `/${i}` } }] }
        : { text: 'done' };
    },
    { info: { contextWindow: 3000, maxOutputTokens: 500 } },
  );
  const parts = { model, tools: [write], policy: noSecrets, hooks };
  const run = createAgent({ ...parts, store }).run('go');
  expect((await run.result).reason).toBe('done');
  const log = await store.read(run.sessionId);
  expect(JSON.stringify(foldEvents(emptySession(), log).messages[0])).toContain('Ticket: CAP-7.');
  expect(await replay(log, run.id, parts)).toMatchObject({ same: true });
});
