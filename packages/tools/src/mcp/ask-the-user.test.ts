import { realpathSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fullAuto } from '@capstan/policy';
import { createAgent } from '@capstan/sdk';
import { nodeListener } from '@capstan/sdk/node-http';
import { scriptedModel } from '@capstan/sdk/testing';
import {
  McpServer,
  acceptedContent,
  createMcpHandler,
  fromJsonSchema,
  inputRequired,
} from '@modelcontextprotocol/server';
import { afterEach, expect, test } from 'vitest';
import { callByName as call } from './__fixtures__/call-by-name.ts';
import { connectMcp } from './connect-mcp.ts';
import type { McpConnection, McpOptions } from './connect-mcp.ts';
import type { McpQuestion, McpSample } from './mcp-host.ts';

const open: McpConnection[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const file = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));

async function connect(options: McpOptions): Promise<McpConnection> {
  const connection = await connectMcp('every', { command: process.execPath, args: [file, 'stdio'] }, options);
  open.push(connection);
  return connection;
}

test('a server that asks the user is given his answer, his refusal, or that he could not be asked', async () => {
  const asked: McpQuestion[] = [];
  const answers: (() => Promise<Record<string, string | boolean> | undefined>)[] = [
    async () => ({ name: 'Ann', check: true }),
    async () => undefined,
    async () => {
      throw new Error('the terminal is gone');
    },
  ];
  const server = await connect({
    elicit: async (question) => {
      asked.push(question);
      return answers.shift()?.();
    },
  });
  expect(await call(server, 'every__trigger-elicitation-request')).toContain('Ann');
  expect(asked[0]).toMatchObject({ server: 'every', message: expect.any(String), form: { type: 'object' } });
  expect(await call(server, 'every__trigger-elicitation-request')).toContain('decline');
  expect(await call(server, 'every__trigger-elicitation-request')).toContain('cancel');
});

test('a server of the newest protocol asks within the call, for a form and for a page', async () => {
  const handler = createMcpHandler(
    () => {
      const server = new McpServer({ name: 'new', version: '1.0.0' });
      const inputSchema = fromJsonSchema({ type: 'object' });
      server.registerTool('book', { inputSchema }, (_, { mcpReq }) => {
        const given = acceptedContent(mcpReq.inputResponses, 'who');
        if (given) return { content: [{ type: 'text', text: `for ${String(given['name'])}` }] };
        const name = { type: 'string' } as const;
        const who = inputRequired.elicit({
          message: 'For whom?',
          requestedSchema: { type: 'object', properties: { name } },
        });
        const pay = inputRequired.elicitUrl({ message: 'Pay.', url: 'https://pay.example/1' });
        return inputRequired({ inputRequests: { who, pay } });
      });
      return server;
    },
    { legacy: 'reject' },
  );
  const http = createServer(nodeListener(handler.fetch));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
  const asked: McpQuestion[] = [];
  const elicit = async (question: McpQuestion) => {
    asked.push(question);
    return question.url === undefined ? { name: 'Ann' } : {};
  };
  const server = await connectMcp('new', { url }, { elicit });
  try {
    expect(await call(server, 'new__book')).toContain('for Ann');
    expect(asked.map(({ message, url: page }) => page ?? message).toSorted()).toEqual([
      'For whom?',
      'https://pay.example/1',
    ]);
  } finally {
    await server.close();
    http.closeAllConnections();
    http.close();
  }
});

test('a server is told of nothing that is not there: it asks nobody', async () => {
  const server = await connect({});
  const names = server.tools.map(({ name }) => name);
  expect(names).not.toContain('every__trigger-elicitation-request');
  expect(names).not.toContain('every__trigger-sampling-request');
  expect(names).not.toContain('every__get-roots-list');
});

test('a server is told the folders to work in', async () => {
  const root = realpathSync(tmpdir());
  const server = await connect({ roots: [root] });
  expect(await call(server, 'every__get-roots-list')).toContain(`file://${root}`);
});

test('a server asks the model within the budget of the run that calls it, once the user allows it', async () => {
  const price = { input: 0, output: 1_000 };
  const info = { tools: true, local: true, price };
  const usage = { inputTokens: 10, outputTokens: 10 };
  const small = createAgent({
    model: scriptedModel(
      [
        { text: 'Rain.', usage },
        { text: 'Sun.', usage },
      ],
      { info },
    ),
  });
  const seen: McpSample[] = [];
  const server = await connect({
    sampling: {
      agent: small.asTool({ name: 'answer', description: 'Answers.' }),
      allow: async (request) => seen.push(request) < 3,
    },
  });
  const ask = { tool: 'every__trigger-sampling-request', input: { prompt: 'the weather', maxTokens: 50 } };
  const model = scriptedModel([{ calls: [ask] }, { calls: [ask] }, { calls: [ask] }, { text: 'done' }]);
  const agent = createAgent({
    model,
    tools: server.tools,
    policy: fullAuto({ root: '/nowhere' }),
    budget: { costUsd: 1 },
  });
  const run = agent.run('go', { approvals: 'wait' });
  run.on('approval.requested', ({ callId }) => run.approve(callId, { by: 'ann' }));
  const results: string[] = [];
  run.on(
    'message.added',
    ({ message }) => void (message.role === 'tool' && results.push(JSON.stringify(message.parts))),
  );
  const { reason, costUsd } = await run.result;
  expect(reason).toBe('done');
  expect(results[0]).toContain('Rain.');
  expect(results[1]).toContain('Sun.');
  expect(results[2]).toContain('does not allow');
  expect(seen[0]).toMatchObject({ server: 'every', text: expect.stringContaining('the weather') });
  // Both answers of the model are paid by the run whose calls they came in.
  expect(costUsd).toBeCloseTo(0.02);
});

test('a request to the model that the user does not allow is refused', async () => {
  const small = createAgent({ model: scriptedModel([{ text: 'Rain.' }]) });
  const agent = small.asTool({ name: 'answer', description: 'Answers.' });
  const server = await connect({ sampling: { agent, allow: async () => false } });
  expect(await call(server, 'every__trigger-sampling-request', { prompt: 'x', maxTokens: 5 }).catch(String)).toContain(
    'not allow',
  );
});

test('prompts are listed and filled in', async () => {
  const server = await connect({});
  const prompts = await server.prompts();
  expect(prompts).toContainEqual(
    expect.objectContaining({
      name: 'args-prompt',
      arguments: expect.arrayContaining([expect.objectContaining({ name: 'city', required: true })]),
    }),
  );
  const [message] = await server.prompt('args-prompt', { city: 'Brest' });
  expect(message).toMatchObject({ role: 'user', parts: [{ type: 'text', text: expect.stringContaining('Brest') }] });
  await expect(server.prompt('no-such')).rejects.toMatchObject({ code: 'tool_failed' });
});
