import type { ModelMessage } from '@capstan/sdk/contract';
import { afterEach, expect, test } from 'vitest';
import type { LoopbackServer } from '../testing/loopback.ts';
import { openaiServer } from '../testing/openai-server.ts';
import { azure, type AzureOptions } from './azure.ts';

let server: LoopbackServer | undefined;
afterEach(() => server?.close());

async function ask(options: Partial<AzureOptions>): Promise<ModelMessage> {
  server = await openaiServer([{ text: 'Hello' }]);
  const gpt = azure({ model: 'my deployment', baseURL: server.url, apiKey: 'planted-azure-key', env: {}, ...options });
  const request = { messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'Hi' }] }], tools: [] };
  const events = await Array.fromAsync(gpt.stream(request, { signal: new AbortController().signal }));
  return events.at(-1) as ModelMessage;
}

test('the v1 API gets the deployment as the model and the key in its own header', async () => {
  expect(await ask({})).toMatchObject({ message: { parts: [{ text: 'Hello' }] } });
  const [seen] = server?.requests ?? [];
  expect(seen).toMatchObject({ path: '/openai/v1/responses', body: { model: 'my deployment', store: false } });
  expect(seen?.headers).toMatchObject({ 'api-key': 'planted-azure-key' });
  expect(seen?.headers).not.toHaveProperty('authorization');
});

test('a dated API gets the deployment in the address', async () => {
  await ask({ apiVersion: '2024-10-21' });
  expect(server?.requests[0]?.path).toBe('/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21');
});

test('an address that names the v1 API already means the same', async () => {
  server = await openaiServer([{ text: 'Hello' }]);
  await ask({});
  expect(server.requests[0]?.path).toBe('/openai/v1/responses');
});

test('an Entra token is asked for and sent in place of a key', async () => {
  await ask({ token: async () => 'entra-token', api: 'chat' });
  expect(server?.requests[0]?.headers).toMatchObject({ authorization: 'Bearer entra-token' });
  expect(server?.requests[0]?.headers).not.toHaveProperty('api-key');
});

test('a missing resource names its variable', async () => {
  const gpt = azure({ model: 'd', apiKey: 'k', env: {} });
  const reading = Array.fromAsync(gpt.stream({ messages: [], tools: [] }, { signal: new AbortController().signal }));
  await expect(reading).rejects.toMatchObject({
    code: 'invalid_config',
    message: expect.stringContaining('AZURE_OPENAI_ENDPOINT'),
  });
});
