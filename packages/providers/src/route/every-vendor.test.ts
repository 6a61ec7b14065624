import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { inspect } from 'node:util';
import type { ModelRequest } from '@capstan/sdk/contract';
import { afterEach, describe, expect, test } from 'vitest';
import { model } from './model.ts';

const key = 'planted-0123456789abcdef';
const hello: ModelRequest = { messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }], tools: [] };
const ids = [
  'openai/gpt-5.1',
  'anthropic/claude-sonnet-4-5',
  'google/gemini-2.5-flash',
  'openrouter/some/model',
  'azure/deployment',
  'nebius/some/model',
  'deepseek/deepseek-flash',
  'lmstudio/some/model',
  'ollama/qwen3:8b',
];

let server: http.Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: http.RequestListener): Promise<string> {
  server = http.createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function shown(value: unknown): string {
  return inspect(value, { depth: 12, showHidden: true, getters: true }) + JSON.stringify(value);
}

describe.each(ids)('%s', (id) => {
  test.each([
    ['before its first byte', false],
    ['in the middle of its reply', true],
  ])('closes the socket when it is stopped %s', async (_, begun) => {
    const reached = Promise.withResolvers<Socket>();
    const baseURL = await serve((request, response) => {
      if (begun) response.writeHead(200, { 'content-type': 'text/event-stream' }).write('\n');
      reached.resolve(request.socket);
    });
    const controller = new AbortController();
    const events = model(id, { baseURL, apiKey: key, env: {} }).stream(hello, { signal: controller.signal });
    const ended = Array.fromAsync(events).catch((thrown: unknown) => thrown);
    const socket = await reached.promise;
    const closed = new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()));
    controller.abort();
    await closed;
    expect(await ended).toMatchObject({ code: 'aborted' });
  });

  test('shows its key in nothing that it is, throws or tells', async () => {
    const baseURL = await serve((request, response) => {
      response.writeHead(401, { 'content-type': 'application/json', 'x-request-id': `for ${key}` });
      response.end(JSON.stringify({ error: { message: `Wrong key ${key} in ${JSON.stringify(request.headers)}` } }));
    });
    const asked = model(id, { baseURL, apiKey: key, headers: { 'x-extra': key }, env: {} });
    const before = shown(asked);
    const events = Array.fromAsync(asked.stream(hello, { signal: new AbortController().signal }));
    const error = await events.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'auth_refused' });
    expect(before + shown(error) + shown(asked)).not.toContain(key);
  });

  test('a key that no header can carry is told without the key', async () => {
    const broken = 'planted-0123\nplanted-4567';
    const baseURL = await serve((_, response) => response.end());
    const asked = model(id, { baseURL, apiKey: broken, env: {} });
    const events = Array.fromAsync(asked.stream(hello, { signal: new AbortController().signal }));
    const error = await events.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('Copy it again') });
    expect(shown(error)).not.toMatch(/planted-(0123|4567)/);
  });

  test('a header that cannot be sent is told without the key', async () => {
    const baseURL = await serve((_, response) => response.end());
    const asked = model(id, { baseURL, apiKey: key, headers: { 'x-extra': `${key}\n` + 'x\u0000' }, env: {} });
    const error = await Array.fromAsync(asked.stream(hello, { signal: new AbortController().signal })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'model_failed', details: { retryable: false } });
    expect(shown(error)).not.toContain(key);
  });
});
