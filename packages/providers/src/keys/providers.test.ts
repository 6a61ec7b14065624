import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model, ModelMessage } from '@capstan/sdk/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openaiServer } from '../testing/openai-server.ts';
import { keyStore } from './key-store.ts';
import { openProviders } from './providers.ts';

let folder: string;
let configFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-providers-'));
  configFile = join(folder, 'config.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const configure = (providers: object): Promise<void> => writeFile(configFile, JSON.stringify({ providers }));

async function say(model: Model): Promise<string> {
  const request = { messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'hi' }] }], tools: [] };
  const events = await Array.fromAsync(model.stream(request, { signal: new AbortController().signal }));
  return (events.at(-1) as ModelMessage).message.parts.map((part) => ('text' in part ? part.text : '')).join('');
}

test('a host of another name works by the file alone, its key from its own variable', async () => {
  await using server = await openaiServer([{ text: 'Hello' }]);
  await configure({
    work: { baseURL: `${server.url}/v1`, keyVariable: 'WORK_KEY', models: { big: { contextWindow: 5 } } },
  });
  const providers = await openProviders({
    configFile,
    env: { WORK_KEY: 'planted-work-key', OPENAI_API_KEY: 'planted-openai-key' },
  });
  const model = providers.model('work/big');
  expect(await say(model)).toBe('Hello');
  expect([model.id, model.info]).toEqual(['work/big', { contextWindow: 5 }]);
  expect(server.requests[0]?.headers.authorization).toBe('Bearer planted-work-key');
  expect(await providers.listModels('work')).toEqual([{ id: 'work/loopback-1', info: {} }]);
});

test('a change of file or key counts from the next request', async () => {
  await using first = await openaiServer([{ text: 'first' }]);
  await using second = await openaiServer([{ text: 'second' }]);
  const keys = keyStore(join(folder, 'auth.json'));
  await configure({ openai: { baseURL: `${first.url}/v1` } });
  await keys.set('openai', 'planted-key-one');
  const model = (await openProviders({ configFile, keys, env: {} })).model('openai/loopback-1');
  expect(await say(model)).toBe('first');
  await keys.set('openai', 'planted-key-two');
  expect(await say(model)).toBe('first');
  await configure({ openai: { baseURL: `${second.url}/v1`, models: { 'loopback-1': { tools: true } } } });
  expect(await say(model)).toBe('second');
  expect(model.info).toEqual({ tools: true });
  expect([...first.requests, ...second.requests].map((request) => request.headers.authorization)).toEqual([
    'Bearer planted-key-one',
    'Bearer planted-key-two',
    'Bearer planted-key-two',
  ]);
});

test('what is configured is told with keys masked', async () => {
  const keys = keyStore(join(folder, 'auth.json'));
  await keys.set('openrouter', 'sk-or-0123456789abcdef');
  await configure({ work: { baseURL: 'http://127.0.0.1:9/v1' } });
  const providers = await openProviders({ configFile, keys, env: { ANTHROPIC_API_KEY: 'sk-ant-0123456789wxyz' } });
  expect(await providers.configured()).toEqual([
    { name: 'anthropic', from: 'environment', shown: 'sk-…wxyz' },
    { name: 'openrouter', from: 'keys', shown: 'sk-…cdef' },
    { name: 'work', from: 'file' },
  ]);
});

test('without a key the message names the variable of that host', async () => {
  await configure({ work: { baseURL: 'https://models.example.com/v1' } });
  const model = (await openProviders({ configFile, env: {} })).model('work/big');
  await expect(say(model)).rejects.toMatchObject({
    code: 'auth_missing',
    message: expect.stringContaining('WORK_API_KEY'),
  });
});

test.each<[string, string]>([
  ['{', 'holds no JSON'],
  ['{"providers": []}', 'no object "providers"'],
  ['{"providers": {"Work": {}}}', 'names a provider "Work"'],
  ['{"providers": {"work": {"apiKey": "planted"}}}', 'holds a key'],
  ['{"providers": {"work": {"baseURL": "ftp://x"}}}', 'providers.work.baseURL'],
  ['{"providers": {"work": {"colour": 1}}}', 'unknown field providers.work.colour'],
  ['{"providers": {"work": {"models": {"a": {"price": {"input": 1}}}}}}', 'providers.work.models'],
  ['{"providers": {"work": {"timeouts": {"idleMs": -1}}}}', 'providers.work.timeouts'],
])('%s is refused', async (text, words) => {
  await writeFile(configFile, text);
  const failing = openProviders({ configFile, env: {} });
  await expect(failing).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining(words) });
  await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining('planted') });
});

test('a file that is not there says nothing', async () => {
  const providers = await openProviders({ configFile: join(folder, 'none.json'), env: {} });
  expect(await providers.configured()).toEqual([]);
  expect(() => providers.model('work/x')).toThrow(/names no model/);
});
