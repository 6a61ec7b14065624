import type { ModelMessage, ModelRequest } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAll } from './decode-all.ts';
import { responsesDecoder } from './responses-decoder.ts';
import { responsesEncoder } from './responses-request.ts';

const asked = { model: 'openai/m', vendor: 'openai' };
const decoder = (): ReturnType<typeof responsesDecoder> => responsesDecoder({ asked, vendor: 'openai' });

function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

const reasoning = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [
    { type: 'summary_text', text: 'First' },
    { type: 'summary_text', text: 'Second' },
  ],
  encrypted_content: 'sealed',
};
const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'read', arguments: '{"a":1}' };
const text = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  phase: 'commentary',
  content: [{ type: 'output_text', text: 'Hi' }],
};
const usage = {
  input_tokens: 10,
  output_tokens: 5,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
  output_tokens_details: { reasoning_tokens: 2 },
};
const completed = event('response.completed', {
  response: { status: 'completed', output: [reasoning, text, call], usage },
});

const streamed = [
  event('response.created', { response: { status: 'in_progress', output: [], usage: null } }),
  event('response.output_item.added', {
    output_index: 0,
    item: { ...reasoning, summary: [], encrypted_content: 'half' },
  }),
  event('response.reasoning_summary_part.added', { output_index: 0, summary_index: 0 }),
  event('response.reasoning_summary_text.delta', { output_index: 0, summary_index: 0, delta: 'First' }),
  event('response.reasoning_summary_part.added', { output_index: 0, summary_index: 1 }),
  event('response.reasoning_summary_text.delta', { output_index: 0, summary_index: 1, delta: 'Second' }),
  event('response.output_item.done', { output_index: 0, item: reasoning }),
  event('response.output_item.added', { output_index: 1, item: { ...text, content: [] } }),
  event('response.output_text.delta', { output_index: 1, delta: 'H' }),
  event('response.output_text.delta', { output_index: 1, delta: 'i' }),
  event('response.output_item.done', { output_index: 1, item: text }),
  event('response.output_item.added', { output_index: 2, item: { ...call, arguments: '' } }),
  event('response.function_call_arguments.delta', { output_index: 2, delta: '{"a"' }),
  event('response.function_call_arguments.delta', { output_index: 2, delta: ':1}' }),
  event('response.output_item.done', { output_index: 2, item: call }),
  completed,
].join('');

const whole = event('response.output_item.done', { output_index: 0, item: reasoning }) + completed;
const atOnce = `data: ${JSON.stringify({ object: 'response', status: 'completed', output: [reasoning, text, call], usage })}\n\n`;

const expected: ModelMessage = {
  type: 'message',
  message: {
    role: 'assistant',
    parts: [
      { type: 'reasoning', text: 'First\n\nSecond', provider: { vendor: 'openai', data: reasoning } },
      { type: 'text', text: 'Hi', provider: { vendor: 'openai', data: { phase: 'commentary' } } },
      { type: 'call', callId: 'call_1', tool: 'read', json: '{"a":1}' },
    ],
  },
  stopReason: 'tools',
  usage: { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4, cacheWriteTokens: 3, reasoningTokens: 2 },
};

test.each([
  ['deltas', streamed],
  ['whole items', whole],
  ['one document', atOnce],
])('a reply in %s closes with the same message', (_, stream) => {
  const { events, missing } = decodeAll(decoder(), stream);
  expect(missing).toBeUndefined();
  expect(events.at(-1)).toEqual(expected);
  const joined = (type: string): string =>
    events.map((one) => (one.type === type ? ('json' in one ? one.json : 'text' in one ? one.text : '') : '')).join('');
  expect([joined('reasoning.delta'), joined('text.delta'), joined('tool.delta')]).toEqual([
    'First\n\nSecond',
    'Hi',
    '{"a":1}',
  ]);
});

