import type { ModelEvent, ModelMessage } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chatDecoder } from './chat-decoder.ts';
import { chatEncoder } from './chat-request.ts';
import { decodeAll } from './decode-all.ts';
import { standardQuirks } from './quirks.ts';

const asked = { model: 'host/model', vendor: 'host' };

function chunk(delta: object, rest: object = {}): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null, ...rest }] })}\n\n`;
}

const stop = chunk({}, { finish_reason: 'stop' });
const toolStop = chunk({}, { finish_reason: 'tool_calls' });
const done = 'data: [DONE]\n\n';

function decode(stream: string, options: { readonly readThinkTags?: boolean } = {}): ModelMessage {
  const { events, missing } = decodeAll(chatDecoder({ asked, vendor: 'host', ...options }), stream);
  expect(missing).toBeUndefined();
  expectDeltasToJoin(events);
  return events.at(-1) as ModelMessage;
}

/** Deltas and the closing message must tell the same. */
function expectDeltasToJoin(events: readonly ModelEvent[]): void {
  const { message } = events.at(-1) as ModelMessage;
  const joined = (type: string): string =>
    events.map((event) => (event.type === type && 'text' in event ? event.text : '')).join('');
  const whole = (type: string): string =>
    message.parts.map((part) => (part.type === type && 'text' in part ? part.text : '')).join('');
  expect(joined('text.delta')).toBe(whole('text'));
  expect(joined('reasoning.delta')).toBe(whole('reasoning'));
  for (const part of message.parts) {
    if (part.type !== 'call') continue;
    expect(
      events.map((event) => (event.type === 'tool.delta' && event.callId === part.callId ? event.json : '')).join(''),
    ).toBe(part.json);
  }
}

const calls = (message: ModelMessage): [string, string][] =>
  message.message.parts.flatMap((part) => (part.type === 'call' ? [[part.tool, part.json] as [string, string]] : []));
const callChunk = (...pieces: object[]): string => chunk({ tool_calls: pieces });

const twoCalls: [string, string][] = [
  ['read', '{"a":1}'],
  ['list', '{"b":2}'],
];
const callStreams: [string, string][] = [
  [
    'in pieces',
    callChunk({ index: 0, id: 'call_aaaaaa', function: { name: 'read', arguments: '' } }) +
      callChunk({ index: 0, function: { arguments: '{"a"' } }) +
      callChunk({ index: 0, function: { arguments: ':1}' } }) +
      callChunk({ index: 1, id: 'call_bbbbbb', function: { name: 'list', arguments: '{"b":2}' } }),
  ],
  [
    'interleaved',
    callChunk({ index: 0, id: 'call_aaaaaa', function: { name: 'read', arguments: '{"a"' } }) +
      callChunk({ index: 1, id: 'call_bbbbbb', function: { name: 'list', arguments: '{"b"' } }) +
      callChunk({ index: 0, function: { arguments: ':1}' } }, { index: 1, function: { arguments: ':2}' } }),
  ],
  [
    'whole, without index',
    callChunk({ id: 'call_aaaaaa', function: { name: 'read', arguments: '{"a":1}' } }) +
      callChunk({ id: 'call_bbbbbb', function: { name: 'list', arguments: '{"b":2}' } }),
  ],
  [
    'whole, all with index 0',
    callChunk(
      { index: 0, id: 'call_aaaaaa', function: { name: 'read', arguments: '{"a":1}' } },
      { index: 0, id: 'call_bbbbbb', function: { name: 'list', arguments: '{"b":2}' } },
    ),
  ],
  [
    'without index and id',
    callChunk(
      { function: { name: 'read', arguments: '{"a":1}' } },
      { function: { name: 'list', arguments: '{"b":2}' } },
    ),
  ],
  [
    'without id',
    callChunk({ index: 0, function: { name: 'read', arguments: '{"a":1}' } }) +
      callChunk({ index: 1, function: { name: 'list', arguments: '{"b":2}' } }),
  ],
  [
    'with an empty name on later pieces',
    callChunk({ index: 0, id: 'call_aaaaaa', function: { name: 'read', arguments: '' } }) +
      callChunk({ index: 0, id: '', function: { name: '', arguments: '{"a":1}' } }) +
      callChunk({ index: 1, id: 'call_bbbbbb', function: { name: 'list', arguments: null } }) +
      callChunk({ index: 1, id: null, function: { name: null, arguments: '{"b":2}' } }),
  ],
  [
    'with id and name on each piece',
    callChunk({ index: 0, id: 'call_aaaaaa', function: { name: 'read', arguments: '{"a"' } }) +
      callChunk({ index: 0, id: 'call_aaaaaa', function: { name: 'read', arguments: ':1}' } }) +
      callChunk({ index: 1, id: 'call_bbbbbb', function: { name: 'list', arguments: '{"b":2}' } }),
  ],
  [
    'with another id on each piece',
    callChunk({ index: 0, id: 'call_aaaaaa', function: { name: 'read', arguments: '{"a"' } }) +
      callChunk({ index: 0, id: 'call_cccccc', function: { arguments: ':1}' } }) +
      callChunk({ index: 1, id: 'call_bbbbbb', function: { name: 'list', arguments: '{"b":2}' } }),
  ],
  [
    'with arguments as an object',
    callChunk(
      { index: 0, id: 'call_aaaaaa', function: { name: 'read', arguments: { a: 1 } } },
      { index: 1, id: 'call_bbbbbb', function: { name: 'list', arguments: { b: 2 } } },
    ),
  ],
  [
    'by id on later pieces, without index',
    callChunk({ id: 'call_aaaaaa', function: { name: 'read', arguments: '{"a"' } }) +
      callChunk({ id: 'call_bbbbbb', function: { name: 'list', arguments: '{"b"' } }) +
      callChunk({ id: 'call_aaaaaa', function: { arguments: ':1}' } }) +
      callChunk({ id: 'call_bbbbbb', function: { arguments: ':2}' } }),
  ],
  [
    'with indexes from 1',
    callChunk({ index: 1, id: 'call_aaaaaa', function: { name: 'read', arguments: '{"a":1}' } }) +
      callChunk({ index: 2, id: 'call_bbbbbb', function: { name: 'list', arguments: '{"b":2}' } }),
  ],
  [
    'in the message of a whole reply',
    `data: ${JSON.stringify({
      choices: [
        {
          message: {
            content: null,
            tool_calls: [
              { id: 'call_aaaaaa', function: { name: 'read', arguments: '{"a":1}' } },
              { id: 'call_bbbbbb', function: { name: 'list', arguments: '{"b":2}' } },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
    })}\n\n`,
  ],
];

test.each(callStreams)('calls are put together when they come %s', (_, stream) => {
  const message = decode(stream + toolStop + done);
  expect(calls(message)).toEqual(twoCalls);
  expect(message.stopReason).toBe('tools');
  const ids = message.message.parts.flatMap((part) => (part.type === 'call' ? [part.callId] : []));
  expect(new Set(ids).size).toBe(2);
});

test('a host that closes with the whole message is not heard twice', () => {
  const whole = { content: 'Hi', role: 'assistant' };
  const closing = `data: ${JSON.stringify({ object: 'chat.completion', choices: [{ index: 0, message: whole, finish_reason: 'stop' }] })}\n\n`;
  expect(decode(chunk({ content: 'Hi' }) + closing).message.parts).toEqual([{ type: 'text', text: 'Hi' }]);
});

test('only the first of several choices is read', () => {
  const second = `data: ${JSON.stringify({ choices: [{ index: 1, delta: { content: 'no' }, finish_reason: 'length' }] })}\n\n`;
  expect(decode(chunk({ content: 'yes' }) + second + stop)).toMatchObject({
    stopReason: 'end',
    message: { parts: [{ text: 'yes' }] },
  });
});

test('one call where a list belongs is read', () => {
  expect(
    calls(
      decode(
        chunk({ tool_calls: { index: 0, id: 'call_aaaaaa', function: { name: 'read', arguments: '{}' } } }) + toolStop,
      ),
    ),
  ).toEqual([['read', '{}']]);
});

test('the signature on a call goes back with it', () => {
  const extra_content = { google: { thought_signature: 'sig' } };
  const { message } = decode(
    callChunk({ index: 0, id: 'function-call-1', function: { name: 'read', arguments: '{}' }, extra_content }) +
      toolStop,
  );
  const encode = (vendor: string): string =>
    chatEncoder({ model: 'm', vendor, quirks: standardQuirks })({ tools: [], messages: [message] });
  expect(JSON.parse(encode('host')).messages[0].tool_calls[0]).toMatchObject({ id: 'function-call-1', extra_content });
  expect(encode('another')).not.toContain('sig');
});

test.each(['network_error', 'insufficient_system_resource', 'abort'])(
  'a stop with %s is a failure that may pass',
  (reason) => {
    const failing = (): unknown =>
      decodeAll(chatDecoder({ asked, vendor: 'host' }), chunk({ content: 'x' }, { finish_reason: reason }));
    expect(failing).toThrow(
      expect.objectContaining({ code: 'model_failed', details: expect.objectContaining({ retryable: true }) }),
    );
  },
);

test('ids that repeat from turn to turn are replaced', () => {
  const message = decode(callChunk({ index: 0, id: '0', function: { name: 'read', arguments: '{}' } }) + toolStop);
  expect(message.message.parts).toMatchObject([{ type: 'call', callId: expect.stringMatching(/^call_[0-9A-Z]{26}$/) }]);
});

test('a call without arguments has an empty object', () => {
  expect(
    calls(decode(callChunk({ index: 0, id: 'call_aaaaaa', function: { name: 'list', arguments: '' } }) + toolStop)),
  ).toEqual([['list', '{}']]);
});

test.each([
  ['reasoning_content', chunk({ reasoning_content: 'Hm' }) + chunk({ reasoning_content: '.' })],
  ['reasoning', chunk({ reasoning: 'Hm' }) + chunk({ reasoning: '.', content: '' })],
  [
    'reasoning_details',
    chunk({ reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0 }] }) +
      chunk({ reasoning_details: [{ type: 'reasoning.text', text: '.', index: 0 }] }),
  ],
  ['thinking pieces', chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] })],
])('reasoning is read from %s', (_, stream) => {
  const { message } = decode(stream + chunk({ content: 'Yes' }) + stop + done);
  expect(message.parts).toMatchObject([
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: 'Yes' },
  ]);
});

test('reasoning details are joined with their signature and kept to go back', () => {
  const details = [
    chunk({ reasoning: 'A', reasoning_details: [{ type: 'reasoning.text', text: 'A', format: 'f', index: 0 }] }),
    chunk({ reasoning: 'B', reasoning_details: [{ type: 'reasoning.text', text: 'B', format: 'f', index: 0 }] }),
    chunk({ reasoning_details: [{ type: 'reasoning.text', signature: 's', format: 'f', index: 0 }] }),
    chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', id: 'call_1', index: 1 }] }),
  ];
  const { message } = decode(details.join('') + chunk({ content: 'Yes' }) + stop);
  expect(message.parts[0]).toEqual({
    type: 'reasoning',
    text: 'AB',
    provider: {
      vendor: 'host',
      data: [
        { type: 'reasoning.text', text: 'AB', format: 'f', index: 0, signature: 's' },
        { type: 'reasoning.encrypted', data: 'x', id: 'call_1', index: 1 },
      ],
    },
  });
});

test.each<[string, string, object]>([
  [
    'in a chunk of its own',
    `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}}\n\n`,
    { inputTokens: 9, outputTokens: 4, cachedInputTokens: 3, reasoningTokens: 2 },
  ],
  [
    'of xAI, reasoning beside the completion',
    `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":23,"completion_tokens_details":{"reasoning_tokens":10}}}\n\n`,
    { inputTokens: 9, outputTokens: 14, reasoningTokens: 10 },
  ],
  [
    'of DeepSeek',
    `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_cache_hit_tokens":8}}\n\n`,
    { inputTokens: 9, outputTokens: 4, cachedInputTokens: 8 },
  ],
  [
    'of Groq',
    `data: {"choices":[],"x_groq":{"id":"r","usage":{"prompt_tokens":9,"completion_tokens":4}}}\n\n`,
    { inputTokens: 9, outputTokens: 4 },
  ],
])('usage is read %s', (_, stream, usage) => {
  expect(decode(chunk({ content: 'x' }) + stop + stream + done).usage).toEqual(usage);
});

