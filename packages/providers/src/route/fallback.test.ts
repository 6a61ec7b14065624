import {
  CapstanError,
  type ErrorCode,
  type ErrorDetails,
  type Model,
  type ModelEvent,
  type ModelMessage,
} from '@capstan/sdk/contract';
import { expect, test } from 'vitest';
import { fallback } from './fallback.ts';

const request = { messages: [], tools: [] };
const usage = { inputTokens: 1000, outputTokens: 100 };

function answers(id: string, info: Model['info'] = {}): Model {
  return {
    id,
    info,
    async *stream() {
      yield { type: 'text.delta', text: id };
      yield {
        type: 'message',
        message: { role: 'assistant', parts: [{ type: 'text', text: id }] },
        stopReason: 'end',
        usage,
      };
    },
  };
}

function fails(
  id: string,
  code: ErrorCode,
  { details = {}, after = 0 }: { details?: ErrorDetails; after?: number } = {},
): Model & { calls: number } {
  return {
    id,
    info: {},
    calls: 0,
    async *stream() {
      this.calls += 1;
      for (let at = 0; at < after; at += 1) yield { type: 'text.delta', text: 'x' };
      throw new CapstanError(code, `${id} fails`, details);
    },
  };
}

function run(model: Model): Promise<ModelEvent[]> {
  return Array.fromAsync(model.stream(request, { signal: new AbortController().signal }));
}

test.each<[ErrorCode, ErrorDetails]>([
  ['auth_missing', {}],
  ['auth_refused', { retryable: false }],
  ['rate_limited', { retryable: false }],
  ['model_failed', { retryable: true }],
  ['not_found', {}],
])('%s before the first delta brings the next model', async (code, details) => {
  const events = await run(fallback([fails('a/1', code, { details }), answers('b/2')]));
  expect(events[0]).toMatchObject({ type: 'switch', from: 'a/1', to: 'b/2', error: { code } });
  expect(events.at(-1)).toMatchObject({ type: 'message', message: { parts: [{ text: 'b/2' }] } });
});

test.each<[ErrorCode, ErrorDetails]>([
  ['aborted', {}],
  ['context_overflow', {}],
  ['invalid_config', {}],
  ['model_failed', { retryable: false }],
])('%s is no reason to try another', async (code, details) => {
  await expect(run(fallback([fails('a/1', code, { details }), answers('b/2')]))).rejects.toMatchObject({ code });
});

test('once output began there is no other try', async () => {
  const model = fallback([fails('a/1', 'model_failed', { details: { retryable: true }, after: 1 }), answers('b/2')]);
  await expect(run(model)).rejects.toMatchObject({ code: 'model_failed', message: 'a/1 fails' });
});

test('a model that failed rests, as long as its vendor asks', async () => {
  let time = 0;
  const first = fails('a/1', 'rate_limited', { details: { retryable: true, retryAfterMs: 5000 } });
  const model = fallback([first, answers('b/2')], { now: () => time });
  await run(model);
  time = 4999;
  expect((await run(model)).some((event) => event.type === 'switch')).toBe(false);
  expect(first.calls).toBe(1);
  time = 5000;
  await run(model);
  expect(first.calls).toBe(2);
});

test('when all fail, the error that waiting may mend is told', async () => {
  const model = fallback([
    fails('a/1', 'auth_missing'),
    fails('b/2', 'rate_limited', { details: { retryable: true, retryAfterMs: 7 } }),
  ]);
  await expect(run(model)).rejects.toMatchObject({
    code: 'rate_limited',
    message: 'None of a/1, b/2 answered. b/2 fails',
    details: { retryAfterMs: 7 },
  });
});

test('the cost is that of the model which answered, the limits are the smallest', async () => {
  const cheap = answers('a/1', { contextWindow: 100, price: { input: 1, output: 2 }, tools: true });
  const dear = answers('b/2', { contextWindow: 50, price: { input: 10, output: 20, cachedInput: 1 }, tools: false });
  const model = fallback([cheap, dear]);
  expect(model.info).toEqual({
    contextWindow: 50,
    price: { input: 10, output: 20, cachedInput: 1, cacheWrite: 10 },
    tools: false,
  });
  expect(((await run(model)).at(-1) as ModelMessage).costUsd).toBe(0.0012);
});

test('an empty list is refused', () => {
  expect(() => fallback([])).toThrow(expect.objectContaining({ code: 'invalid_config' }));
});
