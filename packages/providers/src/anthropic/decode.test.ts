import { readFileSync } from 'node:fs';
import type { ModelEvent, ModelMessage } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sseDecoder } from '../wire/sse.ts';
import { messageDecoder } from './decode.ts';

const asked = { model: 'anthropic/claude-sonnet-4-5', vendor: 'anthropic' };

const fixture = (name: string): Buffer => readFileSync(new URL(`__fixtures__/${name}.sse`, import.meta.url));

/** Decodes bytes that arrive cut at the given places. */
function decode(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  outputTool?: string,
): { events: ModelEvent[]; missing: string | undefined } {
  const sse = sseDecoder();
  const decoder = messageDecoder(asked, { outputTool });
  const events: ModelEvent[] = [];
  const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  for (const [at, from] of places.slice(0, -1).entries()) {
    for (const event of sse.push(bytes.slice(from, places[at + 1]))) decoder.push(event, events);
  }
  for (const event of sse.end()) decoder.push(event, events);
  return { events, missing: events.at(-1)?.type === 'message' ? undefined : decoder.end(events) };
}

const message = (events: readonly ModelEvent[]): ModelMessage => events.at(-1) as ModelMessage;

test('thinking between calls keeps its order, its signatures and its redacted blocks', () => {
  const { events } = decode(fixture('interleaved'));
  expect(message(events)).toEqual({
    type: 'message',
    stopReason: 'tools',
    usage: { inputTokens: 1521, outputTokens: 143, cachedInputTokens: 1500, cacheWriteTokens: 0, reasoningTokens: 61 },
    message: {
      role: 'assistant',
      parts: [
        {
          type: 'reasoning',
          text: "The user wants Zürich's weather.",
          provider: { vendor: 'anthropic', data: { signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk=' } },
        },
        {
          type: 'reasoning',
          text: '',
          provider: {
            vendor: 'anthropic',
            data: {
              block: {
                type: 'redacted_thinking',
                data: 'EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3rAFBa8cr3qpP',
              },
            },
          },
        },
        { type: 'text', text: 'I look up Zürich. ☀️' },
        { type: 'call', callId: 'toolu_01A', tool: 'weather', json: '{"city": "Zürich"}' },
        {
          type: 'reasoning',
          text: 'And the time.',
          provider: { vendor: 'anthropic', data: { signature: 'c2Vjb25k' } },
        },
        { type: 'call', callId: 'toolu_01B', tool: 'now', json: '{}' },
      ],
    },
  });
});

test('a paused turn carries the blocks of server tools and its citations', () => {
  const { message: reply, stopReason } = message(decode(fixture('pause')).events);
  expect(stopReason).toBe('pause');
  expect(reply.parts.map((part) => part.type)).toEqual(['text', 'reasoning', 'reasoning', 'text']);
  expect(reply.parts[1]?.provider?.data).toEqual({
    block: { type: 'server_tool_use', id: 'srvtoolu_01', name: 'web_search', input: { query: 'capstan' } },
  });
  expect(reply.parts[3]?.provider?.data).toMatchObject({ citations: [{ title: 'Capstan' }] });
});

test('a refusal stops as one', () => {
  expect(message(decode(fixture('refusal')).events)).toMatchObject({
    stopReason: 'refusal',
    message: { parts: [{ text: 'I can' }] },
  });
});

test.each(['interleaved', 'pause', 'refusal'])('%s gives the same events however its bytes are cut', (name) => {
  const bytes = fixture(name);
  const whole = decode(bytes).events;
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
      expect(decode(bytes, cuts).events).toEqual(whole);
    }),
    { numRuns: 150 },
  );
});

test('a stream that ends anywhere before message_stop says what it lacks', () => {
  const bytes = fixture('refusal');
  const stop = bytes.indexOf('event: message_stop');
  for (const frames of [bytes.indexOf('event: content_block_delta'), bytes.indexOf('event: message_delta'), stop]) {
    expect(decode(bytes.subarray(0, frames)).missing).toMatch(/message_stop/);
  }
  expect(decode(new Uint8Array(0)).missing).toMatch(/message_start/);
});

