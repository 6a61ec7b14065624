import type { ModelEvent } from '@capstan/sdk/contract';
import { describe, expect, test } from 'vitest';
import type { DialectName, Failure, ReplyContext } from './dialect.ts';
import { dialects } from './dialects.ts';

const base: ReplyContext = { id: 'r1', model: 'm', at: 1_767_225_600_000, wants: {} };
const usage = { inputTokens: 120, outputTokens: 30, cachedInputTokens: 20, cacheWriteTokens: 5, reasoningTokens: 7 };
const failure: Failure = { code: 'model_failed', message: 'The upstream is gone.', status: 502, requestId: 'req_1' };

const events: readonly ModelEvent[] = [
  { type: 'reasoning.delta', text: 'Hm' },
  { type: 'reasoning.delta', text: '.', provider: { vendor: 'openai', data: { encrypted_content: 'x' } } },
  { type: 'text.delta', text: 'I ' },
  { type: 'text.delta', text: 'look.' },
  { type: 'tool.delta', callId: 'c1', tool: 'look', json: '{"n":' },
  { type: 'tool.delta', callId: 'c1', tool: 'look', json: '1}' },
  { type: 'tool.delta', callId: 'c2', tool: 'apply_patch', json: '{"input":"*** x"}' },
  {
    type: 'message',
    stopReason: 'tools',
    usage,
    message: {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'Hm.', provider: { vendor: 'openai', data: { encrypted_content: 'x' } } },
        { type: 'text', text: 'I look.' },
        { type: 'call', callId: 'c1', tool: 'look', json: '{"n":1}' },
        { type: 'call', callId: 'c2', tool: 'apply_patch', json: '{"input":"*** x"}' },
      ],
    },
  },
];

function streamOf(name: DialectName, wants: ReplyContext['wants'] = {}, some = events): string {
  const encoder = dialects[name].stream({ ...base, wants });
  return some.map((event) => encoder.encode(event)).join('');
}

interface Frame {
  readonly [field: string]: unknown;
}

function framesOf(stream: string): readonly Frame[] {
  return stream
    .split(/\r?\n\r?\n/)
    .flatMap((text) => text.split(/\r?\n/).filter((line) => line.startsWith('data: {')))
    .map((line) => JSON.parse(line.slice(6)) as Frame);
}

describe('Responses', () => {
  const frames = framesOf(streamOf('openai-responses', { custom: ['apply_patch'] }));

  test('tell every step of every item, numbered without a gap', () => {
    expect(frames.map((frame) => frame['sequence_number'])).toEqual(frames.map((_, index) => index));
    expect(frames.map((frame) => String(frame['type']).replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'output_item.added',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
      'output_item.done',
      'completed',
    ]);
  });

  test('give each item the same place and id from its beginning to its end', () => {
    const added = frames.filter(({ type }) => type === 'response.output_item.added');
    const done = frames.filter(({ type }) => type === 'response.output_item.done');
    const placeOf = ({ output_index: index, item }: Frame) => [index, (item as { id: string }).id];
    expect(added.map(placeOf)).toEqual(done.map(placeOf));
    expect(added.map(({ output_index: index }) => index)).toEqual([0, 1, 2, 3]);
    expect(frames.at(-1)).toMatchObject({ response: { output: done.map(({ item }) => item) } });
  });

  test('end with the counts that Codex needs', () => {
    expect(frames.at(-1)?.['response']).toMatchObject({
      status: 'completed',
      usage: {
        input_tokens: 120,
        input_tokens_details: { cached_tokens: 20 },
        output_tokens: 30,
        output_tokens_details: { reasoning_tokens: 7 },
        total_tokens: 150,
      },
    });
  });

  test.each([
    ['length', 'max_output_tokens'],
    ['refusal', 'content_filter'],
  ] as const)('that end by %s are incomplete', (stopReason, reason) => {
    const message = { role: 'assistant' as const, parts: [] };
    const [last] = framesOf(streamOf('openai-responses', {}, [{ type: 'message', message, stopReason }])).slice(-1);
    expect(last).toMatchObject({ type: 'response.incomplete', response: { incomplete_details: { reason } } });
  });
});

describe('Chat Completions', () => {
  test('give usage to those who ask for it, in a chunk of its own before the end', () => {
    const stream = streamOf('openai-chat', { includeUsage: true });
    expect(stream.endsWith('data: [DONE]\n\n')).toBe(true);
    const frames = framesOf(stream);
    expect(frames.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 150 } });
    expect(frames.slice(0, -1).every((frame) => frame['usage'] === null)).toBe(true);
    expect(streamOf('openai-chat')).not.toContain('usage');
  });

  test('give the free text of a custom tool in one piece', () => {
    const stream = streamOf('openai-chat', { custom: ['apply_patch'] });
    expect(stream).toContain('"type":"custom","custom":{"name":"apply_patch","input":"*** x"}');
    expect(stream).not.toContain('input\\":');
  });
});

describe('Messages', () => {
  test('count the prompt without what the cache had and took', () => {
    const frames = framesOf(streamOf('anthropic'));
    expect(frames.find(({ type }) => type === 'message_delta')).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: {
        input_tokens: 95,
        cache_read_input_tokens: 20,
        cache_creation_input_tokens: 5,
        output_tokens: 30,
        output_tokens_details: { thinking_tokens: 7 },
      },
    });
  });

  test('open and close one block at a time', () => {
    let open: unknown;
    for (const { type, index } of framesOf(streamOf('anthropic'))) {
      if (type === 'content_block_start') {
        expect(open).toBeUndefined();
        open = index;
      }
      if (type === 'content_block_delta') expect(index).toBe(open);
      if (type === 'content_block_stop') {
        expect(index).toBe(open);
        open = undefined;
      }
    }
    expect(open).toBeUndefined();
  });
});

describe('Gemini', () => {
  test('without server-sent events a stream is one JSON list', () => {
    const list = JSON.parse(streamOf('google', { list: true })) as readonly Frame[];
    expect(list).toEqual(framesOf(streamOf('google')));
    expect(list.at(-1)).toMatchObject({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 120, candidatesTokenCount: 23, thoughtsTokenCount: 7, totalTokenCount: 150 },
    });
  });

  test.each([0, 1, 4])('a list that fails after %i events ends in the error', (count) => {
    const encoder = dialects.google.stream({ ...base, wants: { list: true } });
    const text =
      events
        .slice(0, count)
        .map((event) => encoder.encode(event))
        .join('') + encoder.fail(failure);
    const list = JSON.parse(text) as readonly Frame[];
    expect(list.at(-1)).toMatchObject({ error: { code: 502 } });
    expect(text).not.toContain('finishReason');
  });

  test('calls come whole, each with its arguments as an object', () => {
    const calls = framesOf(streamOf('google')).flatMap(
      (frame) => JSON.stringify(frame).match(/"functionCall":\{.*?\}\}/g) ?? [],
    );
    expect(calls).toEqual([
      '"functionCall":{"id":"c1","name":"look","args":{"n":1}}',
      '"functionCall":{"id":"c2","name":"apply_patch","args":{"input":"*** x"}}',
    ]);
  });
});

test.each(Object.keys(dialects) as DialectName[])('%s: text leaves with the event that brings it', (name) => {
  const encoder = dialects[name].stream(base);
  for (const word of ['one', 'two', 'three'])
    expect(encoder.encode({ type: 'text.delta', text: word })).toContain(word);
});
