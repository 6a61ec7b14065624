import { afterEach, expect, test } from 'vitest';
import type { ModelRequest } from '@capstan/sdk/contract';
import { openai } from '../openai/openai.ts';
import { anthropicServer } from '../testing/anthropic-server.ts';
import { googleServer } from '../testing/google-server.ts';
import type { LoopbackServer } from '../testing/loopback.ts';
import { ollamaServer } from '../testing/ollama-server.ts';
import { openaiServer } from '../testing/openai-server.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import { model } from './model.ts';

let server: LoopbackServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const hello: ModelRequest = { messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }], tools: [] };
const servers = { openai: openaiServer, anthropic: anthropicServer, google: googleServer, ollama: ollamaServer };

async function sentBy(id: string, reasoning: Reasoning): Promise<unknown> {
  const vendor = id.slice(0, id.indexOf('/'));
  const own = Object.hasOwn(servers, vendor);
  server = await servers[own ? (vendor as keyof typeof servers) : 'openai']([{ text: 'ok' }]);
  const baseURL = own && vendor !== 'openai' ? server.url : `${server.url}/v1`;
  const asked = model(id, { baseURL, apiKey: 'k', reasoning });
  for await (const event of asked.stream(hello, { signal: new AbortController().signal })) void event;
  return server.requests.at(-1)?.body;
}

test.each<[string, Reasoning, object]>([
  ['openai/some-model', 'high', { reasoning_effort: 'high' }],
  ['openai/some-model', 'off', { reasoning_effort: 'none' }],
  ['azure/deployment', 'low', { reasoning: { effort: 'low' } }],
  ['nebius/some/model', 'medium', { reasoning_effort: 'medium' }],
  ['deepseek/deepseek-flash', 'high', { reasoning_effort: 'high' }],
  ['deepseek/deepseek-flash', 'off', { thinking: { type: 'disabled' } }],
  ['openrouter/some/model', 'low', { reasoning: { effort: 'low' } }],
  ['openrouter/some/model', 'off', { reasoning: { effort: 'none' } }],
  [
    'anthropic/claude-sonnet-5-5',
    'high',
    { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } },
  ],
  ['anthropic/claude-sonnet-5-5', 'off', { thinking: { type: 'between_tools' } }],
  ['anthropic/claude-opus-5', 'off', { thinking: { type: 'disabled' } }],
  ['anthropic/claude-haiku-4-5', 'low', { thinking: { type: 'enabled', budget_tokens: 4096 } }],
  ['anthropic/claude-sonnet-4-5-20250929', 'low', { thinking: { type: 'enabled', budget_tokens: 4096 } }],
  ['google/gemini-2.5-flash', 'medium', { generationConfig: { thinkingConfig: { thinkingBudget: 8192 } } }],
  ['google/gemini-2.5-flash', 'off', { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }],
  ['google/gemini-3.8-flash', 'medium', { generationConfig: { thinkingConfig: { thinkingLevel: 'MEDIUM' } } }],
  ['ollama/qwen3:8b', 'off', { think: false }],
  ['ollama/gpt-oss:20b', 'low', { think: 'low' }],
])('%s with reasoning %s is asked in the words of its vendor', async (id, reasoning, sent) => {
  expect(await sentBy(id, reasoning)).toMatchObject(sent);
});

test("OpenAI's Responses take it as well, and fields of one's own win", async () => {
  server = await openaiServer([{ text: 'ok' }]);
  const where = { model: 'gpt-6.1-sol', baseURL: `${server.url}/v1`, apiKey: 'k', api: 'responses' as const };
  const body = { reasoning: { effort: 'max' } };
  for (const gpt of [openai({ ...where, reasoning: 'low' }), openai({ ...where, reasoning: 'low', body })])
    for await (const event of gpt.stream(hello, { signal: new AbortController().signal })) void event;
  expect(server.requests.map((request) => request.body)).toMatchObject([{ reasoning: { effort: 'low' } }, body]);
});

test.each<[string, Reasoning]>([
  ['openai/gpt-5', 'off'],
  ['openai/gpt-5-pro', 'medium'],
  ['openai/gpt-5.4-pro', 'low'],
  ['openai/o4-mini', 'off'],
  ['openai/gpt-4.1', 'low'],
  ['anthropic/claude-opus-5-5', 'off'],
  ['anthropic/claude-fable-5', 'off'],
  ['anthropic/claude-3-5-haiku-latest', 'high'],
  ['google/gemini-2.5-pro', 'off'],
  ['google/gemini-3.8-flash', 'off'],
  ['google/gemini-2.0-flash', 'low'],
  ['ollama/gpt-oss:120b', 'off'],
  ['lmstudio/qwen/qwen3-8b', 'low'],
  ['local/model.gguf', 'off'],
])('%s has no reasoning %s, and says so before anything is sent', (id, reasoning) => {
  expect(() => model(id, { reasoning, env: {} })).toThrow(
    expect.objectContaining({
      code: 'invalid_config',
      message: expect.stringContaining(`no reasoning "${reasoning}"`),
    }),
  );
});

test.each<[string, Reasoning]>([
  ['openai/gpt-5.1', 'off'],
  ['openai/gpt-6-sol', 'off'],
  ['openai/gpt-4.1', 'off'],
  ['openai/gpt-5-pro', 'high'],
  ['anthropic/claude-3-7-sonnet-latest', 'low'],
  ['google/gemini-2.5-flash-lite', 'off'],
])('%s can be had with reasoning %s', (id, reasoning) => {
  expect(model(id, { reasoning, env: {} }).id).toBe(id);
});
