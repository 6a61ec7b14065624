import { isCapstanError } from '@capstan/sdk/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DialectName } from './dialect.ts';
import { dialects } from './dialects.ts';
import { seal, sealMark, splitId, unseal, unsealState } from './seal.ts';

const png = 'iVBORw0KGgo=';
const schema = { type: 'object', properties: { a: { type: 'string' } } };

/** Bodies that use about everything, to be broken in one place. */
const rich: { readonly [name in DialectName]: unknown } = {
  'openai-chat': {
    model: 'm',
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      { role: 'system', content: 'x' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'x' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
        ],
      },
      {
        role: 'assistant',
        content: 'x',
        tool_calls: [
          {
            id: `c_${seal({ n: 1, b: [{ t: [0, 1] }], c: { v: 'a', d: {} } })}`,
            type: 'function',
            function: { name: 't', arguments: '{}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c', content: 'x' },
    ],
    tools: [
      { type: 'function', function: { name: 't', parameters: schema } },
      {
        type: 'custom',
        custom: { name: 'f', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
      },
    ],
    tool_choice: { type: 'function', function: { name: 't' } },
    response_format: { type: 'json_schema', json_schema: { schema } },
    stop: ['x'],
  },
  'openai-responses': {
    model: 'm',
    input: [
      { role: 'developer', content: 'x' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'x' },
          { type: 'input_file', file_data: `data:application/pdf;base64,${png}` },
        ],
      },
      {
        type: 'reasoning',
        id: 'rs',
        summary: [{ type: 'summary_text', text: 'x' }],
        encrypted_content: seal({ v: 'a', d: {} }),
      },
      { type: 'function_call', call_id: 'c', name: 't', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'x' }] },
      { type: 'custom_tool_call', call_id: 'd', name: 'f', input: 'x' },
    ],
    tools: [
      { type: 'function', name: 't', parameters: schema },
      { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'i' }] },
    ],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 't' }] },
    text: { format: { type: 'json_schema', name: 'x', schema } },
    reasoning: { effort: 'low' },
  },
  anthropic: {
    model: 'm',
    max_tokens: 5,
    system: [{ type: 'text', text: 'x' }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'x' },
          { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'x' }] } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'x', signature: 'y' },
          { type: 'redacted_thinking', data: seal({ v: 'a', d: {}, of: 'next' }) },
          { type: 'tool_use', id: 'c', name: 't', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'c',
            content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }],
            is_error: false,
          },
        ],
      },
    ],
    tools: [{ name: 't', input_schema: schema }],
    tool_choice: { type: 'tool', name: 't' },
    thinking: { type: 'enabled', budget_tokens: 1024 },
    output_config: { format: { type: 'json_schema', schema }, effort: 'low' },
  },
  google: {
    contents: [
      { role: 'user', parts: [{ text: 'x' }, { inlineData: { mimeType: 'image/png', data: png } }] },
      {
        role: 'model',
        parts: [
          { text: 'x', thought: true, thoughtSignature: seal({ v: 'a', d: {}, of: 'last' }) },
          { functionCall: { name: 't', args: {} } },
        ],
      },
      { role: 'user', parts: [{ functionResponse: { name: 't', response: { output: 'x' }, parts: [] } }] },
    ],
    systemInstruction: { parts: [{ text: 'x' }] },
    tools: [{ functionDeclarations: [{ name: 't', parameters: { type: 'OBJECT', properties: {} } }] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['t'] } },
    generationConfig: { responseSchema: schema, thinkingConfig: { thinkingBudget: 5 }, stopSequences: ['x'] },
  },
};

const names = Object.keys(dialects) as DialectName[];

/** Every place inside a value. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((one, at) => (String(at) === key ? replaced(one, rest, by) : (one as unknown)));
  const fields = value as { readonly [field: string]: unknown };
  return { ...fields, [key]: replaced(fields[key], rest, by) };
}

/** Decodes, and writes what a model would have said; anything but a refusal that names its field is a fault. */
function tryBody(name: DialectName, body: unknown): 'taken' | 'refused' {
  try {
    const { request, wants } = dialects[name].decode(body, { model: 'm' });
    const context = { id: 'r', model: 'm', at: 0, wants };
    const message = request.messages.findLast(({ role }) => role === 'assistant');
    if (message?.role === 'assistant') dialects[name].encode({ message, stopReason: 'end' }, context);
    return 'taken';
  } catch (error) {
    if (!isCapstanError(error)) throw error;
    expect(error.code).toBe('invalid_config');
    expect(error.details.where).toBeTruthy();
    expect(error.details.status).toBe(400);
    return 'refused';
  }
}

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    null,
    '',
    ' ',
    0,
    -1,
    1e308,
    true,
    [],
    {},
    [[]],
    [null],
    { type: 'x' },
    '__proto__',
    `${sealMark}%%%`,
  ),
);

test.each(names)('%s: the body that uses everything is taken', (name) => {
  expect(tryBody(name, rich[name])).toBe('taken');
});

test.each(names)('%s: any JSON is taken or refused by the name of a field', (name) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (body) => void tryBody(name, body)),
    { numRuns: 500 },
  );
});

test.each(names)('%s: a body broken in one or two places is taken or refused by the name of a field', (name) => {
  const places = placesOf(rich[name]);
  const at = fc.constantFrom(...places);
  fc.assert(
    fc.property(at, junk, at, junk, (first, one, second, two) => {
      const broken = replaced(rich[name], first, one);
      tryBody(name, broken);
      if (placesOf(broken).some((place) => place.join('\n') === second.join('\n')))
        tryBody(name, replaced(broken, second, two));
    }),
    { numRuns: 3000 },
  );
});

test('what is sealed is unsealed again, in letters that ids and signatures may have', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/), (value, id) => {
      const plain = JSON.parse(JSON.stringify(value)) as never;
      const text = seal(plain);
      expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(text.startsWith(sealMark)).toBe(true);
      expect(text.length % 4).toBe(0);
      expect(unseal(text)).toEqual(plain);
      expect(splitId(`${id}_${text}`)).toEqual({ callId: id, sealed: plain });
      expect(splitId(id)).toEqual({ callId: id, sealed: undefined });
    }),
  );
});

test('a text that only looks sealed is no state', () => {
  for (const text of [
    '',
    sealMark,
    `${sealMark}xyz`,
    seal({ v: 1, d: {} }),
    seal({ v: 'a', d: 'x' }),
    seal(null),
    'EqQBCg==',
  ])
    expect(unsealState(text)).toBeUndefined();
});

test('JSON inside a text is not nested without end', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const messages = [{ role: 'assistant', tool_calls: [{ id: 'c', function: { name: 't', arguments: deep } }] }];
  expect(tryBody('openai-chat', { model: 'm', messages })).toBe('refused');
  const input = [{ type: 'function_call', call_id: 'c', name: 't', arguments: deep }];
  expect(tryBody('openai-responses', { model: 'm', input })).toBe('refused');
  const sealed = Buffer.from(`capstan.1{"v":"openai","d":{"a":${deep}}}`).toString('base64url');
  expect(sealed.startsWith(sealMark)).toBe(true);
  expect(unsealState(sealed)).toBeUndefined();
});