test('the call of the output tool is the answer itself', () => {
  const wire = fixture('interleaved').toString().replaceAll('"weather"', '"final_answer"');
  const { events } = decode(Buffer.from(wire), [], 'final_answer');
  expect(message(events).message.parts).toContainEqual({ type: 'text', text: '{"city": "Zürich"}' });
  expect(events.filter((event) => event.type === 'tool.delta').map((event) => event.tool)).toEqual(['now']);
});

test('a whole message instead of a stream reads the same', () => {
  const body = {
    type: 'message',
    content: [
      { type: 'text', text: 'hi' },
      { type: 'tool_use', id: 't1', name: 'now', input: { a: 1 } },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 1, output_tokens: 2 },
  };
  const events: ModelEvent[] = [];
  messageDecoder(asked).push({ event: undefined, data: JSON.stringify(body) }, events);
  expect(events.map((event) => event.type)).toEqual(['text.delta', 'tool.delta', 'message']);
  expect(message(events)).toMatchObject({
    stopReason: 'tools',
    usage: { inputTokens: 1, outputTokens: 2 },
    message: { parts: [{ text: 'hi' }, { json: '{"a":1}' }] },
  });
});

function wire(...events: readonly object[]): Buffer {
  return Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
}

const started = (id: string, more: object = {}): object => ({
  type: 'message_start',
  message: { id, usage: { input_tokens: 3, output_tokens: 1 }, ...more },
});

test('a second message in the middle is a failure, the same one told twice is not', () => {
  const block = [
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } },
  ];
  const end = [
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
    { type: 'message_stop' },
  ];
  expect(() => decode(wire(started('one'), ...block, started('two'), ...block, ...end))).toThrow(
    expect.objectContaining({ code: 'model_failed', details: expect.objectContaining({ retryable: true }) as object }),
  );
  expect(message(decode(wire(started('one'), started('one'), ...block, ...end)).events)).toMatchObject({
    usage: { inputTokens: 3, outputTokens: 9 },
    message: { parts: [{ text: 'a' }] },
  });
});

test('blocks that a message starts with count, with who called', () => {
  const caller = { type: 'code_execution_20260120', tool_id: 'srvtoolu_1' };
  const content = [{ type: 'tool_use', id: 'toolu_1', name: 'roll', input: { sides: 6 }, caller }];
  const { events } = decode(wire(started('one', { content, stop_reason: 'tool_use' }), { type: 'message_stop' }));
  expect(events[0]).toMatchObject({ type: 'tool.delta', callId: 'toolu_1', tool: 'roll', json: '{"sides":6}' });
  expect(message(events)).toMatchObject({
    stopReason: 'tools',
    message: {
      parts: [
        {
          type: 'call',
          callId: 'toolu_1',
          tool: 'roll',
          json: '{"sides":6}',
          provider: { vendor: 'anthropic', data: { caller } },
        },
      ],
    },
  });
});

test('a block of an unknown kind is kept with what its deltas add, and all rounds are counted', () => {
  const iterations = [
    { type: 'compaction', input_tokens: 5000, output_tokens: 200 },
    { type: 'message', input_tokens: 60, output_tokens: 20 },
    { type: 'advisor_message', input_tokens: 9, output_tokens: 9 },
  ];
  const { events } = decode(
    wire(
      started('one'),
      { type: 'content_block_start', index: 0, content_block: { type: 'compaction', content: null } },
      { type: 'content_block_delta', index: 0, delta: { type: 'compaction_delta', content: 'So ' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'compaction_delta', content: 'far.' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: { input_tokens: 60, output_tokens: 20, iterations },
      },
      { type: 'message_stop' },
    ),
  );
  expect(message(events)).toMatchObject({
    usage: { inputTokens: 5060, outputTokens: 220 },
    message: {
      parts: [
        { type: 'reasoning', text: '', provider: { data: { block: { type: 'compaction', content: 'So far.' } } } },
      ],
    },
  });
});
