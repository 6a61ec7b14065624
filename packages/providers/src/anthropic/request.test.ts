import { readFileSync } from 'node:fs';
import type { JsonSchema, Message, ModelEvent, ModelRequest } from '@capstan/sdk/contract';
import { expect, test } from 'vitest';
import { sseDecoder } from '../wire/sse.ts';
import { messageDecoder } from './decode.ts';
import type { AnthropicRequestOptions } from './options.ts';
import { messagesRequest } from './request.ts';

const user = (text: string): Message => ({ role: 'user', parts: [{ type: 'text', text }] });
const ask = (more: Partial<ModelRequest> = {}): ModelRequest => ({ messages: [user('hi')], tools: [], ...more });
const same = (schema: JsonSchema): JsonSchema => schema;

interface Body {
  readonly [field: string]: unknown;
  readonly messages: readonly {
    readonly role: string;
    readonly content: readonly { readonly [field: string]: unknown }[];
  }[];
}

function bodyOf(request: ModelRequest, options: AnthropicRequestOptions = {}, model = 'claude-sonnet-4-5'): Body {
  return JSON.parse(messagesRequest(request, { model, info: {} }, options, same).body) as Body;
}

function replied(fixture: string): Message {
  const events: ModelEvent[] = [];
  const decoder = messageDecoder({ model: 'anthropic/x', vendor: 'anthropic' });
  const bytes = readFileSync(new URL(`__fixtures__/${fixture}.sse`, import.meta.url));
  for (const event of sseDecoder().push(bytes)) decoder.push(event, events);
  const last = events.at(-1);
  if (last?.type !== 'message') throw new Error('The fixture does not close.');
  return last.message;
}

test('thinking, redacted thinking and calls go back as they came', () => {
  const { messages } = bodyOf(ask({ messages: [user('hi'), replied('interleaved'), user('go on')] }));
  expect(messages[1]?.content).toEqual([
    {
      type: 'thinking',
      thinking: "The user wants Zürich's weather.",
      signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk=',
    },
    { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3rAFBa8cr3qpP' },
    { type: 'text', text: 'I look up Zürich. ☀️' },
    { type: 'tool_use', id: 'toolu_01A', name: 'weather', input: { city: 'Zürich' } },
    { type: 'thinking', thinking: 'And the time.', signature: 'c2Vjb25k' },
    { type: 'tool_use', id: 'toolu_01B', name: 'now', input: {} },
  ]);
});

test('a paused turn goes back with the blocks of its server tools and its citations, and nothing after it', () => {
  const { messages } = bodyOf(ask({ messages: [user('hi'), replied('pause')] }));
  expect(messages).toHaveLength(2);
  expect(messages[1]?.content.map((block) => block['type'])).toEqual([
    'text',
    'server_tool_use',
    'web_search_tool_result',
    'text',
  ]);
  expect(messages[1]?.content[3]).toMatchObject({
    text: 'A capstan turns.',
    citations: [{ encrypted_index: 'Eo8BCioIAhgC' }],
  });
});

test('cache breakpoints stand after the tools, the instructions and the last two user messages', () => {
  const tools = ['a', 'b'].map((name) => ({ name, description: name, inputSchema: { type: 'object' } }));
  const history = [user('one'), replied('refusal'), user('two'), replied('refusal'), user('three')];
  const body = bodyOf(ask({ tools, instructions: 'Be brief.', messages: history }));
  const marks = JSON.stringify(body).match(/"cache_control":\{"type":"ephemeral"\}/g);
  expect(marks).toHaveLength(4);
  expect(body['tools']).toMatchObject([{ name: 'a' }, { name: 'b', cache_control: { type: 'ephemeral' } }]);
  expect(body['system']).toEqual([{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }]);
  expect(body.messages.map((message) => 'cache_control' in (message.content.at(-1) ?? {}))).toEqual([
    false,
    false,
    true,
    false,
    true,
  ]);
  expect(JSON.stringify(bodyOf(ask({ tools }), { cache: 'off' }))).not.toContain('cache_control');
  expect(JSON.stringify(bodyOf(ask(), { cache: '1h' }))).toContain('"cache_control":{"type":"ephemeral","ttl":"1h"}');
});

test('images, PDFs and text files are sent as what they are, in results too', () => {
  const parts = [
    { type: 'image' as const, mediaType: 'image/png', data: 'aW1n' },
    { type: 'image' as const, mediaType: 'image/png', url: 'https://example.com/a.png' },
    { type: 'file' as const, mediaType: 'application/pdf', name: 'a.pdf', data: 'cGRm' },
    { type: 'file' as const, mediaType: 'text/csv', data: Buffer.from('a;ü').toString('base64') },
    { type: 'file' as const, mediaType: 'application/zip', name: 'a.zip', data: 'emlw' },
  ];
  const call: Message = { role: 'assistant', parts: [{ type: 'call', callId: 'c', tool: 'see', json: '{}' }] };
  const body = bodyOf(
    ask({ messages: [{ role: 'user', parts }, call, { role: 'tool', callId: 'c', tool: 'see', parts, failed: true }] }),
    { cache: 'off' },
  );
  const blocks = [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aW1n' } },
    { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'cGRm' } },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a;ü' } },
    {
      type: 'text',
      text: '[The file a.zip of type application/zip is left out: this model reads images, PDF and text.]',
    },
  ];
  expect(body.messages[0]?.content).toEqual(blocks);
  expect(body.messages[2]?.content).toEqual([
    { type: 'tool_result', tool_use_id: 'c', content: [{ type: 'text', text: 'The call failed.' }, ...blocks] },
  ]);
});

