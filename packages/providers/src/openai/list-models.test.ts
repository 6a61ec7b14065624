import { expect, test } from 'vitest';
import { listModels as listAll } from '../route/list-models.ts';
import { startLoopback } from '../testing/loopback.ts';
import { openaiServer } from '../testing/openai-server.ts';
import { listModels } from './list-models.ts';

test('the models that a key may use are listed live', async () => {
  await using server = await openaiServer([]);
  expect(await listModels({ apiKey: 'k', baseURL: `${server.url}/v1` })).toEqual([
    { id: 'openai/loopback-1', info: {} },
  ]);
});

test('a refused key is told, without the key', async () => {
  const key = 'sk-planted-0123456789abcdef';
  await using server = await startLoopback(() => ({
    status: 401,
    body: JSON.stringify({ error: { message: `Bad key ${key}` } }),
  }));
  const failing = listModels({ apiKey: key, baseURL: server.url });
  await expect(failing).rejects.toMatchObject({ code: 'auth_refused', message: expect.not.stringContaining(key) });
});

test('nothing that listens is told', async () => {
  await expect(listModels({ apiKey: 'k', baseURL: 'http://127.0.0.1:9/v1' })).rejects.toMatchObject({
    code: 'model_failed',
  });
});

test('a vendor without a list names those that have one', async () => {
  await expect(listAll('azure')).rejects.toMatchObject({
    code: 'invalid_config',
    message: expect.stringContaining('openrouter'),
  });
});
