import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Effect } from '@capstan/policy';
import { defineTool } from '../contract/define-tool.ts';
import type { DurableEvent } from '../contract/event.ts';
import type { RunStore } from '../contract/store.ts';
import { dyingStore } from '../testing/dying-store.ts';
import type { Tool } from '../contract/tool.ts';
import { replay } from '../replay/replay.ts';
import { newId } from '../contract/id.ts';
import { postgresStore } from '../session/postgres-store.ts';
import { emptySession, foldEvents } from '../session/fold.ts';
import { memoryStore } from '../session/memory-store.ts';
import { sqliteStore } from '../session/sqlite-store.ts';
import type { ScriptedReply } from '../testing/scripted-model.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent, notReplayed } from './__fixtures__/replayed-agent.ts';

const folder = mkdtempSync(join(tmpdir(), 'capstan-resume-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const allowAll = {
  name: 'allow-all',
  roots: [],
  rules: [],
  otherwise: { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' },
} as const;

function tool(name: string, effects: readonly Effect[], extra: Partial<Tool> = {}) {
  const calls: string[] = [];
  const made = defineTool({
    name,
    description: `Does what ${name} does.`,
    input: z.object({ n: z.number() }),
    effects,
    execute: ({ n }, { callId }) => {
      calls.push(callId);
      return `${name} ${n}`;
    },
  });
  return { calls, tool: { ...made, ...extra } as Tool };
}

const script: ScriptedReply[] = [
  {
    text: 'First.',
    calls: [
      { tool: 'look', input: { n: 1 } },
      { tool: 'change', input: { n: 2 } },
    ],
  },
  { calls: [{ tool: 'change', input: { n: 3 } }] },
  { text: 'Done.' },
];

/** Replies by what the conversation holds, as a real model would after a restart. */
const model = () =>
  scriptedModel(({ messages }) => {
    const answered = messages.filter((message) => message.role === 'assistant').length;
    const reply = script[answered] ?? { text: 'Done.' };
    return { ...reply, calls: reply.calls?.map((call, i) => ({ ...call, id: `call-${answered}-${i}` })) ?? [] };
  });

const postgres = process.env['CAPSTAN_TEST_POSTGRES'];
const stores: [string, () => RunStore][] = [
  ['memory', memoryStore],
  ['SQLite', () => sqliteStore(join(folder, `${newId()}.db`))],
  ...(postgres === undefined
    ? []
    : [['PostgreSQL', () => postgresStore({ connection: postgres })] as [string, () => RunStore]]),
];

describe.each(stores)('a run kept in %s', (_, open) => {
  test('goes on after its process died at any event, with no call left open and none done twice', async () => {
    const whole = await createAgent({
      model: model(),
      tools: [tool('look', []).tool, tool('change', []).tool],
      policy: allowAll,
    }).run('go').result;
    expect(whole.reason).toBe('done');
    for (let after = 2; after < 24; after++) {
      const sessionId = newId();
      const store = open();
      const look = tool('look', [{ kind: 'read', path: '/a' }]);
      const change = tool('change', [{ kind: 'write', path: '/a' }]);
      const parts = { model: model(), tools: [look.tool, change.tool], policy: allowAll };
      const { store: mortal, dead } = dyingStore(store, after);
      const first = createAgent({ ...parts, store: mortal }).run('go', { sessionId });
      if ((await Promise.race([dead.then(() => 'dead'), first.result.then(() => 'done')])) === 'done') break;
      const second = await createAgent({ ...parts, model: model(), store }).resume(first.id).result;
      expect(second).toMatchObject({ reason: 'done', runId: first.id });
      const events = await store.read(sessionId);
      checkLog(events);
      expect(await replay(events, first.id, parts)).toMatchObject({ same: true });
      // A call of the model that was cut off is made again, and counts again.
      expect(second.turns).toBeLessThanOrEqual(whole.turns + 1);
      expect(new Set(change.calls).size).toBe(change.calls.length);
      await store.close();
    }
  });
});

function checkLog(events: readonly DurableEvent[]): void {
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
  const { messages, open } = foldEvents(emptySession(), events);
  expect(open).toEqual([]);
  const calls = messages.flatMap((m) =>
    m.role === 'assistant' ? m.parts.flatMap((p) => (p.type === 'call' ? [p.callId] : [])) : [],
  );
  expect(messages.flatMap((m) => (m.role === 'tool' ? [m.callId] : []))).toEqual(calls);
}

/** Runs a call of a tool whose process dies while it runs, then resumes; gives what the model reads of it. */
async function dieInside(effects: readonly Effect[], extra: Partial<Tool> = {}) {
  const store = memoryStore();
  const one = tool('act', effects, extra);
  const reply = (messages: number): ScriptedReply =>
    messages === 1 ? { calls: [{ tool: 'act', input: { n: 1 }, id: 'c' }] } : { text: 'ok' };
  const mind = () => scriptedModel(({ messages }) => reply(messages.length));
  // run.started, message, turn, message, decided, started: then the end of the tool is lost
  const { store: mortal, dead } = dyingStore(store, 6);
  const run = createAgent({ model: mind(), tools: [one.tool], policy: allowAll, store: mortal }).run('go', {
    sessionId: 's',
  });
  await dead;
  const last = mind();
  await createAgent({ model: last, tools: [one.tool], policy: allowAll, store }).resume(run.id).result;
  const message = last.requests[0]?.messages.at(-1);
  return { calls: one.calls, message: message?.role === 'tool' ? message : undefined };
}

test('a call in doubt that only reads is run again, under the same call id', async () => {
  const { calls, message } = await dieInside([{ kind: 'read', path: '/a' }]);
  expect(calls).toEqual(['c', 'c']);
  expect(message).toMatchObject({ parts: [{ text: 'act 1' }] });
});

test('a call in doubt of an idempotent tool is run again', async () => {
  const { calls } = await dieInside([{ kind: 'write', path: '/a' }], { idempotent: true });
  expect(calls).toEqual(['c', 'c']);
});

test('a call in doubt is settled by what its tool finds', async () => {
  const { calls, message } = await dieInside([{ kind: 'write', path: '/a' }], { reconcile: () => 'it was done' });
  expect(calls).toEqual(['c']);
  expect(message).toMatchObject({ parts: [{ text: 'it was done' }] });
  expect(message?.failed).toBeUndefined();
});

test('a call in doubt that nothing can settle is told to the model', async () => {
  const { calls, message } = await dieInside([{ kind: 'write', path: '/a' }], { reconcile: () => undefined });
  expect(calls).toEqual(['c']);
  expect(message).toMatchObject({ failed: true, interrupted: true });
});

test('an approval is void when what was shown has changed since', async () => {
  notReplayed('the file behind the preview changes while the run waits');
  let content = 'old';
  const edit = tool('edit', [{ kind: 'write', path: '/a' }], { preview: () => ({ kind: 'diff', diff: content }) });
  const mind = scriptedModel(({ messages }) =>
    messages.length === 1 ? { calls: [{ tool: 'edit', input: { n: 1 }, id: 'c' }] } : { text: 'ok' },
  );
  const agent = createAgent({ model: mind, tools: [edit.tool] });
  const paused = await agent.run('go').result;
  content = 'new';
  const answers = { c: { verdict: 'approved', by: 'ann' } } as const;
  const again = await agent.resume(paused.runId, { answers }).result;
  expect(again).toMatchObject({ reason: 'approval', pending: [{ preview: { diff: 'new' } }] });
  expect(edit.calls).toEqual([]);
  expect((await agent.resume(paused.runId, { answers }).result).reason).toBe('done');
  expect(edit.calls).toEqual(['c']);
});

test('a run that is done cannot be resumed, and one that is unknown is not found', async () => {
  const agent = createAgent({ model: scriptedModel([{ text: 'x' }]) });
  const { runId } = await agent.run('go').result;
  expect((await agent.resume(runId).result).error).toMatchObject({ code: 'conflict' });
  expect((await agent.resume('nothing').result).error).toMatchObject({ code: 'not_found' });
});

test('answers kept by other processes carry a paused run on, each person once', async () => {
  const twoPeople = {
    ...allowAll,
    rules: [{ id: 'two', match: { effect: 'write' }, verdict: 'ask', approvals: 2 }],
  } as const;
  const store = memoryStore();
  const act = tool('act', [{ kind: 'write', path: '/a' }]);
  const mind = () =>
    scriptedModel(({ messages }) =>
      messages.length === 1 ? { calls: [{ tool: 'act', input: { n: 1 }, id: 'c' }] } : { text: 'ok' },
    );
  const make = () => createAgent({ model: mind(), tools: [act.tool], policy: twoPeople, store });
  const { runId } = await make().run('go').result;
  await make().answer(runId, 'c', { verdict: 'approved', by: 'ann' });
  await make().answer(runId, 'c', { verdict: 'approved', by: 'ann' });
  expect((await make().resume(runId).result).reason).toBe('approval');
  await make().answer(runId, 'c', { verdict: 'approved', by: 'bob' });
  expect((await make().resume(runId).result).reason).toBe('done');
  expect(act.calls).toEqual(['c']);
  await expect(make().answer(runId, 'c', { verdict: 'approved', by: 'cy' })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a denial kept by another process reaches the model', async () => {
  const store = memoryStore();
  const act = tool('act', [{ kind: 'write', path: '/a' }]);
  const model = scriptedModel(({ messages }) =>
    messages.length === 1 ? { calls: [{ tool: 'act', input: { n: 1 }, id: 'c' }] } : { text: 'ok' },
  );
  const agent = createAgent({ model, tools: [act.tool], store });
  const { runId } = await agent.run('go').result;
  await agent.answer(runId, 'c', { verdict: 'denied', by: 'ann', reason: 'not today' });
  expect((await agent.resume(runId).result).reason).toBe('done');
  expect(JSON.stringify(model.requests[1]?.messages.at(-1))).toContain('not today');
  expect(act.calls).toEqual([]);
});
