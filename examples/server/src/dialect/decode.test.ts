import type { Message, ModelRequest } from '@capstan/sdk/contract';
import { describe, expect, test } from 'vitest';
import type { DialectName, Inbound, RouteFacts } from './dialect.ts';
import { leastBodies } from '../testing/least-bodies.ts';
import { dialects } from './dialects.ts';

const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false };
const png = 'iVBORw0KGgo=';
const hi: Message = { role: 'user', parts: [{ type: 'text', text: 'hi' }] };

function decode(name: DialectName, more: object, route: RouteFacts = {}): Inbound {
  return dialects[name].decode({ ...leastBodies[name], ...more }, { model: 'm', ...route });
}

test.each(Object.keys(leastBodies) as DialectName[])(
  '%s: the least body is a request with nothing but a message',
  (name) => {
    const { request, model, stream } = decode(name, {});
    expect({ request, model, stream }).toEqual({
      model: 'm',
      stream: false,
      request: { messages: [hi], tools: [], ...(name === 'anthropic' ? { maxOutputTokens: 9 } : {}) },
    });
  },
);

const look = { name: 'look', description: 'Looks.', inputSchema: schema };
const chatTool = { type: 'function', function: { name: 'look', description: 'Looks.', parameters: schema } };
const responsesTool = { type: 'function', name: 'look', description: 'Looks.', parameters: schema, strict: true };
const anthropicTool = {
  name: 'look',
  description: 'Looks.',
  input_schema: schema,
  cache_control: { type: 'ephemeral' },
};
const googleTool = { functionDeclarations: [{ name: 'look', description: 'Looks.', parametersJsonSchema: schema }] };

