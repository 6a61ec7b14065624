import { readFileSync } from 'node:fs';
import type { ModelEvent, ModelMessage } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sseDecoder } from '../wire/sse.ts';
import { generateDecoder } from './decode.ts';

const asked = { model: 'google/gemini-3-pro', vendor: 'google' };
const fixture = (name: string): Buffer => readFileSync(new URL(`__fixtures__/${name}.sse`, import.meta.url));

/** Decodes bytes that arrive cut at the given places. */
function decode(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): { events: ModelEvent[]; missing: string | undefined } {
  const sse = sseDecoder();
  let ids = 0;
  const decoder = generateDecoder(asked, { makeId: () => `made-${++ids}` });
  const events: ModelEvent[] = [];
  const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  for (const [at, from] of places.slice(0, -1).entries()) {
    for (const event of sse.push(bytes.slice(from, places[at + 1]))) decoder.push(event, events);
  }
  for (const event of sse.end()) decoder.push(event, events);
  return { events, missing: decoder.end(events) };
}

function chunks(...list: readonly object[]): Buffer {
  return Buffer.from(list.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''));
}

const message = (events: readonly ModelEvent[]): ModelMessage => events.at(-1) as ModelMessage;

test('the thought signature stays with the call it came with', () => {
  const { events, missing } = decode(fixture('parallel'));
  expect(missing).toBeUndefined();
  expect(message(events)).toEqual({
    type: 'message',
    stopReason: 'tools',
    usage: { inputTokens: 40, outputTokens: 55, cachedInputTokens: 32, reasoningTokens: 35 },
    message: {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: "**Planning**\nI need Zürich's weather.", provider: { vendor: 'google', data: {} } },
        { type: 'text', text: 'I look it up. ☀️' },
        {
          type: 'call',
          callId: 'a1',
          tool: 'weather',
          json: '{"city":"Zürich"}',
          provider: { vendor: 'google', data: { id: 'a1', signature: 'U2lnbmVk' } },
        },
        { type: 'call', callId: 'a2', tool: 'now', json: '{}', provider: { vendor: 'google', data: { id: 'a2' } } },
      ],
    },
  });
});

test('a signature on an empty last part is kept as that part', () => {
  expect(message(decode(fixture('signed-end')).events).message.parts).toEqual([
    { type: 'text', text: 'Half and half.' },
    {
      type: 'reasoning',
      text: '',
      provider: { vendor: 'google', data: { part: { text: '', thoughtSignature: 'bGFzdA==' } } },
    },
  ]);
});

test('calls without ids get ids of their own', () => {
  const call = (city: string) => ({ functionCall: { name: 'weather', args: { city } } });
  const { events } = decode(
    chunks({ candidates: [{ content: { parts: [call('a'), call('b')] }, finishReason: 'STOP' }] }),
  );
  expect(message(events).message.parts).toEqual([
    { type: 'call', callId: 'made-1', tool: 'weather', json: '{"city":"a"}' },
    { type: 'call', callId: 'made-2', tool: 'weather', json: '{"city":"b"}' },
  ]);
  expect(message(events).stopReason).toBe('tools');
});

test('a blocked prompt without candidates is a refusal', () => {
  expect(message(decode(fixture('blocked')).events)).toEqual({
    type: 'message',
    message: { role: 'assistant', parts: [] },
    stopReason: 'refusal',
    usage: { inputTokens: 9, outputTokens: 0 },
  });
});

test.each(['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY'])(
  '%s is a refusal that keeps the text so far',
  (finishReason) => {
    const { events } = decode(
      chunks({ candidates: [{ content: { parts: [{ text: 'Once' }] } }] }, { candidates: [{ finishReason }] }),
    );
    expect(message(events)).toMatchObject({ stopReason: 'refusal', message: { parts: [{ text: 'Once' }] } });
  },
);

test.each([
  [
    { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed function call: print(' }] },
    /MALFORMED_FUNCTION_CALL \(Malformed/,
  ],
  [{ candidates: [{ content: { parts: [{ text: '' }] }, finishReason: 'STOP' }] }, /it is empty/],
  [{ candidates: [] }, /finish reason/],
  [{ usageMetadata: { promptTokenCount: 3 } }, /finish reason/],
])('%j is no reply', (chunk, words) => {
  const { events, missing } = decode(chunks(chunk));
  expect(missing).toMatch(words);
  expect(events).toEqual([]);
});

test('an error inside the stream is told as the vendor tells it', () => {
  const error = { error: { code: 429, message: 'Quota exceeded. Please retry in 12s.', status: 'RESOURCE_EXHAUSTED' } };
  expect(() => decode(chunks(error))).toThrow(expect.objectContaining({ code: 'rate_limited' }));
});

test('arguments that stream in pieces are put together', () => {
  const call = message(decode(fixture('partial')).events).message.parts[0];
  expect(call).toMatchObject({
    type: 'call',
    callId: 'p1',
    tool: 'write',
    json: '{"files":[{"path":"a.ts","lines":3}],"force":true}',
  });
});

test('code that ran at Google rides along untouched', () => {
  const { stopReason, message: reply } = message(decode(fixture('server-code')).events);
  expect(stopReason).toBe('end');
  expect(reply.parts.map((part) => part.provider?.data)).toEqual([
    { part: { executableCode: { language: 'PYTHON', code: 'print(1)' }, thoughtSignature: 'Yw==' } },
    { part: { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } } },
    undefined,
  ]);
});

test('a list of chunks instead of a stream reads the same', () => {
  const events: ModelEvent[] = [];
  const decoder = generateDecoder(asked);
  const list = [
    { candidates: [{ content: { parts: [{ text: 'a' }] } }] },
    { candidates: [{ content: { parts: [{ text: 'b' }] }, finishReason: 'STOP' }] },
  ];
  decoder.push({ event: undefined, data: JSON.stringify(list) }, events);
  expect(decoder.end(events)).toBeUndefined();
  expect(message(events).message.parts).toEqual([{ type: 'text', text: 'ab' }]);
});

test.each(['parallel', 'signed-end', 'blocked', 'partial', 'server-code'])(
  '%s gives the same events however its bytes are cut',
  (name) => {
    const bytes = fixture(name);
    const whole = decode(bytes);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        expect(decode(bytes, cuts)).toEqual(whole);
      }),
      { numRuns: 120 },
    );
  },
);
