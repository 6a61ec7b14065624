import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costMicros } from '../contract/cost.ts';
import type { Model } from '../contract/model.ts';
import type { Price, Usage } from '../contract/usage.ts';
import { Ledger } from './ledger.ts';
import { toMicros, worstInputPrice } from './micros.ts';
import { planCall } from './plan-call.ts';

const now = () => 0;
const signal = new AbortController().signal;

const price: fc.Arbitrary<Price> = fc.record(
  {
    input: fc.double({ min: 0, max: 100, noNaN: true }),
    output: fc.double({ min: 0, max: 300, noNaN: true }),
    cachedInput: fc.double({ min: 0, max: 100, noNaN: true }),
    cacheWrite: fc.double({ min: 0, max: 200, noNaN: true }),
  },
  { requiredKeys: ['input', 'output'] },
);

/** A call as an honest vendor bills it: fractions of the bounds it was given. */
const call = fc.record({
  bound: fc.nat(20_000),
  input: fc.double({ min: 0, max: 1, noNaN: true }),
  cached: fc.double({ min: 0, max: 1, noNaN: true }),
  output: fc.double({ min: 0, max: 1, noNaN: true }),
  steps: fc.nat(5),
});

function pricedModel(own: Price, maxOutputTokens: number): Model {
  return { id: 'honest', info: { price: own, maxOutputTokens }, async *stream() {} };
}

test('money and tokens spent never pass a limit, for any prices, usages and parallel children', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(price, fc.integer({ min: 1, max: 4000 }), fc.array(call, { maxLength: 6 })), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.record({ costUsd: fc.double({ min: 0, max: 0.5, noNaN: true }), tokens: fc.nat(50_000) }),
      async (children, budget) => {
        const parent = new Ledger(budget, { now });
        const check = () => {
          expect(parent.spent.micros).toBeLessThanOrEqual(toMicros(budget.costUsd));
          expect(parent.spent.tokens).toBeLessThanOrEqual(budget.tokens);
          expect(parent.left().micros).toBeGreaterThanOrEqual(0);
        };
        await Promise.all(
          children.map(async ([own, maxOutputTokens, calls]) => {
            const ledger = new Ledger({}, { parent, now });
            for (const each of calls) await oneCall(pricedModel(own, maxOutputTokens), ledger, each, check);
          }),
        );
        check();
        expect(parent.pending).toBe(false);
      },
    ),
    { numRuns: 300 },
  );
});

type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

async function oneCall(model: Model, ledger: Ledger, each: Call, check: () => void): Promise<void> {
  const request = { messages: [], tools: [] };
  const plan = await planCall(model, request, { ledger, signal, bound: () => each.bound });
  check();
  if (typeof plan === 'string') return;
  for (let i = 0; i < each.steps; i++) await Promise.resolve();
  const inputTokens = Math.floor(each.input * each.bound);
  const usage: Usage = {
    inputTokens,
    outputTokens: Math.floor(each.output * (plan.maxOutputTokens ?? 0)),
    cachedInputTokens: Math.floor(each.cached * inputTokens),
  };
  const micros = model.info.price ? costMicros(usage, model.info.price) : 0;
  plan.reservation?.settle({ micros, tokens: usage.inputTokens + usage.outputTokens });
  check();
}

test('usage never costs more than its worst case', () => {
  fc.assert(
    fc.property(
      price,
      fc.nat(1e6),
      fc.nat(1e5),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (own, input, output, part) => {
        const cachedInputTokens = Math.floor(input * part);
        const usage = {
          inputTokens: input,
          outputTokens: output,
          cachedInputTokens,
          cacheWriteTokens: input - cachedInputTokens,
        };
        expect(costMicros(usage, own)).toBeLessThanOrEqual(
          Math.ceil(input * worstInputPrice(own) + output * own.output),
        );
      },
    ),
  );
});

test('a dollar amount becomes whole micro-dollars, never rounded up', () => {
  expect([0.25, 0.1 + 0.2, 1e-7, 2.0000019].map(toMicros)).toEqual([250_000, 300_000, 0, 2_000_001]);
});

test('a call that cannot fit is refused with the limit it meets', async () => {
  const model = pricedModel({ input: 3, output: 15 }, 1000);
  const request = { messages: [], tools: [] };
  const money = new Ledger({ costUsd: 0.001 }, { now });
  expect(await planCall(model, request, { ledger: money, signal, bound: () => 400 })).toBe('costUsd');
  const tokens = new Ledger({ tokens: 100 }, { now });
  expect(await planCall(model, request, { ledger: tokens, signal, bound: () => 100 })).toBe('tokens');
});

test('the output limit is cut to what is left', async () => {
  const ledger = new Ledger({ costUsd: 0.01 }, { now });
  const plan = await planCall(
    pricedModel({ input: 1, output: 10 }, 5000),
    { messages: [], tools: [] },
    { ledger, signal, bound: () => 1000 },
  );
  expect(plan).toMatchObject({ maxOutputTokens: 900, clamped: 'costUsd' });
});

test('a call waits for money that a sibling may give back', async () => {
  const parent = new Ledger({ costUsd: 0.01 }, { now });
  const model = pricedModel({ input: 1, output: 10 }, 5000);
  const request = { messages: [], tools: [] };
  const ask = () => planCall(model, request, { ledger: new Ledger({}, { parent, now }), signal, bound: () => 1000 });
  const first = await ask();
  const second = ask();
  if (typeof first === 'string') throw new Error(first);
  first.reservation?.settle({ micros: 2000, tokens: 1100 });
  expect(await second).toMatchObject({ maxOutputTokens: 700 });
});

test('a limit is warned of once, at four fifths', () => {
  let clock = 0;
  const ledger = new Ledger({ turns: 5, seconds: 10 }, { now: () => clock });
  for (let i = 0; i < 3; i++) ledger.startTurn();
  expect(ledger.warnings()).toEqual([]);
  ledger.startTurn();
  expect(ledger.warnings()).toEqual([{ limit: 'turns', spent: 4, of: 5 }]);
  clock = 8000;
  expect(ledger.warnings()).toEqual([{ limit: 'seconds', spent: 8, of: 10 }]);
  expect(ledger.warnings()).toEqual([]);
});
