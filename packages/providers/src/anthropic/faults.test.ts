import { isCapstanError, type ModelEvent } from '@capstan/sdk/contract';
import { expect, test } from 'vitest';
import { anthropicServer } from '../testing/anthropic-server.ts';
import { faultMatrix } from '../testing/fault-matrix.ts';
import type { ScriptedReply } from '../testing/scripted-reply.ts';
import { anthropic } from './anthropic.ts';

const key = 'sk-ant-planted-0123456789abcdef';
const reply: ScriptedReply = {
  text: 'Ein größerer Satz, 世界 ☃ und noch mehr. '.repeat(8),
  calls: [{ tool: 'read', input: { path: 'ü' } }],
};

async function met(script: ScriptedReply): Promise<{ events: ModelEvent[]; error: unknown; text: string }> {
  await using server = await anthropicServer([script]);
  const model = anthropic({
    model: 'claude-sonnet-4-5',
    apiKey: key,
    baseURL: server.url,
    timeouts: { firstByteMs: 200, idleMs: 200 },
  });
  const events: ModelEvent[] = [];
  let error: unknown;
  try {
    const request = {
      messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'hi' }] }],
      tools: [],
    };
    for await (const event of model.stream(request, { signal: new AbortController().signal })) events.push(event);
  } catch (thrown) {
    error = thrown;
  }
  return { events, error, text: events.flatMap((event) => (event.type === 'text.delta' ? [event.text] : [])).join('') };
}

test.each(faultMatrix)('$name becomes $code, retryable: $retryable', async ({ fault, code, retryable }) => {
  const { error, events } = await met({ ...reply, fault });
  expect(isCapstanError(error)).toBe(true);
  expect(error).toMatchObject({ code, details: { retryable, model: 'anthropic/claude-sonnet-4-5' } });
  expect(events.some((event) => event.type === 'message')).toBe(false);
  const error_ = error as Error & { cause?: unknown };
  expect(`${error_.stack}${JSON.stringify(error)}`).not.toContain(key);
});

test('a refused key is not repeated in the error that quotes it', async () => {
  const { error } = await met({ fault: { kind: 'status', status: 401, message: `invalid x-api-key: ${key}` } });
  expect((error as Error).message).toContain('sk-…cdef');
  expect(JSON.stringify(error)).not.toContain(key);
});

test('a rate limit tells how long to wait', async () => {
  const { error } = await met({
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '7', 'request-id': 'req_1' } },
  });
  expect(error).toMatchObject({ code: 'rate_limited', details: { retryAfterMs: 7000, requestId: 'req_1' } });
});

test.each([
  'prompt is too long: 212345 tokens > 200000 maximum',
  'input length and `max_tokens` exceed context limit: 199000 + 32000 > 200000',
])('"%s" is a context overflow', async (message) => {
  const { error } = await met({ fault: { kind: 'status', status: 400, message } });
  expect(error).toMatchObject({ code: 'context_overflow', details: { retryable: false } });
});

test('a compressed reply reads like a plain one', async () => {
  const plain = await met(reply);
  const { error, text } = await met({ ...reply, fault: { kind: 'gzip' } });
  expect(error).toBeUndefined();
  expect(text).toBe(plain.text);
});

test('text that came before a fault is kept', async () => {
  const { text } = await met({ ...reply, fault: { kind: 'cut' } });
  expect(text.length).toBeGreaterThan(5);
  expect(reply.text?.startsWith(text)).toBe(true);
});
