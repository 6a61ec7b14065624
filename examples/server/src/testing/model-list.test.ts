import Anthropic from '@anthropic-ai/sdk';
import { anthropicServer, openaiServer, startLoopback } from '@capstan/providers/testing';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startRelay, type TestRelay } from './start-relay.ts';

const token = 'device-1';

async function open(): Promise<{ readonly relay: TestRelay } & AsyncDisposable> {
  const [chat, claude] = await Promise.all([openaiServer([{}]), anthropicServer([{}])]);
  const keys = [{ env: 'KEY' }];
  const relay = await startRelay({
    upstreams: {
      host: { kind: 'compatible', baseURL: `${chat.url}/v1`, keys, models: ['own-1'] },
      claude: { kind: 'anthropic', baseURL: claude.url, keys },
      // Nobody listens there.
      gone: { kind: 'compatible', baseURL: 'http://127.0.0.1:9/v1', keys },
    },
    routes: [
      { model: 'best', to: ['claude/claude-loopback-1'] },
      { model: 'lost', to: ['nowhere/x'] },
      { model: 'fast-*', to: ['host/*'] },
    ],
    env: { KEY: 'sk-upstream-0123456789abcdef' },
  });
  const close = async (): Promise<void> => {
    await relay[Symbol.asyncDispose]();
    await Promise.all([chat.close(), claude.close()]);
  };
  return { relay, [Symbol.asyncDispose]: close };
}

const ids = ['best', 'own-1', 'host/loopback-1', 'claude-loopback-1'];

test('openai lists the names of the configuration and those of the upstreams that answer', async () => {
  await using both = await open();
  const client = new OpenAI({ apiKey: token, baseURL: `${both.relay.url}/v1` });
  const { data } = await client.models.list();
  expect(data.map(({ id }) => id)).toEqual(ids);
  expect(data[0]).toMatchObject({ object: 'model', owned_by: 'claude' });
  expect(await client.models.retrieve('host/loopback-1')).toMatchObject({ id: 'host/loopback-1', owned_by: 'host' });
  await expect(client.models.retrieve('none')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
});

test('@anthropic-ai/sdk and @google/genai list the same in their own shapes', async () => {
  await using both = await open();
  const claude = new Anthropic({ apiKey: token, baseURL: both.relay.url });
  const page = await claude.models.list();
  expect(page.data.map(({ id }) => id)).toEqual(ids);
  expect(await claude.models.retrieve('best')).toMatchObject({ type: 'model', id: 'best' });
  const gemini = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: both.relay.url } });
  const names: (string | undefined)[] = [];
  for await (const { name } of await gemini.models.list()) names.push(name);
  expect(names).toEqual(ids.map((id) => `models/${id}`));
  expect(await gemini.models.get({ model: 'best' })).toMatchObject({ name: 'models/best' });
});

test('a list is only for those whose token is known', async () => {
  await using both = await open();
  const client = new OpenAI({ apiKey: 'bad', baseURL: `${both.relay.url}/v1` });
  await expect(client.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
});

test('a host behind a gateway is asked with the headers that the gateway wants', async () => {
  await using host = await startLoopback(({ headers }) => ({
    status: headers['x-gateway'] === 'gateway-0123456789' ? 200 : 403,
    headers: { 'content-type': 'application/json' },
    body: '{"object":"list","data":[{"id":"inner-1","object":"model"}]}',
  }));
  await using relay = await startRelay({
    upstreams: {
      inner: { kind: 'compatible', baseURL: `${host.url}/v1`, headers: { 'X-Gateway': { env: 'GATEWAY' } } },
    },
    env: { GATEWAY: 'gateway-0123456789' },
  });
  const client = new OpenAI({ apiKey: token, baseURL: `${relay.url}/v1` });
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['inner/inner-1']);
});