test('usage that is missing stays unknown', () => {
  expect(decode(chunk({ content: 'x' }) + stop + done)).not.toHaveProperty('usage');
});

test('usage in every chunk is not added up', () => {
  const counted = (tokens: number): string =>
    `data: ${JSON.stringify({ choices: [{ delta: { content: 'x' } }], usage: { prompt_tokens: 5, completion_tokens: tokens } })}\n\n`;
  expect(decode(counted(1) + counted(2) + stop + done).usage).toEqual({ inputTokens: 5, outputTokens: 2 });
});

test.each([
  ['stop', 'end'],
  ['length', 'length'],
  ['content_filter', 'refusal'],
  ['eos', 'end'],
])('finish_reason %s is %s', (reason, stopReason) => {
  expect(decode(chunk({ content: 'x' }, { finish_reason: reason })).stopReason).toBe(stopReason);
});

test('a refusal is text with its own stop reason', () => {
  expect(decode(chunk({ refusal: 'No.' }) + stop)).toMatchObject({
    stopReason: 'refusal',
    message: { parts: [{ text: 'No.' }] },
  });
});

test('thoughts in tags are told from the answer, over any cut', () => {
  const pieces = ['\n<th', 'ink>a<b', '</thi', 'nk>\n\nYes <think>', ' no'].map((content) => chunk({ content }));
  const { message } = decode(pieces.join('') + stop, { readThinkTags: true });
  expect(message.parts).toEqual([
    { type: 'reasoning', text: 'a<b' },
    { type: 'text', text: 'Yes <think> no' },
  ]);
});