describe('settings', () => {
  test.each<[DialectName, object, Partial<ModelRequest>]>([
    ['openai-chat', { max_tokens: 5 }, { maxOutputTokens: 5 }],
    ['openai-chat', { max_completion_tokens: 6, max_tokens: 5 }, { maxOutputTokens: 6 }],
    ['openai-chat', { temperature: 0, top_p: 1, stop: 'x' }, { sampling: { temperature: 0, topP: 1, stop: ['x'] } }],
    ['openai-chat', { stop: ['a', 'b'], seed: -3 }, { sampling: { stop: ['a', 'b'] }, seed: -3 }],
    [
      'openai-chat',
      { frequency_penalty: 1, presence_penalty: -1 },
      { sampling: { frequencyPenalty: 1, presencePenalty: -1 } },
    ],
    ['openai-chat', { reasoning_effort: 'minimal' }, { reasoning: 'low' }],
    ['openai-chat', { reasoning_effort: 'none' }, { reasoning: 'off' }],
    ['openai-chat', { tools: [chatTool] }, { tools: [look] }],
    ['openai-chat', { tools: [chatTool], tool_choice: 'required' }, { toolChoice: 'required' }],
    [
      'openai-chat',
      { tools: [chatTool], tool_choice: { type: 'function', function: { name: 'look' } } },
      { toolChoice: { tool: 'look' } },
    ],
    ['openai-chat', { tools: [chatTool], parallel_tool_calls: false }, { parallelCalls: false }],
    [
      'openai-chat',
      { functions: [{ name: 'look', description: 'Looks.', parameters: schema }], function_call: 'none' },
      { tools: [look], toolChoice: 'none' },
    ],
    [
      'openai-chat',
      { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } },
      { output: schema },
    ],
    [
      'openai-chat',
      { response_format: { type: 'json_object' } },
      { instructions: 'Reply with one JSON object and nothing else.' },
    ],
    ['openai-chat', { response_format: { type: 'text' }, temperature: null, stop: null, tools: null }, { tools: [] }],
    [
      'openai-responses',
      { max_output_tokens: 5, temperature: 2, top_p: 0 },
      { maxOutputTokens: 5, sampling: { temperature: 2, topP: 0 } },
    ],
    [
      'openai-responses',
      { tools: [responsesTool], tool_choice: { type: 'function', name: 'look' } },
      { tools: [look], toolChoice: { tool: 'look' } },
    ],
    [
      'openai-responses',
      { tools: [responsesTool, { type: 'web_search' }, { type: 'local_shell' }] },
      { tools: [look] },
    ],
    [
      'openai-responses',
      {
        tools: [responsesTool],
        tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'look' }] },
      },
      { tools: [look], toolChoice: 'required' },
    ],
    [
      'openai-responses',
      { text: { format: { type: 'json_schema', name: 'x', schema, strict: true } } },
      { output: schema },
    ],
    [
      'openai-responses',
      { instructions: 'Be terse.', reasoning: { effort: 'xhigh', summary: 'auto' } },
      { instructions: 'Be terse.', reasoning: 'high' },
    ],
    [
      'anthropic',
      {
        system: [
          { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
          { type: 'text', text: 'b' },
        ],
      },
      { instructions: 'a\n\nb' },
    ],
    [
      'anthropic',
      { temperature: 1, top_p: 0.5, top_k: 3, stop_sequences: ['x', ' '] },
      { sampling: { temperature: 1, topP: 0.5, topK: 3, stop: ['x'] } },
    ],
    ['anthropic', { tools: [anthropicTool, { type: 'web_search_20260318', name: 'web_search' }] }, { tools: [look] }],
    [
      'anthropic',
      { tools: [anthropicTool], tool_choice: { type: 'any', disable_parallel_tool_use: true } },
      { toolChoice: 'required', parallelCalls: false },
    ],
    [
      'anthropic',
      { tools: [anthropicTool], tool_choice: { type: 'tool', name: 'look' } },
      { toolChoice: { tool: 'look' } },
    ],
    ['anthropic', { tools: [anthropicTool], tool_choice: { type: 'none' } }, { toolChoice: 'none' }],
    [
      'anthropic',
      { output_config: { format: { type: 'json_schema', schema }, effort: 'max' } },
      { output: schema, reasoning: 'high' },
    ],
    ['anthropic', { output_format: { type: 'json_schema', schema } }, { output: schema }],
    ['anthropic', { thinking: { type: 'enabled', budget_tokens: 2048 } }, { reasoning: 'low' }],
    ['anthropic', { thinking: { type: 'disabled' } }, { reasoning: 'off' }],
    [
      'anthropic',
      { metadata: { user_id: 'x' }, service_tier: 'auto', context_management: { edits: [] } },
      { maxOutputTokens: 9 },
    ],
    ['google', { systemInstruction: { parts: [{ text: 'a' }] } }, { instructions: 'a' }],
    [
      'google',
      { system_instruction: { parts: { text: 'a' } }, safetySettings: [{ category: 'x', threshold: 'y' }] },
      { instructions: 'a' },
    ],
    [
      'google',
      { generationConfig: { temperature: 2, topP: 0.9, topK: 4, maxOutputTokens: 7, stopSequences: ['x'], seed: 1 } },
      { maxOutputTokens: 7, seed: 1, sampling: { temperature: 2, topP: 0.9, topK: 4, stop: ['x'] } },
    ],
    [
      'google',
      { generation_config: { max_output_tokens: 7, response_mime_type: 'application/json' } },
      { maxOutputTokens: 7, instructions: 'Reply with one JSON object and nothing else.' },
    ],
    ['google', { generationConfig: { responseJsonSchema: schema } }, { output: schema }],
    [
      'google',
      {
        generationConfig: {
          responseSchema: {
            type: 'OBJECT',
            properties: {
              a: { type: 'STRING', nullable: true },
              l: { type: 'ARRAY', minItems: '2', items: { type: 'NUMBER' } },
            },
          },
        },
      },
      {
        output: {
          type: 'object',
          properties: { a: { type: ['string', 'null'] }, l: { type: 'array', minItems: 2, items: { type: 'number' } } },
        },
      },
    ],
    ['google', { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }, { reasoning: 'off' }],
    ['google', { generationConfig: { thinkingConfig: { thinkingLevel: 'HIGH' } } }, { reasoning: 'high' }],
    ['google', { tools: [googleTool, { googleSearch: {} }] }, { tools: [look] }],
    [
      'google',
      { tools: [{ functionDeclarations: [{ name: 'now' }] }] },
      { tools: [{ name: 'now', description: '', inputSchema: { type: 'object', properties: {} } }] },
    ],
    [
      'google',
      { tools: [googleTool], toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
      { toolChoice: 'required' },
    ],
    [
      'google',
      { tools: [googleTool], toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['look'] } } },
      { toolChoice: { tool: 'look' } },
    ],
    [
      'google',
      { tools: [googleTool], toolConfig: { functionCallingConfig: { mode: 'NONE' } } },
      { toolChoice: 'none' },
    ],
  ])('%s %j', (name, more, expected) => {
    expect(decode(name, more).request).toMatchObject(expected);
  });

  test('a tool that takes free text becomes one with a text argument, its grammar in words', () => {
    const tool = {
      type: 'custom',
      name: 'apply_patch',
      description: 'Patches.',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
    };
    const { request, wants } = decode('openai-responses', { tools: [tool] });
    expect(request.tools[0]).toMatchObject({ name: 'apply_patch', inputSchema: { required: ['input'] } });
    expect(request.tools[0]?.description).toContain('start: "x"');
    expect(wants['custom']).toEqual(['apply_patch']);
  });

  test('a prompt is counted without the length of its reply', () => {
    const { request } = dialects.anthropic.decode(
      { model: 'm', messages: leastBodies.anthropic['messages'] },
      { count: true },
    );
    expect(request.messages).toEqual([hi]);
    const inner = dialects.google.decode(
      { generateContentRequest: { ...leastBodies.google, model: 'models/x' } },
      { count: true },
    );
    expect(inner.model).toBe('x');
  });
});

