import type { ModelMessage } from '@capstan/sdk/contract';
import { modelSuite } from '@capstan/sdk/testing';
import { afterEach, expect, test } from 'vitest';
import { type LoopbackServer, startLoopback } from '../testing/loopback.ts';
import { openaiServer } from '../testing/openai-server.ts';
import { sceneReplies } from '../testing/scene-reply.ts';
import { detectServer, listModels } from './list-models.ts';
import { lmstudio } from './lmstudio.ts';

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

const suite = modelSuite(async (scene) => {
  const upstream = await openaiServer([sceneReplies[scene]]);
  return { model: lmstudio({ model: 'qwen', baseURL: `${upstream.url}/v1`, env: {} }), close: () => upstream.close() };
});
for (const { name, run } of suite) test(name, run);

test('thoughts in tags become reasoning, and no key is needed', async () => {
  server = await openaiServer([{ text: '<think>hm</think>\n\nYes' }]);
  const model = lmstudio({ model: 'qwen', baseURL: `${server.url}/v1`, env: {} });
  expect(model.info).toMatchObject({ local: true, price: { input: 0, output: 0 } });
  const events = await Array.fromAsync(
    model.stream({ messages: [], tools: [] }, { signal: new AbortController().signal }),
  );
  expect((events.at(-1) as ModelMessage).message.parts).toEqual([
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'Yes' },
  ]);
});

const own = [
  { id: 'qwen', type: 'llm', max_context_length: 131_072, loaded_context_length: 8192, capabilities: ['tool_use'] },
  { id: 'embed', type: 'embeddings' },
];

test('the list tells the context that a model was loaded with', async () => {
  server = await startLoopback(({ path }) => ({
    status: path === '/api/v0/models' ? 200 : 404,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data: own }),
  }));
  expect(await listModels({ baseURL: `${server.url}/v1`, env: {} })).toEqual([
    {
      id: 'lmstudio/qwen',
      info: { price: { input: 0, output: 0 }, local: true, contextWindow: 8192, vision: false, tools: true },
    },
  ]);
});

test('an older server lists names only', async () => {
  server = await startLoopback(({ path }) =>
    path === '/v1/models'
      ? { headers: { 'content-type': 'application/json' }, body: '{"data":[{"id":"qwen"}]}' }
      : { status: 404, body: '{}' },
  );
  expect(await listModels({ baseURL: `${server.url}/v1`, env: {} })).toEqual([
    { id: 'lmstudio/qwen', info: { price: { input: 0, output: 0 }, local: true } },
  ]);
});

test('a server that runs is found, one that does not is not', async () => {
  server = await openaiServer([]);
  expect(await detectServer({ baseURL: `${server.url}/v1`, env: {} })).toEqual({ url: `${server.url}/v1` });
  expect(await detectServer({ baseURL: 'http://127.0.0.1:9/v1', env: {} })).toBeUndefined();
});
