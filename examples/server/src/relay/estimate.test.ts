import { expect, test } from 'vitest';
import { choicesOf, estimateOf, guessedUsage, outputLimitOf } from './estimate.ts';

test.each([
  [{ max_tokens: 7 }, 7],
  [{ max_completion_tokens: 7, max_tokens: 9 }, 7],
  [{ max_output_tokens: 7.5 }, 8],
  [{ generationConfig: { maxOutputTokens: 7 } }, 7],
  [{ generation_config: { max_output_tokens: 7 } }, 7],
  [{ generation_config: { maxOutputTokens: 7 } }, 7],
  [{ max_tokens: -1, generationConfig: null }, undefined],
  [{ max_tokens: '7', generation_config: 'x' }, undefined],
])('the reply of %j is at most %s tokens long', (body, limit) => {
  expect(outputLimitOf(body)).toBe(limit);
});

test.each([
  [{}, 1],
  [{ n: 3 }, 3],
  [{ generationConfig: { candidateCount: 4 } }, 4],
  [{ generation_config: { candidate_count: 4 } }, 4],
  [{ n: 0 }, 1],
  [{ n: 1e9 }, 128],
  [{ n: 'many' }, 1],
])('%j asks for %s replies', (body, choices) => {
  expect(choicesOf(body)).toBe(choices);
});

test('each of several replies is reserved', () => {
  const infos = [{ maxOutputTokens: 1000, price: { input: 1, output: 10 } }];
  const one = estimateOf({ body: {}, bytes: 200, maxOutputTokens: 500, infos });
  const three = estimateOf({ body: {}, bytes: 200, maxOutputTokens: 500, choices: 3, infos });
  expect(one).toEqual({ tokens: 600, costMicros: 5100 });
  expect(three).toEqual({ tokens: 1600, costMicros: 15_100 });
});

test('an image is not counted by its letters', () => {
  const body = { messages: [{ role: 'user', content: [{ url: `data:image/png;base64,${'A'.repeat(1_000_000)}` }] }] };
  const { inputTokens } = guessedUsage(body, JSON.stringify(body).length, 0);
  expect(inputTokens).toBeLessThan(4000);
});