describe('conversations', () => {
  const image = { type: 'image', mediaType: 'image/png', data: png } as const;
  const remote = { type: 'image', mediaType: 'image/png', url: 'https://example.com/a.png' } as const;
  const pdf = { type: 'file', mediaType: 'application/pdf', name: 'a.pdf', data: png } as const;
  const parts = [{ type: 'text', text: 'see' } as const, image, remote, pdf];
  const nameless = parts.map((part) =>
    part === pdf ? { type: 'file', mediaType: 'application/pdf', data: png } : part,
  );
  const data = `data:image/png;base64,${png}`;
  const pdfData = `data:application/pdf;base64,${png}`;

  test.each<[DialectName, object, unknown]>([
    [
      'openai-chat',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'see' },
              { type: 'image_url', image_url: { url: data, detail: 'low' } },
              { type: 'image_url', image_url: { url: remote.url } },
              { type: 'file', file: { filename: 'a.pdf', file_data: pdfData } },
            ],
          },
        ],
      },
      parts,
    ],
    [
      'openai-responses',
      {
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'see' },
              { type: 'input_image', image_url: data },
              { type: 'input_image', image_url: remote.url },
              { type: 'input_file', filename: 'a.pdf', file_data: pdfData },
            ],
          },
        ],
      },
      parts,
    ],
    [
      'anthropic',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'see' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
              { type: 'image', source: { type: 'url', url: remote.url } },
              {
                type: 'document',
                title: 'a.pdf',
                source: { type: 'base64', media_type: 'application/pdf', data: png },
              },
            ],
          },
        ],
      },
      parts,
    ],
    [
      'google',
      {
        contents: {
          parts: [
            { text: 'see' },
            { inlineData: { mimeType: 'image/png', data: png } },
            { file_data: { mime_type: 'image/png', file_uri: remote.url } },
            { inline_data: { mime_type: 'application/pdf', data: png } },
          ],
        },
      },
      nameless,
    ],
  ])('%s: text, images and files', (name, more, expected) => {
    expect(decode(name, more).request.messages).toEqual([{ role: 'user', parts: expected }]);
  });

  const called = { type: 'call', callId: 'c1', tool: 'look', json: '{"n":1}' } as const;
  const other = { type: 'call', callId: 'c2', tool: 'look', json: '{"n":2}' } as const;
  const turns: readonly Message[] = [
    hi,
    { role: 'assistant', parts: [{ type: 'text', text: 'I look.' }, called, other] },
    { role: 'tool', callId: 'c1', tool: 'look', parts: [{ type: 'text', text: 'one' }, image] },
    { role: 'tool', callId: 'c2', tool: 'look', parts: [{ type: 'text', text: 'gone' }], failed: true },
    { role: 'user', parts: [{ type: 'text', text: 'more' }] },
  ];
  // Chat Completions and Responses have no word for a result that failed.
  const unfailed = turns.map((turn) => (turn.role === 'tool' ? { ...turn, failed: undefined } : turn));

  test.each<[DialectName, object, readonly object[]]>([
    [
      'openai-chat',
      {
        messages: [
          { role: 'user', content: 'hi' },
          {
            role: 'assistant',
            content: 'I look.',
            tool_calls: [
              { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"n":1}' } },
              { id: 'c2', type: 'function', function: { name: 'look', arguments: '{"n":2}' } },
            ],
          },
          {
            role: 'tool',
            tool_call_id: 'c1',
            content: [
              { type: 'text', text: 'one' },
              { type: 'image_url', image_url: { url: data } },
            ],
          },
          { role: 'tool', tool_call_id: 'c2', content: 'gone' },
          { role: 'user', content: 'more' },
        ],
      },
      unfailed,
    ],
    [
      'openai-responses',
      {
        input: [
          { type: 'message', role: 'user', content: 'hi' },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.', annotations: [] }] },
          { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"n":1}' },
          { type: 'web_search_call', id: 'ws_1', status: 'completed' },
          { type: 'function_call', call_id: 'c2', name: 'look', arguments: '{"n":2}' },
          {
            type: 'function_call_output',
            call_id: 'c1',
            output: [
              { type: 'input_text', text: 'one' },
              { type: 'input_image', image_url: data },
            ],
          },
          { type: 'function_call_output', call_id: 'c2', output: 'gone' },
          { role: 'user', content: 'more' },
        ],
      },
      unfailed,
    ],
    [
      'anthropic',
      {
        messages: [
          { role: 'user', content: 'hi' },
          {
            role: 'assistant',
            content: [
              { type: 'text', text: 'I look.' },
              { type: 'tool_use', id: 'c1', name: 'look', input: { n: 1 } },
              { type: 'tool_use', id: 'c2', name: 'look', input: { n: 2 } },
            ],
          },
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                tool_use_id: 'c1',
                content: [
                  { type: 'text', text: 'one' },
                  { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
                ],
              },
              {
                type: 'tool_result',
                tool_use_id: 'c2',
                content: 'gone',
                is_error: true,
                cache_control: { type: 'ephemeral' },
              },
              { type: 'text', text: 'more' },
            ],
          },
        ],
      },
      turns,
    ],
    [
      'google',
      {
        contents: [
          { role: 'user', parts: [{ text: 'hi' }] },
          {
            role: 'model',
            parts: [
              { text: 'I look.' },
              { functionCall: { id: 'c1', name: 'look', args: { n: 1 } } },
              { functionCall: { id: 'c2', name: 'look', args: { n: 2 } } },
            ],
          },
          {
            role: 'user',
            parts: [
              {
                functionResponse: {
                  id: 'c1',
                  name: 'look',
                  response: { output: 'one' },
                  parts: [{ inlineData: { mimeType: 'image/png', data: png } }],
                },
              },
              { functionResponse: { id: 'c2', name: 'look', response: { error: 'gone' } } },
              { text: 'more' },
            ],
          },
        ],
      },
      turns,
    ],
  ])('%s: calls and their results', (name, more, expected) => {
    expect(decode(name, more).request.messages).toEqual(expected);
  });

  test('google: calls without ids are paired by name and order', () => {
    const call = (n: number) => ({ functionCall: { name: 'look', args: { n } } });
    const result = (text: string) => ({ functionResponse: { name: 'look', response: { result: text } } });
    const contents = [
      { role: 'user', parts: [{ text: 'hi' }] },
      { role: 'model', parts: [call(1), call(2)] },
      { role: 'user', parts: [result('one'), result('two')] },
    ];
    const { messages } = decode('google', { contents }).request;
    const pairs = messages.flatMap((message) => (message.role === 'tool' ? [[message.callId, message.parts]] : []));
    expect(pairs).toEqual([
      ['call_1', [{ type: 'text', text: 'one' }]],
      ['call_2', [{ type: 'text', text: 'two' }]],
    ]);
  });

  test('instructions at the start are instructions; later ones are marked words of the user', () => {
    const messages = [
      { role: 'system', content: 'a' },
      { role: 'developer', content: [{ type: 'text', text: 'b' }] },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'late' },
    ];
    const { request } = decode('openai-chat', { messages });
    expect(request.instructions).toBe('a\n\nb');
    expect(request.messages[1]).toEqual({
      role: 'user',
      parts: [{ type: 'text', text: '<instructions>\nlate\n</instructions>' }],
    });
  });

  test('a free-text call goes round: as arguments to the model, as text to the client', () => {
    const item = { type: 'custom_tool_call', call_id: 'c1', name: 'apply_patch', input: '*** Begin "Patch"\n' };
    const output = { type: 'custom_tool_call_output', call_id: 'c1', output: 'done' };
    const { messages } = decode('openai-responses', { input: [{ role: 'user', content: 'hi' }, item, output] }).request;
    expect(messages[1]).toEqual({
      role: 'assistant',
      parts: [{ type: 'call', callId: 'c1', tool: 'apply_patch', json: '{"input":"*** Begin \\"Patch\\"\\n"}' }],
    });
    const message = messages[1];
    if (message?.role !== 'assistant') throw new Error('There is no call.');
    const context = { id: 'r', model: 'm', at: 0, wants: { custom: ['apply_patch'] } };
    const reply = dialects['openai-responses'].encode({ message, stopReason: 'tools' }, context);
    expect(reply).toMatchObject({
      output: [{ type: 'custom_tool_call', call_id: 'c1', name: 'apply_patch', input: item.input }],
    });
    const chat = dialects['openai-chat'].encode({ message, stopReason: 'tools' }, context);
    expect(chat).toMatchObject({
      choices: [{ message: { tool_calls: [{ type: 'custom', custom: { input: item.input } }] } }],
    });
  });

  test('a tool of a group keeps its group', () => {
    const tools = [
      { type: 'namespace', name: 'agents', tools: [{ type: 'function', name: 'spawn', parameters: schema }] },
    ];
    const input = [
      { role: 'user', content: 'hi' },
      { type: 'function_call', call_id: 'c1', namespace: 'agents', name: 'spawn', arguments: '{}' },
    ];
    const { request, wants } = decode('openai-responses', { tools, input });
    expect(request.tools[0]?.name).toBe('agents__spawn');
    const message = request.messages[1];
    if (message?.role !== 'assistant') throw new Error('There is no call.');
    expect(message.parts[0]).toMatchObject({ tool: 'agents__spawn' });
    const reply = dialects['openai-responses'].encode(
      { message, stopReason: 'tools' },
      { id: 'r', model: 'm', at: 0, wants },
    );
    expect(reply).toMatchObject({ output: [{ type: 'function_call', namespace: 'agents', name: 'spawn' }] });
  });
});
