import type { Model, ModelEvent } from '@capstan/sdk/contract';
import { expect, test } from 'vitest';
import type { ListedModel } from '../wire/listed-model.ts';
import { configuredModels, select } from './select.ts';
import { speedLog } from './speed-log.ts';

const among: readonly ListedModel[] = [
  { id: 'a/dear', info: { price: { input: 10, output: 50 }, tools: true, vision: true } },
  { id: 'a/cheap', info: { price: { input: 0.1, output: 0.5 }, tools: true } },
  { id: 'a/middle', info: { price: { input: 1, output: 5 }, tools: true, vision: true } },
  { id: 'a/unknown', info: { tools: true } },
];

test('the cheapest, the best and the fastest are chosen for a reason', () => {
  expect(select({ prefer: 'cost', among })).toMatchObject({
    id: 'a/cheap',
    reason: 'a/cheap: the cheapest of 4 models (a run costs about $0.015).',
  });
  expect(select({ prefer: 'quality', among })).toMatchObject({
    id: 'a/dear',
    reason: expect.stringContaining('all that is known of quality'),
  });
  const speeds = {
    'a/middle': { firstMs: 300, tokensPerSecond: 80, replies: 3 },
    'a/dear': { firstMs: 900, tokensPerSecond: 40, replies: 1 },
  };
  expect(select({ prefer: 'speed', among, speeds })).toMatchObject({
    id: 'a/middle',
    reason: expect.stringContaining('first word after 300 ms'),
  });
  expect(select({ prefer: 'speed', among })).toMatchObject({
    id: 'a/cheap',
    reason: expect.stringContaining('none was measured'),
  });
});

test('what does not fit is left out and told', () => {
  const chosen = select({ prefer: 'cost', needs: ['tools', 'vision'], maxCostUsd: 0.5, among });
  expect(chosen.id).toBe('a/middle');
  expect(chosen.others).toEqual([
    { id: 'a/dear', reason: 'a run costs about $1.5' },
    { id: 'a/cheap', reason: 'not known to have vision' },
    { id: 'a/unknown', reason: 'not known to have vision' },
  ]);
});

test('a price that is unknown does not fit under a limit', () => {
  expect(() => select({ prefer: 'cost', maxCostUsd: 1, among: among.slice(3) })).toThrow(/its price is unknown/);
});

test('only vendors with a key are chosen from', () => {
  const ids = configuredModels({ ANTHROPIC_API_KEY: 'k' }).map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(5);
  expect(ids.every((id) => id.startsWith('anthropic/'))).toBe(true);
  expect(() => select({ prefer: 'cost', env: {} })).toThrow(/No model is configured/);
});

test('speeds are learnt from replies and forget slowly', async () => {
  let time = 0;
  const model: Model = {
    id: 'a/b',
    info: {},
    async *stream(): AsyncGenerator<ModelEvent> {
      time += 200;
      yield { type: 'text.delta', text: 'x' };
      time += 1000;
      yield {
        type: 'message',
        message: { role: 'assistant', parts: [] },
        stopReason: 'end',
        usage: { inputTokens: 1, outputTokens: 50 },
      };
    },
  };
  const log = speedLog({ 'a/b': { firstMs: 100, tokensPerSecond: 100, replies: 1 } }, { now: () => time });
  await Array.fromAsync(
    log.measure(model).stream({ messages: [], tools: [] }, { signal: new AbortController().signal }),
  );
  expect(log.speeds['a/b']).toEqual({ firstMs: 130, tokensPerSecond: 85, replies: 2 });
});
