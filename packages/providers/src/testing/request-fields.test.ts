import type { Json, Model, ModelRequest } from '@capstan/sdk/contract';
import { expect, test } from 'vitest';
import { anthropic } from '../anthropic/anthropic.ts';
import { google } from '../google/google.ts';
import { ollama } from '../ollama/ollama.ts';
import { openai } from '../openai/openai.ts';
import { anthropicServer, type Script } from './anthropic-server.ts';
import { googleServer } from './google-server.ts';
import type { LoopbackServer } from './loopback.ts';
import { ollamaServer } from './ollama-server.ts';
import { openaiServer } from './openai-server.ts';

const tool = { name: 'look', description: 'Looks.', inputSchema: { type: 'object', properties: { at: {} } } };
const ask: ModelRequest = { messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }], tools: [tool] };
const sampling = {
  temperature: 1.5,
  topP: 0.9,
  topK: 7,
  stop: ['END', ' '],
  frequencyPenalty: 0.1,
  presencePenalty: 0.2,
};

type Body = { readonly [field: string]: Json };
type Vendor = 'chat' | 'responses' | 'anthropic' | 'google' | 'ollama';

const servers: { readonly [vendor in Vendor]: (script: Script) => Promise<LoopbackServer> } = {
  chat: openaiServer,
  responses: openaiServer,
  anthropic: anthropicServer,
  google: googleServer,
  ollama: ollamaServer,
};

function modelOf(vendor: Vendor, url: string, model: string): Model {
  const apiKey = 'key-of-the-test';
  if (vendor === 'anthropic') return anthropic({ model, apiKey, baseURL: url });
  if (vendor === 'google') return google({ model, apiKey, baseURL: url });
  if (vendor === 'ollama') return ollama({ model, baseURL: url });
  return openai({ model, apiKey, baseURL: `${url}/v1`, api: vendor });
}

/** What the vendor reads when a model is called. */
async function bodyOf(vendor: Vendor, more: Partial<ModelRequest>, name = 'plain-1'): Promise<Body> {
  await using server = await servers[vendor]([{ text: 'ok', usage: { inputTokens: 1, outputTokens: 1 } }]);
  const model = modelOf(vendor, server.url, name);
  for await (const _ of model.stream({ ...ask, ...more }, { signal: new AbortController().signal }));
  return (server.requests.findLast(({ method, path }) => method === 'POST' && !path.endsWith('/api/show'))?.body ??
    {}) as Body;
}

test.each<[Vendor, Partial<ModelRequest>, object]>([
  ['chat', { toolChoice: 'none' }, { tool_choice: 'none' }],
  ['chat', { toolChoice: 'required' }, { tool_choice: 'required' }],
  ['chat', { toolChoice: { tool: 'look' } }, { tool_choice: { type: 'function', function: { name: 'look' } } }],
  ['chat', { parallelCalls: false }, { parallel_tool_calls: false }],
  ['chat', { sampling }, { temperature: 1.5, top_p: 0.9, stop: ['END', ' '], frequency_penalty: 0.1 }],
  ['responses', { toolChoice: 'required' }, { tool_choice: 'required' }],
  ['responses', { toolChoice: { tool: 'look' } }, { tool_choice: { type: 'function', name: 'look' } }],
  ['responses', { parallelCalls: false, sampling }, { parallel_tool_calls: false, temperature: 1.5, top_p: 0.9 }],
  ['anthropic', { toolChoice: 'none' }, { tool_choice: { type: 'none' } }],
  ['anthropic', { toolChoice: 'required' }, { tool_choice: { type: 'any' } }],
  ['anthropic', { toolChoice: { tool: 'look' } }, { tool_choice: { type: 'tool', name: 'look' } }],
  ['anthropic', { parallelCalls: false }, { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }],
  ['anthropic', { sampling }, { temperature: 1, top_k: 7, stop_sequences: ['END'] }],
  ['google', { toolChoice: 'none' }, { toolConfig: { functionCallingConfig: { mode: 'NONE' } } }],
  ['google', { toolChoice: 'required' }, { toolConfig: { functionCallingConfig: { mode: 'ANY' } } }],
  [
    'google',
    { toolChoice: { tool: 'look' } },
    { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['look'] } } },
  ],
  [
    'google',
    { sampling },
    { generationConfig: { temperature: 1.5, topP: 0.9, topK: 7, stopSequences: ['END', ' '], presencePenalty: 0.2 } },
  ],
  ['ollama', { sampling }, { options: { temperature: 1.5, top_p: 0.9, top_k: 7, stop: ['END', ' '] } }],
])('%s is asked for %j', async (vendor, more, fields) => {
  expect(await bodyOf(vendor, more)).toMatchObject(fields);
});

test.each<[Vendor, string, Partial<ModelRequest>, readonly string[]]>([
  ['ollama', 'plain-1', { toolChoice: 'none' }, ['tools']],
  ['chat', 'plain-1', { toolChoice: 'auto' }, ['tool_choice']],
  ['chat', 'plain-1', { toolChoice: 'required', tools: [] }, ['tool_choice', 'tools']],
  ['chat', 'gpt-5', { sampling }, ['temperature', 'top_p', 'stop']],
  ['responses', 'gpt-5', { sampling }, ['temperature', 'top_p']],
  ['chat', 'gpt-4o', { reasoning: 'high' }, ['reasoning_effort']],
  ['anthropic', 'claude-opus-5', { sampling }, ['temperature', 'top_p', 'top_k']],
  ['anthropic', 'claude-sonnet-4-5', { sampling, reasoning: 'low' }, ['temperature', 'top_p', 'top_k']],
  ['anthropic', 'claude-sonnet-4-5', { sampling: { temperature: 0, topP: 0.9 } }, ['top_p']],
  ['anthropic', 'claude-3-5-haiku', { reasoning: 'high' }, ['thinking']],
  ['anthropic', 'claude-sonnet-4-5', { reasoning: 'high', toolChoice: 'required' }, ['thinking']],
  ['anthropic', 'claude-sonnet-4-5', { toolChoice: 'required', tools: [] }, ['tool_choice']],
])('%s is not asked what %s does not take: %j', async (vendor, name, more, absent) => {
  const body = await bodyOf(vendor, more, name);
  expect(absent.filter((field) => field in body)).toEqual([]);
});

test.each<[Vendor, string, object]>([
  ['chat', 'gpt-5', { reasoning_effort: 'high' }],
  ['responses', 'gpt-5', { reasoning: { effort: 'high' } }],
  ['anthropic', 'claude-sonnet-4-5', { thinking: { type: 'enabled', budget_tokens: 24_576 } }],
  ['anthropic', 'claude-opus-5', { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }],
  ['google', 'gemini-2.5-flash', { generationConfig: { thinkingConfig: { thinkingBudget: 24_576 } } }],
  ['google', 'gemini-3-flash', { generationConfig: { thinkingConfig: { thinkingLevel: 'HIGH' } } }],
])('%s: the wish to think reaches %s', async (vendor, name, fields) => {
  expect(await bodyOf(vendor, { reasoning: 'high' }, name)).toMatchObject(fields);
});
