import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../contract/define-tool.ts';
import type { RunEvent } from '../contract/event.ts';
import type { Model } from '../contract/model.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';

const noop = defineTool({
  name: 'noop',
  description: 'Does nothing.',
  input: z.object({}),
  effects: [],
  execute: () => 'ok',
});
const hang = defineTool({
  name: 'hang',
  description: 'Never ends.',
  input: z.object({}),
  effects: [],
  execute: () => new Promise<string>(() => {}),
});
const price = { input: 3, output: 15 };

test('a run of a scripted model never spends more than its budget', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 0.05, noNaN: true }),
      fc.array(fc.record({ words: fc.nat(3000), calls: fc.nat(2), silent: fc.boolean() }), { maxLength: 6 }),
      async (costUsd, script) => {
        const replies = script.map(({ words, calls, silent }) => ({
          text: 'word '.repeat(words),
          chunkChars: 500,
          calls: Array.from({ length: calls }, () => ({ tool: 'noop' })),
          ...(silent ? { usage: 'none' as const } : {}),
        }));
        const model = scriptedModel([...replies, { text: 'end' }], { info: { price, maxOutputTokens: 4000 } });
        const run = createAgent({ model, tools: [noop], budget: { costUsd } }).run('go');
        const result = await run.result;
        expect(result.costUsd).toBeLessThanOrEqual(costUsd);
        expect(['done', 'budget']).toContain(result.reason);
      },
    ),
    { numRuns: 150 },
  );
});

test('a model that ignores its output limit is cut, and the budget holds', async () => {
  const rude: Model = {
    id: 'rude',
    info: { price, maxOutputTokens: 100_000 },
    async *stream() {
      for (let i = 0; i < 100_000; i++) yield { type: 'text.delta', text: 'word ' };
    },
  };
  const result = await createAgent({ model: rude, budget: { costUsd: 0.02 } }).run('go').result;
  expect(result).toMatchObject({ reason: 'budget', limit: 'costUsd' });
  expect(result.costUsd).toBeLessThanOrEqual(0.02);
  expect(result.text.length).toBeGreaterThan(0);
});

test('an unknown price under a money budget fails closed, with what to do', async () => {
  const model = scriptedModel([{ text: 'x' }], { info: {} });
  const result = await createAgent({ model, budget: { costUsd: 1 } }).run('go').result;
  expect(result).toMatchObject({ reason: 'failed', error: { code: 'invalid_config' } });
  expect(result.error?.message).toContain('price of scripted/model is unknown');
  expect(model.requests).toHaveLength(0);
});

test('without a known price the cost is undefined, never 0', async () => {
  const result = await createAgent({ model: scriptedModel([{ text: 'x' }], { info: {} }) }).run('go').result;
  expect(result.costUsd).toBeUndefined();
});

test('turns and tool calls end a run when they are used up', async () => {
  const forever = () => scriptedModel(() => ({ calls: [{ tool: 'noop' }, { tool: 'noop' }] }));
  const turns = await createAgent({ model: forever(), tools: [noop], budget: { turns: 3 } }).run('go').result;
  expect(turns).toMatchObject({ reason: 'budget', limit: 'turns', turns: 3 });
  const model = forever();
  const calls = await createAgent({ model, tools: [noop], budget: { toolCalls: 3 } }).run('go').result;
  expect(calls).toMatchObject({ reason: 'budget', limit: 'toolCalls', turns: 2 });
});

test('time ends a hanging model call and a hanging tool', async () => {
  const inModel = createAgent({ model: scriptedModel([{ text: 'x', hang: true }]), budget: { seconds: 0.05 } });
  expect(await inModel.run('go').result).toMatchObject({ reason: 'budget', limit: 'seconds', text: 'x' });
  const inTool = createAgent({
    model: scriptedModel([{ calls: [{ tool: 'hang' }] }]),
    tools: [hang],
    budget: { seconds: 0.05 },
  });
  expect(await inTool.run('go').result).toMatchObject({ reason: 'budget', limit: 'seconds' });
});

test('a resumed run goes on with what it had spent', async () => {
  const ask = defineTool({
    ...noop,
    name: 'ask',
    input: z.object({}),
    effects: [{ kind: 'unknown', note: 'x' }],
    execute: () => 'ok',
  });
  const model = scriptedModel([{ calls: [{ tool: 'ask' }] }, { calls: [{ tool: 'ask' }] }, { text: 'end' }], {
    info: { price },
  });
  const agent = createAgent({ model, tools: [ask], budget: { turns: 2 } });
  const paused = await agent.run('go').result;
  const again = await agent.resume(paused.runId, { answers: { 'call-0-0': { verdict: 'approved', by: 'ann' } } })
    .result;
  expect(again).toMatchObject({ reason: 'approval', turns: 2 });
  expect(again.costUsd).toBeGreaterThan(paused.costUsd ?? Infinity);
  const last = await agent.resume(paused.runId, { answers: { 'call-1-0': { verdict: 'approved', by: 'ann' } } }).result;
  expect(last).toMatchObject({ reason: 'budget', limit: 'turns' });
});

test('four fifths of a budget are warned of', async () => {
  const model = scriptedModel(() => ({ calls: [{ tool: 'noop' }] }));
  const run = createAgent({ model, tools: [noop], budget: { turns: 5 } }).run('go');
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  expect(events.filter((event) => event.type === 'budget.warned')).toMatchObject([{ limit: 'turns', spent: 4, of: 5 }]);
});

test('a bad budget is refused when the agent is made', () => {
  const model = scriptedModel([]);
  expect(() => createAgent({ model, budget: { costUsd: -1 } })).toThrow('must be a number of 0 or more');
  expect(() => createAgent({ model, budget: { usd: 1 } as never })).toThrow('no budget limit "usd"');
});
