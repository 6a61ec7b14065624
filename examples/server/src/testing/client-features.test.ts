import Anthropic from '@anthropic-ai/sdk';
import { anthropicServer, startLoopback } from '@capstan/providers/testing';
import type { Json } from '@capstan/sdk/contract';
import { GoogleGenAI } from '@google/genai';
import { generateText, jsonSchema, Output } from 'ai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startRelay } from './start-relay.ts';
import { openBoth, type Upstream, upstreams } from './upstreams.ts';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const token = 'device-1';
const usage = { inputTokens: 10, outputTokens: 5 };
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==';
const pdf = 'JVBERi0xLjEKJSVFT0YK';
const city = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const;
const answer = [{ text: '{"city":"Zürich"}', usage }];

function fieldsOf(body: Json | undefined): { readonly [field: string]: Json } {
  return body as { readonly [field: string]: Json };
}

test('openai: an image and a PDF reach Anthropic, and its answer of a schema comes back parsed', async () => {
  await using both = await openBoth(upstreams['anthropic'] as Upstream, answer);
  const client = new OpenAI({ apiKey: token, baseURL: `${both.relay.url}/v1` });
  const reply = await client.chat.completions.parse({
    model: 'any',
    temperature: 0.2,
    stop: ['END'],
    response_format: { type: 'json_schema', json_schema: { name: 'place', schema: city, strict: true } },
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Where is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
          { type: 'file', file: { filename: 'map.pdf', file_data: `data:application/pdf;base64,${pdf}` } },
        ],
      },
    ],
  });
  expect(reply.choices[0]?.message.parsed).toEqual({ city: 'Zürich' });
  const body = fieldsOf(both.server.requests[0]?.body);
  expect(body).toMatchObject({
    temperature: 0.2,
    stop_sequences: ['END'],
    output_config: { format: { type: 'json_schema' } },
    messages: [
      {
        content: [
          { type: 'text' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
          { type: 'document', title: 'map.pdf', source: { media_type: 'application/pdf', data: pdf } },
        ],
      },
    ],
  });
});

test('openai: Responses with an image and a schema reach Gemini', async () => {
  await using both = await openBoth(upstreams['google'] as Upstream, answer);
  const client = new OpenAI({ apiKey: token, baseURL: `${both.relay.url}/v1` });
  const reply = await client.responses.parse({
    model: 'any',
    max_output_tokens: 50,
    text: { format: { type: 'json_schema', name: 'place', schema: city, strict: true } },
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Where is this?' },
          { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'auto' },
        ],
      },
    ],
  });
  expect(reply.output_parsed).toEqual({ city: 'Zürich' });
  expect(fieldsOf(both.server.requests[0]?.body)).toMatchObject({
    contents: [{ parts: [{ text: 'Where is this?' }, { inlineData: { mimeType: 'image/png', data: png } }] }],
    generationConfig: { maxOutputTokens: 50, responseMimeType: 'application/json' },
  });
});

test('@anthropic-ai/sdk: an image, a result with an image and a forced tool reach a chat host', async () => {
  const calls = [{ tool: 'locate', input: { city: 'Zürich' } }];
  await using both = await openBoth(upstreams['chat'] as Upstream, [{ calls, usage }]);
  const client = new Anthropic({ apiKey: token, baseURL: both.relay.url });
  const image = {
    type: 'image' as const,
    source: { type: 'base64' as const, media_type: 'image/png' as const, data: png },
  };
  const reply = await client.messages.create({
    model: 'any',
    max_tokens: 50,
    metadata: { user_id: 'u' },
    tools: [{ name: 'locate', input_schema: { ...city, required: ['city'] } }],
    tool_choice: { type: 'tool', name: 'locate', disable_parallel_tool_use: true },
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Where?', cache_control: { type: 'ephemeral' } }, image] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'locate', input: { city: '?' } }] },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'toolu_1',
            is_error: true,
            content: [{ type: 'text', text: 'no' }, image],
          },
        ],
      },
    ],
  });
  expect(reply).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', input: { city: 'Zürich' } }] });
  const body = fieldsOf(both.server.requests[0]?.body);
  expect(body).toMatchObject({
    tool_choice: { type: 'function', function: { name: 'locate' } },
    parallel_tool_calls: false,
  });
  expect(JSON.stringify(body).split(`data:image/png;base64,${png}`)).toHaveLength(3);
  const { input_tokens: tokens } = await client.messages.countTokens({
    model: 'any',
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(tokens).toBeGreaterThan(0);
});