test.each([
  ['no finish_reason', chunk({ content: 'x' }), 'finish_reason'],
  ['no choices', ': nothing\n\n', 'no choices'],
])('a stream with %s is incomplete', (_, stream, words) => {
  expect(decodeAll(chatDecoder({ asked, vendor: 'host' }), stream).missing).toContain(words);
});

test('an error inside the stream is thrown with its code', () => {
  const failing =
    (error: object): (() => unknown) =>
    () =>
      decodeAll(
        chatDecoder({ asked, vendor: 'host' }),
        `${chunk({ content: 'x' })}data: ${JSON.stringify({ error })}\n\n`,
      );
  expect(failing({ message: 'Overloaded', code: 503 })).toThrow(
    expect.objectContaining({ code: 'model_failed', details: expect.objectContaining({ retryable: true }) }),
  );
  expect(failing({ message: 'Rate limit reached', code: 'rate_limit_exceeded' })).toThrow(
    expect.objectContaining({ code: 'rate_limited' }),
  );
  expect(failing({ message: "This model's maximum context length is 10 tokens", code: 400 })).toThrow(
    expect.objectContaining({ code: 'context_overflow' }),
  );
});

test('any split of the bytes gives the same events', () => {
  const stream = `\uFEFF: hi\r\n\r\n${callStreams[1]?.[1]}${chunk({ reasoning: '思考' })}${chunk({ content: 'Grüße 😀' }).replaceAll('\n', '\r\n')}${toolStop}${done}`;
  const bytes = new TextEncoder().encode(stream);
  const decoder = (): ReturnType<typeof chatDecoder> => chatDecoder({ asked, vendor: 'host' });
  const whole = decodeAll(decoder(), bytes);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 40 }), (cuts) => {
      expect(decodeAll(decoder(), bytes, cuts)).toEqual(whole);
    }),
  );
});
