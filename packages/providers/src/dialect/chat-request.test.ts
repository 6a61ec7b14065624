import type { Message, ModelRequest } from '@capstan/sdk/contract';
import { expect, test } from 'vitest';
import { chatDecoder } from './chat-decoder.ts';
import { chatEncoder, outputTool } from './chat-request.ts';
import { decodeAll } from './decode-all.ts';
import { type Quirks, openaiQuirks, standardQuirks } from './quirks.ts';

const user: Message = { role: 'user', parts: [{ type: 'text', text: 'Hi' }] };
const tool = { name: 'read', description: 'Reads', inputSchema: { type: 'object' } };

function bodyOf(request: Partial<ModelRequest>, quirks: Partial<Quirks> = {}): Record<string, unknown> {
  const encode = chatEncoder({ model: 'm', vendor: 'host', quirks: { ...standardQuirks, ...quirks } });
  return JSON.parse(encode({ messages: [user], tools: [], ...request })) as Record<string, unknown>;
}

test('a host is spoken to as its quirks say', () => {
  const request = { instructions: 'Be brief.', maxOutputTokens: 9, seed: 3 };
  expect(bodyOf(request, openaiQuirks)).toMatchObject({
    max_completion_tokens: 9,
    seed: 3,
    messages: [{ role: 'developer' }, {}],
  });
  const plain = bodyOf(request, { streamUsage: false, seed: false, instructions: 'user' });
  expect(plain).toMatchObject({ max_tokens: 9, messages: [{ role: 'user', content: 'Be brief.' }, {}] });
  expect(plain).not.toHaveProperty('stream_options');
  expect(plain).not.toHaveProperty('seed');
});

const open = { type: 'object', properties: { a: { type: 'string' } } };
const closed = { ...open, required: ['a'], additionalProperties: false };

test.each([
  [closed, true],
  [open, false],
  [{ ...closed, properties: { a: { type: 'object', properties: {} } } }, false],
  [{ ...closed, allOf: [] }, false],
])('%j is asked for strictly only if the API takes it so: %s', (output, strict) => {
  expect(bodyOf({ output })['response_format']).toMatchObject({
    type: 'json_schema',
    json_schema: { strict, schema: output },
  });
});

test('without schemas the model is told', () => {
  const json = bodyOf({ output: open }, { output: 'json_object' });
  expect(json).toMatchObject({
    response_format: { type: 'json_object' },
    messages: [{ content: expect.stringContaining('"properties"') }, {}],
  });
  expect(bodyOf({ output: open }, { output: 'prompt' })).not.toHaveProperty('response_format');
});

test('an answer by a tool is read as text', () => {
  const alone = bodyOf({ output: open }, { output: 'tool' });
  expect(alone).toMatchObject({
    tools: [{ function: { name: outputTool, parameters: open } }],
    tool_choice: { function: { name: outputTool } },
  });
  expect(bodyOf({ output: open, tools: [tool] }, { output: 'tool' })).not.toHaveProperty('tool_choice');
  const asked = { model: 'host/m', vendor: 'host' };
  const piece = (args: string, name?: string): string =>
    `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [{ index: 0, ...(name ? { id: 'call_12345' } : {}), function: { name, arguments: args } }] } }] })}\n\n`;
  const stream = `${piece('', outputTool)}${piece('{"a"')}${piece(':"b"}')}data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\n`;
  const { events } = decodeAll(chatDecoder({ asked, vendor: 'host', outputTool }), stream);
  expect(events).toMatchObject([
    { type: 'text.delta', text: '{"a"' },
    { type: 'text.delta', text: ':"b"}' },
    { type: 'message', stopReason: 'end', message: { parts: [{ type: 'text', text: '{"a":"b"}' }] } },
  ]);
});

test('images, documents and text files go as their parts', () => {
  const parts = [
    { type: 'image', mediaType: 'image/png', url: 'https://x.example/a.png' },
    { type: 'file', mediaType: 'application/pdf', name: 'plan.pdf', data: 'JVBERi0=' },
    { type: 'file', mediaType: 'text/csv', name: 'a.csv', data: Buffer.from('a,b').toString('base64') },
  ] as const;
  expect(bodyOf({ messages: [{ role: 'user', parts }] })['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: 'https://x.example/a.png' } },
        { type: 'file', file: { filename: 'plan.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
        { type: 'text', text: 'a.csv:\na,b' },
      ],
    },
  ]);
});

test('images of results follow after the last result of the turn', () => {
  const image = { type: 'image', mediaType: 'image/png', data: 'AA==' } as const;
  const call = (callId: string) => ({ type: 'call', callId, tool: 'read', json: '{}' }) as const;
  const result = (callId: string): Message => ({ role: 'tool', callId, tool: 'read', parts: [image] });
  const messages: Message[] = [
    user,
    { role: 'assistant', parts: [call('call_1'), call('call_2')] },
    result('call_1'),
    result('call_2'),
  ];
  const encode = chatEncoder({ model: 'm', vendor: 'host', quirks: standardQuirks });
  const rolesOf = (list: readonly Message[]): string[] =>
    (JSON.parse(encode({ messages: list, tools: [] })).messages as { role: string }[]).map(({ role }) => role);
  const roles = ['user', 'assistant', 'tool', 'tool', 'user', 'user'];
  expect(rolesOf(messages)).toEqual(roles);
  // The same conversation goes on: what was kept of it must still be in order.
  expect(rolesOf([...messages, { role: 'assistant', parts: [{ type: 'text', text: 'ok' }] }, user])).toEqual([
    ...roles,
    'assistant',
    'user',
  ]);
});

test('a conversation that goes another way is encoded anew', () => {
  const encode = chatEncoder({ model: 'm', vendor: 'host', quirks: standardQuirks });
  const said = (text: string): Message => ({ role: 'assistant', parts: [{ type: 'text', text }] });
  const textsOf = (list: readonly Message[]): unknown[] =>
    (JSON.parse(encode({ messages: list, tools: [] })).messages as { content: unknown }[]).map(
      ({ content }) => content,
    );
  expect(textsOf([user, said('a'), user, said('b')])).toEqual(['Hi', 'a', 'Hi', 'b']);
  expect(textsOf([user, said('c')])).toEqual(['Hi', 'c']);
  expect(textsOf([user])).toEqual(['Hi']);
  expect(textsOf([])).toEqual([]);
});

test('a message that says nothing is left out', () => {
  const messages: Message[] = [user, { role: 'assistant', parts: [{ type: 'reasoning', text: 'hm' }] }, user];
  expect(bodyOf({ messages })['messages']).toHaveLength(2);
});
