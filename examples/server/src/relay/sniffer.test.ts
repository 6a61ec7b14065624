import { expect, test } from 'vitest';
import type { Wire } from '../config/kinds.ts';
import { createSniffer } from './sniffer.ts';

const data = (value: unknown): string => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
const delta = (content: string) => data({ choices: [{ index: 0, delta: { content } }], usage: null });
const closing = data({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } });

function sniff(wire: Wire, pieces: readonly string[], stripUsage = false) {
  const sniffer = createSniffer({ wire, stripUsage });
  const out = pieces.map((piece) => sniffer.events(Buffer.from(piece)).toString()).join('');
  return { out, usage: sniffer.usage(), complete: sniffer.complete() };
}

test('the closing usage of a chat is read, and taken out where only the relay asked', () => {
  for (const pieces of [[delta('a'), closing, data('[DONE]')], [delta('a') + closing + data('[DONE]')]]) {
    const kept = sniff('openai-chat', pieces);
    expect(kept).toMatchObject({ complete: true, usage: { inputTokens: 3, outputTokens: 2 } });
    expect(kept.out).toBe(pieces.join(''));
    expect(sniff('openai-chat', pieces, true).out).toBe(delta('a') + data('[DONE]'));
  }
});

test('usage that rides on an event with content is read and stays', () => {
  const last = data({ choices: [{ index: 0, delta: {} }], usage: { prompt_tokens: 3, completion_tokens: 2 } });
  expect(sniff('openai-chat', [last, data('[DONE]')], true)).toMatchObject({
    out: last + data('[DONE]'),
    usage: { inputTokens: 3 },
  });
});

test('words about usage in a text are no usage', () => {
  const told = delta('{"usage":{"prompt_tokens":999}} [DONE]');
  expect(sniff('openai-chat', [told])).toMatchObject({ out: told, usage: undefined, complete: false });
});

test('the counts of Anthropic come from two events, and the later ones win', () => {
  const start = data({
    type: 'message_start',
    message: { usage: { input_tokens: 5, cache_read_input_tokens: 7, output_tokens: 1 } },
  });
  const end = data({ type: 'message_delta', delta: {}, usage: { output_tokens: 20 } });
  const seen = sniff('anthropic', [start, end, data({ type: 'message_stop' })]);
  expect(seen).toMatchObject({
    complete: true,
    usage: { inputTokens: 12, outputTokens: 20, cachedInputTokens: 7 },
  });
  expect(sniff('anthropic', [start, end]).complete).toBe(false);
});

test('a response is complete with its last event, whose counts include the reasoning', () => {
  const usage = { input_tokens: 4, output_tokens: 6, output_tokens_details: { reasoning_tokens: 5 } };
  const created = data({ type: 'response.created', response: { usage: null, tools: [{ usage: { type: 'x' } }] } });
  const completed = data({ type: 'response.completed', response: { usage } });
  expect(sniff('openai-responses', [created])).toMatchObject({ complete: false, usage: undefined });
  expect(sniff('openai-responses', [created, completed])).toMatchObject({
    complete: true,
    usage: { inputTokens: 4, outputTokens: 6, reasoningTokens: 5 },
  });
});

test('the last counts of Gemini are those that hold', () => {
  const event = (tokens: number, reason?: string) =>
    data({
      candidates: [{ finishReason: reason }],
      usageMetadata: { promptTokenCount: 4, candidatesTokenCount: tokens },
    });
  expect(sniff('google', [event(1), event(9, 'STOP')])).toMatchObject({
    complete: true,
    usage: { inputTokens: 4, outputTokens: 9 },
  });
  expect(sniff('google', [event(1)]).complete).toBe(false);
});

test('a chat that says why it ended is complete without its last line, which is then added', () => {
  const chunk = (reason: string) => `data: {"choices":[{"index":0,"delta":{},"finish_reason":${reason}}]}\n\n`;
  const after = (...chunks: readonly string[]) => {
    const sniffer = createSniffer({ wire: 'openai-chat' });
    for (const one of chunks) sniffer.events(Buffer.from(one));
    return [sniffer.complete(), sniffer.missing()];
  };
  const two = createSniffer({ wire: 'openai-chat', choices: 2 });
  two.events(Buffer.from(chunk('"stop"')));
  expect(two.complete()).toBe(false);
  two.events(Buffer.from(chunk('"stop"')));
  expect(two.complete()).toBe(true);
  expect(after(chunk('null'))).toEqual([false, '']);
  expect(after(chunk('"stop"'))).toEqual([true, 'data: [DONE]\n\n']);
  expect(after(chunk(' "length"'), 'data: {"choices":[],"usage":{}}\n\n')).toEqual([true, 'data: [DONE]\n\n']);
  expect(after(chunk('"stop"'), 'data: [DONE]\n\n')).toEqual([true, '']);
  expect(after('data: {"choices":[{"delta":{"content":"\\"finish_reason\\":\\"stop\\""}}]}\n\n')).toEqual([false, '']);
});
