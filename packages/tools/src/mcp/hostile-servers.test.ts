import { fileURLToPath } from 'node:url';
import { fullAuto } from '@capstan/policy';
import { createAgent } from '@capstan/sdk';
import type { ToolContext } from '@capstan/sdk/contract';
import { scriptedModel } from '@capstan/sdk/testing';
import { afterEach, expect, test } from 'vitest';
import { connectMcp } from './connect-mcp.ts';
import type { McpConnection, McpOptions } from './connect-mcp.ts';

const open: McpConnection[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const file = fileURLToPath(new URL('./__fixtures__/hostile-server.mjs', import.meta.url));

async function connect(how: string, options?: McpOptions): Promise<McpConnection> {
  const config = { command: process.execPath, args: [file], env: { HOSTILE: how } };
  const connection = await connectMcp('bad', config, options);
  open.push(connection);
  return connection;
}

function call(server: McpConnection, signal = new AbortController().signal): Promise<unknown> {
  const context: ToolContext = {
    signal,
    callId: 'c',
    runId: 'r',
    sessionId: 's',
    progress: () => {},
    patched: () => {},
  };
  return Promise.resolve(server.tools[0]?.execute({}, context));
}

test('garbage on standard output is passed over', async () => {
  const server = await connect('garbage');
  expect(await call(server)).toEqual([{ type: 'text', text: 'go' }]);
});

test('a list of tools without an end is not read to it', async () => {
  await expect(connect('pages')).rejects.toMatchObject({ code: 'tool_failed' });
});

test('a list that is none, and a result that is none, fail with what was wrong', async () => {
  await expect(connect('invalid-list')).rejects.toMatchObject({ code: 'tool_failed' });
  const server = await connect('invalid-result');
  await expect(call(server)).rejects.toMatchObject({ code: 'tool_failed' });
});

test('tools of one name are one, and no name reaches into JavaScript', async () => {
  const server = await connect('');
  expect(server.tools.map(({ name }) => name).toSorted()).toEqual(['bad____proto__', 'bad__constructor', 'bad__go']);
  expect(Object.keys(server.known).toSorted()).toEqual(['bad____proto__', 'bad__constructor', 'bad__go']);
});

test('a huge result costs the model no more than the limit of any tool', async () => {
  const server = await connect('huge');
  const model = scriptedModel([{ calls: [{ tool: 'bad__go', input: {} }] }, { text: 'done' }]);
  const agent = createAgent({ model, tools: server.tools, policy: fullAuto({ root: '/nowhere' }) });
  const run = agent.run('go', { approvals: 'wait' });
  run.on('approval.requested', ({ callId }) => run.approve(callId, { by: 'ann' }));
  expect((await run.result).reason).toBe('done');
  expect(JSON.stringify(model.requests[1]?.messages).length).toBeLessThan(60_000);
});

test('a message without an end is cut off', async () => {
  const server = await connect('endless');
  await expect(call(server)).rejects.toMatchObject({ code: 'tool_failed' });
});

test('a call that is never answered ends with its signal', async () => {
  const server = await connect('mute');
  const controller = new AbortController();
  const waiting = call(server, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow();
});

test('answers to nothing, questions to nobody and two answers in one change nothing', async () => {
  const server = await connect('strange');
  await call(server).catch(() => undefined);
  // The second call is answered behind the questions, which were refused by then.
  expect(await call(server)).toEqual([{ type: 'text', text: 'refused 2' }]);
});
