import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../contract/define-tool.ts';
import type { RunEvent } from '../contract/event.ts';
import type { Message } from '../contract/message.ts';
import type { RunStore } from '../contract/store.ts';
import { memoryStore } from '../session/memory-store.ts';
import { dyingStore } from '../testing/dying-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';

const price = { input: 1, output: 1 };
const touched: string[] = [];
const touch = defineTool({
  name: 'touch',
  description: 'Touches a file of a name.',
  input: z.object({ name: z.string() }),
  effects: ({ name }) => [{ kind: 'write', path: `/${name}` }],
  execute: ({ name }) => {
    touched.push(name);
    return `touched ${name}`;
  },
});

const textOf = (message: Message | undefined) =>
  (message?.parts ?? []).map((part) => ('text' in part ? part.text : '')).join('');

/** A parent that hands one task to a child, which touches a file first. */
function family() {
  touched.length = 0;
  const childModel = () =>
    scriptedModel(
      ({ messages }) =>
        messages.length === 1
          ? { calls: [{ tool: 'touch', input: { name: 'x' }, id: 'inner' }] }
          : { text: 'The child is done.' },
      { info: { price } },
    );
  const parentModel = () =>
    scriptedModel(
      ({ messages }) =>
        messages.length === 1
          ? { calls: [{ tool: 'helper', input: { task: 'touch x' }, id: 'outer' }] }
          : { text: 'All done.' },
      { info: { price } },
    );
  const store = memoryStore();
  const make = (kept: RunStore = store) => {
    const child = createAgent({ model: childModel(), tools: [touch] });
    const model = parentModel();
    const helper = child.asTool({ name: 'helper', description: 'Touches files for you.' });
    return { model, agent: createAgent({ model, tools: [helper], store: kept, budget: { costUsd: 1 } }) };
  };
  return { make, store };
}

test("a sub-agent's events show in the parent's stream, and its reply is the result", async () => {
  const { agent, model } = family().make();
  const run = agent.run('go', { approvals: 'wait' });
  run.on('child', ({ event }) => {
    if (event.type === 'approval.requested') run.approve(event.callId, { by: 'ann' });
  });
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  const inner = events.flatMap((event) => (event.type === 'child' ? [event.event.type] : []));
  expect(inner).toEqual(
    expect.arrayContaining(['run.started', 'tool.decided', 'approval.given', 'message.added', 'run.ended']),
  );
  expect(textOf(model.requests[1]?.messages.at(-1))).toBe('The child is done.');
  expect(touched).toEqual(['x']);
});

test("a sub-agent's spending counts in the parent's result and against its budget", async () => {
  const { make } = family();
  const run = make().agent.run('go', { approvals: 'wait' });
  let childCost = 0;
  run.on('child', ({ event }) => {
    if (event.type === 'approval.requested') run.approve(event.callId, { by: 'ann' });
    if (event.type === 'run.ended') childCost = event.costUsd ?? NaN;
  });
  const result = await run.result;
  expect(childCost).toBeGreaterThan(0);
  expect(result.costUsd).toBeGreaterThan(childCost);
});

test('a sub-agent that waits for approval pauses the parent, which resumes it with the answers after a restart', async () => {
  const { make } = family();
  const paused = await make().agent.run('go').result;
  expect(paused).toMatchObject({ reason: 'approval', pending: [{ callId: 'inner', tool: 'touch' }] });
  const result = await make().agent.resume(paused.runId, { answers: { inner: { verdict: 'approved', by: 'ann' } } })
    .result;
  expect(result).toMatchObject({ reason: 'done', text: 'All done.' });
  expect(touched).toEqual(['x']);
});

test('stopping the parent stops the sub-agent, and what both used is told', async () => {
  const child = createAgent({ model: scriptedModel([{ text: 'thinking', hang: true }]) });
  const model = scriptedModel([{ calls: [{ tool: 'helper', input: { task: 'x' } }] }]);
  const run = createAgent({
    model,
    tools: [child.asTool({ name: 'helper', description: 'Thinks for a long time.' })],
  }).run('go');
  const ended: string[] = [];
  let used = 0;
  run.on('child', ({ event }) => {
    if (event.type === 'text.delta') void run.stop();
    if (event.type === 'run.ended') ended.push(event.reason);
    if (event.type === 'run.ended') used = event.usage.inputTokens;
  });
  const { reason, usage, turns } = await run.result;
  expect([reason, turns, ended]).toEqual(['stopped', 2, ['stopped']]);
  expect(used).toBeGreaterThan(0);
  expect(usage.inputTokens).toBeGreaterThan(used);
});

test('children in parallel never spend more together than their parent has', async () => {
  const child = createAgent({
    model: scriptedModel(() => ({ text: 'word '.repeat(2000), chunkChars: 100 }), {
      info: { price, maxOutputTokens: 4000 },
    }),
  });
  const calls = Array.from({ length: 6 }, () => ({ tool: 'helper', input: { task: 'talk' } }));
  const model = scriptedModel([{ calls }, { text: 'done' }], { info: { price } });
  const helper = child.asTool({ name: 'helper', description: 'Talks for a long time.' });
  const result = await createAgent({ model, tools: [helper], budget: { costUsd: 0.008 } }).run('go').result;
  expect(result.costUsd).toBeLessThanOrEqual(0.008);
});

test('what a finished sub-agent used still counts when its parent died before its result was kept', async () => {
  const { make, store } = family();
  const { store: mortal, dead: died } = dyingStore(store, (events) =>
    events.some((event) => event.type === 'tool.ended' && event.tool === 'helper'),
  );
  const run = make(mortal).agent.run('go', { approvals: 'wait' });
  run.on('child', ({ event }) => {
    if (event.type === 'approval.requested') run.approve(event.callId, { by: 'ann' });
  });
  await died;
  const child = (await store.read(`${run.sessionId}.outer`)).findLast((event) => event.type === 'run.ended');
  const result = await make().agent.resume(run.id).result;
  expect(result.reason).toBe('done');
  expect(child?.costUsd).toBeGreaterThan(0);
  expect(result.costUsd).toBeGreaterThan(child?.costUsd ?? Infinity);
  expect(touched).toEqual(['x']);
});