test('@anthropic-ai/sdk: a reply of one token is one of sixteen to OpenAI, which takes no less', async () => {
  await using both = await openBoth(upstreams['responses'] as Upstream, [{ text: 'ok', usage }]);
  const client = new Anthropic({ apiKey: token, baseURL: both.relay.url });
  await client.messages.create({ model: 'any', max_tokens: 1, messages: [{ role: 'user', content: 'quota' }] });
  expect(both.server.requests[0]?.body).toMatchObject({ max_output_tokens: 16 });
});

test('@google/genai: an image, a schema in Google’s words and settings reach a chat host', async () => {
  await using both = await openBoth(upstreams['chat'] as Upstream, answer);
  const client = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: both.relay.url } });
  const reply = await client.models.generateContent({
    model: 'any',
    contents: [{ role: 'user', parts: [{ text: 'Where?' }, { inlineData: { mimeType: 'image/png', data: png } }] }],
    config: {
      temperature: 0,
      topP: 0.5,
      stopSequences: ['END'],
      seed: 7,
      responseMimeType: 'application/json',
      responseSchema: city,
      safetySettings: [],
    },
  });
  expect(JSON.parse(reply.text ?? '')).toEqual({ city: 'Zürich' });
  expect(reply.usageMetadata).toMatchObject({ promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 });
  expect(fieldsOf(both.server.requests[0]?.body)).toMatchObject({
    temperature: 0,
    top_p: 0.5,
    stop: ['END'],
    seed: 7,
    response_format: { type: 'json_schema' },
  });
  const { totalTokens } = await client.models.countTokens({ model: 'any', contents: 'hi' });
  expect(totalTokens).toBeGreaterThan(0);
});

test('openai: embeddings pass through to a host that has them, and are refused elsewhere', async () => {
  const data = [{ object: 'embedding', index: 0, embedding: [0.5, -1] }];
  const body = JSON.stringify({ object: 'list', model: 'e', data, usage: { prompt_tokens: 3, total_tokens: 3 } });
  await using host = await startLoopback(() => ({ headers: { 'content-type': 'application/json' }, body }));
  await using claude = await anthropicServer([{ text: 'ok' }]);
  const keys = [{ env: 'KEY' }];
  await using relay = await startRelay({
    upstreams: {
      host: { kind: 'compatible', baseURL: `${host.url}/v1`, keys },
      claude: { kind: 'anthropic', baseURL: claude.url, keys },
    },
    env: { KEY: 'sk-upstream-0123456789abcdef' },
  });
  const client = new OpenAI({ apiKey: token, baseURL: `${relay.url}/v1`, maxRetries: 0 });
  const asked = { input: ['a', 'b'], encoding_format: 'float' as const };
  const made = await client.embeddings.create({ model: 'host/e', ...asked });
  expect(made.data[0]?.embedding).toEqual([0.5, -1]);
  expect(host.requests[0]).toMatchObject({ path: '/v1/embeddings', body: { model: 'e', input: ['a', 'b'] } });
  await relay.until(() => relay.gate.settlements.length === 1);
  expect(relay.gate.settlements[0]?.usage?.inputTokens).toBe(3);
  await expect(client.embeddings.create({ model: 'claude/x', ...asked })).rejects.toMatchObject({ status: 404 });
});

test('ai: an object of a schema comes from Gemini through @ai-sdk/openai-compatible', async () => {
  await using both = await openBoth(upstreams['google'] as Upstream, answer);
  const baseURL = `${both.relay.url}/v1`;
  const provider = createOpenAICompatible({ name: 'relay', baseURL, apiKey: token, supportsStructuredOutputs: true });
  const { output } = await generateText({
    model: provider('any'),
    output: Output.object({ schema: jsonSchema<{ city: string }>(city as never) }),
    prompt: 'Where?',
  });
  expect(output).toEqual({ city: 'Zürich' });
});