test('a thinking budget leaves room for the answer', () => {
  const thinking = { budgetTokens: 16_000 };
  expect(bodyOf(ask({ maxOutputTokens: 20_000 }), { thinking })['thinking']).toEqual({
    type: 'enabled',
    budget_tokens: 16_000,
  });
  expect(bodyOf(ask({ maxOutputTokens: 4000 }), { thinking })['thinking']).toEqual({
    type: 'enabled',
    budget_tokens: 3999,
  });
  expect(bodyOf(ask({ maxOutputTokens: 500 }), { thinking })['thinking']).toEqual({ type: 'disabled' });
  expect(messagesRequest(ask(), { model: 'claude-sonnet-4-5', info: {} }, { thinking }, same).betas).toEqual([
    'interleaved-thinking-2025-05-14',
  ]);
  expect(
    messagesRequest(ask(), { model: 'x', info: {} }, { thinking: { ...thinking, interleaved: false } }, same).betas,
  ).toEqual([]);
});

test.each([
  ['adaptive', { type: 'adaptive', display: 'summarized' }],
  ['between-tools', { type: 'between_tools' }],
  ['off', { type: 'disabled' }],
  [undefined, undefined],
] as const)('thinking %s', (thinking, sent) => {
  expect(bodyOf(ask(), thinking === undefined ? {} : { thinking, effort: 'low' })['thinking']).toEqual(sent);
});

test('an answer of a schema is asked for natively, or by a tool where the model needs it', () => {
  const output = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
  expect(bodyOf(ask({ output }))['output_config']).toEqual({ format: { type: 'json_schema', schema: output } });
  const old = bodyOf(ask({ output }), {}, 'claude-sonnet-4-20250514');
  expect(old['output_config']).toBeUndefined();
  expect(old['tool_choice']).toEqual({ type: 'tool', name: 'final_answer' });
  expect(old['tools']).toMatchObject([{ name: 'final_answer', input_schema: output }]);
});

test('fields of the caller win over ours, and arguments may stream as they are written', () => {
  const tools = [
    {
      name: 'a',
      description: 'a',
      inputSchema: {
        anyOf: [
          { type: 'object', properties: { x: {} }, required: ['x'] },
          { type: 'object', properties: { y: {} }, required: ['x', 'y'] },
        ],
      },
    },
  ];
  const body = bodyOf(ask({ tools }), {
    eagerTools: true,
    serverTools: [{ type: 'web_search_20260318', name: 'web_search' }],
    body: { max_tokens: 5, metadata: { user_id: 'u' } },
  });
  expect(body).toMatchObject({ max_tokens: 5, metadata: { user_id: 'u' } });
  expect(body['tools']).toMatchObject([
    { type: 'web_search_20260318' },
    {
      name: 'a',
      eager_input_streaming: true,
      input_schema: { type: 'object', properties: { x: {}, y: {} }, required: ['x'] },
    },
  ]);
});

test('a result whose call was compacted away goes as text', () => {
  const late: Message = { role: 'tool', callId: 'gone', tool: 'read', parts: [{ type: 'text', text: 'content' }] };
  expect(bodyOf(ask({ messages: [user('sum'), late] }), { cache: 'off' }).messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'sum' },
        { type: 'text', text: 'Result of an earlier call of read:\ncontent' },
      ],
    },
  ]);
});

test('an answer does not end in thinking, and one that is nothing else is left out', () => {
  const thought = (text: string) => ({
    type: 'reasoning' as const,
    text,
    provider: { vendor: 'anthropic', data: { signature: text } },
  });
  const cut: Message = { role: 'assistant', parts: [thought('a'), { type: 'text', text: 'Well' }, thought('b')] };
  const only: Message = { role: 'assistant', parts: [thought('c')] };
  const { messages } = bodyOf(ask({ messages: [user('1'), cut, user('2'), only, user('3')] }), { cache: 'off' });
  expect(messages.map(({ role, content }) => [role, content.map(({ type }) => type)])).toEqual([
    ['user', ['text']],
    ['assistant', ['thinking', 'text']],
    ['user', ['text']],
    ['user', ['text']],
  ]);
});
