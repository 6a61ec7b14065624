import { request } from 'node:http';
import { fullAuto } from '@capstan/policy';
import { createAgent } from '@capstan/sdk';
import { defineTool } from '@capstan/sdk/contract';
import { scriptedModel } from '@capstan/sdk/testing';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, expect, test } from 'vitest';
import { serveMcpHttp } from './serve-mcp-http.ts';
import type { McpHttpServing, ServeMcpHttpOptions } from './serve-mcp-http.ts';

const policy = fullAuto({ root: '/nowhere' });
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

let aborted = Promise.withResolvers<void>();
const tools = [
  defineTool({
    name: 'count',
    description: 'Counts aloud.',
    input: { type: 'object', properties: { to: { type: 'integer' } }, required: ['to'] },
    effects: [],
    execute: ({ to }, { progress }) => {
      for (let i = 1; i <= Number(to); i++) progress(String(i));
      return `counted to ${Number(to)}`;
    },
  }),
  defineTool({
    name: 'wait',
    description: 'Waits until it is stopped.',
    input: { type: 'object' },
    effects: [],
    execute: (_, { signal, progress }) => {
      progress('waiting');
      return new Promise<string>((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          aborted.resolve();
          reject(new Error('stopped'));
        }),
      );
    },
  }),
];

async function serve(options: Partial<ServeMcpHttpOptions> = {}): Promise<McpHttpServing> {
  const serving = await serveMcpHttp(tools, { policy, ...options });
  open.push(serving);
  return serving;
}

async function connect({ url, token }: McpHttpServing, mode: 'legacy' | 'auto' = 'legacy'): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } });
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  open.push(client);
  return client;
}

test.each(['legacy', 'auto'] as const)(
  'the official client (%s) lists, calls, sees progress and cancels',
  async (mode) => {
    aborted = Promise.withResolvers();
    const client = await connect(await serve(), mode);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['count', 'wait']);
    const seen: (string | undefined)[] = [];
    const counting = { name: 'count', arguments: { to: 3 } };
    const result = await client.callTool(counting, { onprogress: ({ message }) => seen.push(message) });
    expect(result.content).toEqual([{ type: 'text', text: 'counted to 3' }]);
    expect(seen.slice(0, 2)).toEqual(['1', '2']);
    const controller = new AbortController();
    const call = client.callTool(
      { name: 'wait', arguments: {} },
      { signal: controller.signal, onprogress: () => controller.abort() },
    );
    await expect(call).rejects.toThrow();
    await aborted.promise;
  },
);

test('an agent is served like a tool', async () => {
  const agent = createAgent({ model: scriptedModel([{ text: 'It rains.' }]), policy });
  const serving = await serveMcpHttp([agent.asTool({ name: 'weather', description: 'Knows the weather.' })], {
    policy,
  });
  open.push(serving);
  const client = await connect(serving);
  const result = await client.callTool({ name: 'weather', arguments: { task: 'today?' } });
  expect(result.content).toEqual([{ type: 'text', text: 'It rains.' }]);
});

function post(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const given = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: given }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

test('nobody gets in without the token, by another name, or from a page elsewhere', async () => {
  const { url, token } = await serve();
  const authorization = `Bearer ${token}`;
  expect(await post(url, {})).toBe(401);
  expect(await post(url, { authorization: `Bearer ${token.slice(0, -1)}` })).toBe(401);
  expect(await post(url, { authorization, host: 'evil.example' })).toBe(403);
  expect(await post(url, { authorization, host: 'localhost.evil.example' })).toBe(403);
  expect(await post(url, { authorization, origin: 'https://evil.example' })).toBe(403);
  expect(await post(url, { authorization, origin: 'null' })).toBe(403);
  expect(await post(url, { authorization, 'mcp-session-id': 'guessed' })).toBe(404);
  expect(await post(url.replace('/mcp', '/'), { authorization })).toBe(404);
  expect(await post(url, { authorization })).toBe(400);
  await expect(serveMcpHttp(tools, { policy, token: 'short' })).rejects.toMatchObject({ code: 'invalid_config' });
});

test('one who comes when all sessions are taken takes that of whoever was idle longest', async () => {
  const serving = await serve({ maxSessions: 2 });
  const [first, second] = [await connect(serving), await connect(serving)];
  await first.listTools();
  const third = await connect(serving);
  expect((await first.listTools()).tools).toHaveLength(2);
  expect((await third.listTools()).tools).toHaveLength(2);
  await expect(second.listTools()).rejects.toThrow();
});

test('a port that is taken is named', async () => {
  const { url } = await serve();
  const port = Number(new URL(url).port);
  await expect(serveMcpHttp(tools, { policy, port })).rejects.toMatchObject({
    code: 'invalid_config',
    message: expect.stringContaining(String(port)),
  });
});
