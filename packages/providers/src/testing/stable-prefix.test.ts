import { createAgent, defineTool } from '@capstan/sdk';
import type { Json, Model } from '@capstan/sdk/contract';
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

type Body = Readonly<Record<string, Json>>;

/** A vendor, and where its wire holds the conversation. */
type Row = readonly [
  vendor: string,
  serve: (script: Script) => Promise<LoopbackServer>,
  open: (url: string) => Model,
  conversation: string,
];

const apiKey = 'key-of-the-test';
const model = 'plain-1';
const vendors: readonly Row[] = [
  ['chat', openaiServer, (url) => openai({ model, apiKey, baseURL: `${url}/v1`, api: 'chat' }), 'messages'],
  ['responses', openaiServer, (url) => openai({ model, apiKey, baseURL: `${url}/v1`, api: 'responses' }), 'input'],
  ['anthropic', anthropicServer, (url) => anthropic({ model, apiKey, baseURL: url }), 'messages'],
  ['google', googleServer, (url) => google({ model, apiKey, baseURL: url }), 'contents'],
  ['ollama', ollamaServer, (url) => ollama({ model, baseURL: url }), 'messages'],
];

/** A body as prompt caches see it: marks of where to cache, and a run's seed, are no part of the prompt. */
const cached = (value: unknown) =>
  JSON.stringify(value, (key, each: unknown) => (key === 'cache_control' || key === 'seed' ? undefined : each));

test.each(vendors)('over the wire of %s a prompt keeps its prefix byte for byte from turn to turn', async (...row) => {
  const [, serve, open, conversation] = row;
  const usage = { inputTokens: 10, outputTokens: 5 };
  const look = { tool: 'look', input: { at: '/é "x"' } };
  await using server = await serve([
    { reasoning: 'I should look.', text: 'Looking.', calls: [look, look], usage },
    { calls: [look], usage },
    { text: 'Seen.', usage },
    { calls: [look], usage },
    { text: 'Seen again.', usage },
  ]);
  const tool = defineTool({
    name: 'look',
    description: 'Looks at a place.',
    input: { type: 'object', properties: { at: { type: 'string' } } },
    effects: [],
    execute: () => 'nothing there',
  });
  const agent = createAgent({ model: open(server.url), tools: [tool], instructions: 'Be brief.' });
  const first = await agent.run('Look twice.').result;
  const second = await agent.run('And once more.', { sessionId: first.sessionId }).result;
  expect([first.reason, second.reason]).toEqual(['done', 'done']);
  const bodies = server.requests.flatMap(({ method, path, body }) =>
    method === 'POST' && !path.endsWith('/api/show') ? [body as Body] : [],
  );
  expect(bodies).toHaveLength(5);
  for (const [i, body] of bodies.entries()) {
    const before = bodies[i - 1];
    if (!before) continue;
    const { [conversation]: said, ...rest } = body;
    const { [conversation]: saidBefore, ...restBefore } = before;
    expect(cached(rest)).toBe(cached(restBefore));
    const length = (saidBefore as readonly Json[]).length;
    expect(cached((said as readonly Json[]).slice(0, length))).toBe(cached(saidBefore));
    expect((said as readonly Json[]).length).toBeGreaterThan(length);
  }
});