test('what came goes back untouched and in order', () => {
  const request: ModelRequest = {
    tools: [],
    messages: [
      { role: 'user', parts: [{ type: 'text', text: 'x' }] },
      expected.message,
      { role: 'tool', callId: 'call_1', tool: 'read', parts: [{ type: 'text', text: 'r' }] },
    ],
  };
  const body = JSON.parse(responsesEncoder({ model: 'm', vendor: 'openai' })(request));
  expect(body).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] });
  expect(body.input.slice(1)).toEqual([
    reasoning,
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
      phase: 'commentary',
    },
    { type: 'function_call', call_id: 'call_1', name: 'read', arguments: '{"a":1}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'r' },
  ]);
});

test('reasoning of another vendor, or that led to nothing, stays here', () => {
  const [first] = expected.message.parts;
  if (first?.type !== 'reasoning') throw new Error('No reasoning');
  const encode = responsesEncoder({ model: 'm', vendor: 'openai' });
  const input = (parts: ModelMessage['message']['parts']): unknown =>
    JSON.parse(encode({ tools: [], messages: [{ role: 'assistant', parts }] })).input;
  expect(input([first])).toEqual([]);
  expect(
    input([
      { ...first, provider: { vendor: 'azure', data: {} } },
      { type: 'text', text: 'x' },
    ]),
  ).toHaveLength(1);
});

test.each([
  [{ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
  [{ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'refusal'],
  [{ status: 'completed', output: [text] }, 'end'],
  [{ status: 'completed', output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }] }, 'refusal'],
])('%j stops with %s', (response, stopReason) => {
  expect(decodeAll(decoder(), event(`response.${response.status}`, { response })).events.at(-1)).toMatchObject({
    stopReason,
  });
});

test.each<[string, string, string, boolean]>([
  [
    'response.failed',
    event('response.failed', { response: { status: 'failed', error: { code: 'server_error', message: 'Oops' } } }),
    'model_failed',
    true,
  ],
  [
    'rate limit',
    event('response.failed', {
      response: { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Try again in 2s' } },
    }),
    'rate_limited',
    true,
  ],
  [
    'an error event',
    event('error', { code: 'context_length_exceeded', message: 'Your input exceeds the context window' }),
    'context_overflow',
    false,
  ],
  [
    'a nested error',
    event('error', { error: { type: 'insufficient_quota', message: 'No quota' } }),
    'rate_limited',
    false,
  ],
  [
    'a policy',
    event('response.failed', { response: { status: 'failed', error: { code: 'bio_policy', message: 'No.' } } }),
    'model_failed',
    false,
  ],
])('%s fails as it should', (_, stream, code, retryable) => {
  expect(() => decodeAll(decoder(), stream)).toThrow(
    expect.objectContaining({ code, details: expect.objectContaining({ retryable }) }),
  );
});

test('a stream without response.completed is incomplete', () => {
  expect(decodeAll(decoder(), streamed.slice(0, -completed.length)).missing).toContain('response.completed');
});

test('an item is heard once, though the closing list has it at another place', () => {
  const search = { type: 'web_search_call', id: 'ws_1' };
  const stream = [
    event('response.output_item.done', { output_index: 0, item: search }),
    event('response.output_text.delta', { output_index: 1, delta: 'H' }),
    event('response.output_item.done', { output_index: 1, item: text }),
    event('response.completed', { response: { status: 'completed', output: [text] } }),
  ];
  const { events } = decodeAll(decoder(), stream.join(''));
  expect(events.flatMap((one) => (one.type === 'text.delta' && one.text !== '' ? [one.text] : []))).toEqual(['H', 'i']);
  expect(events.at(-1)).toMatchObject({ message: { parts: [{ type: 'text', text: 'Hi' }] } });
});

test('any split of the bytes gives the same events', () => {
  const bytes = new TextEncoder().encode(streamed.replaceAll('First', '思考 😀'));
  const all = decodeAll(decoder(), bytes);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 40 }), (cuts) => {
      expect(decodeAll(decoder(), bytes, cuts)).toEqual(all);
    }),
  );
});
