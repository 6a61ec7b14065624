import { expect, test } from 'vitest';
import { catalogue, modelInfo } from './catalogue.ts';

const entries = Object.entries(catalogue);

test.each(entries)('%s has a price with a day and a source, and caches cost what makes sense', (_, { price }) => {
  if (!price) return;
  expect(price.date).toMatch(/^2026-\d\d-\d\d$/);
  expect(price.source).toMatch(/^https:\/\//);
  expect(price.cachedInput ?? 0).toBeLessThan(price.input);
  expect(price.cacheWrite ?? price.input).toBeGreaterThanOrEqual(price.input);
  expect(price.output).toBeGreaterThan(price.input);
});

test.each(entries)('%s has limits that fit one another', (_, { contextWindow = 0, maxOutputTokens = 0 }) => {
  expect(contextWindow).toBeGreaterThanOrEqual(100_000);
  expect(maxOutputTokens).toBeLessThanOrEqual(272_000);
});

test('a name with a date counts as the model without it', () => {
  expect(modelInfo('anthropic/claude-sonnet-4-5-20250929')).toEqual(modelInfo('anthropic/claude-sonnet-4-5'));
  expect(modelInfo('openai/gpt-5-2025-08-07').price).toMatchObject({ input: 1.25, output: 10 });
});

test('a model that is unknown has no facts at all', () => {
  expect(modelInfo('openai/gpt-99')).toEqual({});
  expect(modelInfo('toString')).toEqual({});
});

test('an announced price counts from its day on', () => {
  const price = (today: string): number | undefined => modelInfo('google/gemini-3.8-flash', { today }).price?.input;
  expect([price('2026-12-31'), price('2027-01-01')]).toEqual([0.75, 1.5]);
});

test("a user's entry wins", () => {
  const own = { 'openai/gpt-5': { price: { input: 1, output: 2 } } };
  expect(modelInfo('openai/gpt-5', { entries: own })).toEqual({ price: { input: 1, output: 2 } });
});
