import type { ModelRequest } from '@capstan/sdk/contract';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test, vi } from 'vitest';
import { tokenCounter } from './count-tokens.ts';

const prose = 'The quick brown fox jumps over the lazy dog. Größe: 世界 😀\n'.repeat(50);

function ask(text: string): ModelRequest {
  return { instructions: 'Be brief.', tools: [], messages: [{ role: 'user', parts: [{ type: 'text', text }] }] };
}

async function loaded(model: string): Promise<(request: ModelRequest) => number> {
  const count = tokenCounter(model);
  if (!count) throw new Error('No counter');
  const bytes = count(ask('x'));
  await vi.waitFor(() => expect(count(ask('x'))).not.toBe(bytes), { timeout: 10_000 });
  return count;
}

test('the count is a tight bound once the tokenizer is loaded', async () => {
  const count = await loaded('gpt-5-mini');
  const exact = countTokens(prose);
  expect(count(ask(prose))).toBeGreaterThan(exact);
  expect(count(ask(prose))).toBeLessThan(exact * 1.2);
});

test('long runs, on which tokenizers take for ever, count a token a byte', async () => {
  const count = await loaded('gpt-4o');
  expect(count(ask('a'.repeat(500_000)))).toBeGreaterThan(500_000);
  expect(count(ask(' '.repeat(500_000)))).toBeGreaterThan(500_000);
});

test('special tokens in a text are text', async () => {
  const count = await loaded('o3');
  expect(count(ask('<|endoftext|>'))).toBeLessThan(100);
});

test('without the tokenizer a token a byte is counted', async () => {
  const load = vi.fn<() => Promise<never>>(() => Promise.reject(new Error('not installed')));
  const count = tokenCounter('gpt-5', { load });
  expect(count?.(ask(prose))).toBeGreaterThan(Buffer.byteLength(prose));
  expect(count?.(ask(prose))).toBeGreaterThan(Buffer.byteLength(prose));
  expect(load).toHaveBeenCalledTimes(1);
});

test.each(['gpt-6-sol', 'claude-opus-5', 'gpt-50', 'llama'])('%s has a tokenizer that is not known', (model) => {
  expect(tokenCounter(model)).toBeUndefined();
});
