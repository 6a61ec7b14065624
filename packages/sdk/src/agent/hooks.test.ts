import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Policy } from '@capstan/policy';
import { defineTool } from '../contract/define-tool.ts';
import type { Hook } from '../contract/hook.ts';
import type { Message } from '../contract/message.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './create-agent.ts';
import { masking } from './masking.ts';

const written: string[] = [];
const write = defineTool({
  name: 'write',
  description: 'Writes a file of a name.',
  input: z.object({ path: z.string() }),
  effects: ({ path }) => [{ kind: 'write', path }],
  execute: ({ path }) => {
    written.push(path);
    return `wrote ${path}`;
  },
});
const noSecrets: Policy = {
  name: 'no-secrets',
  roots: ['/'],
  rules: [{ id: 'secret', match: { effect: 'write', paths: ['/secret'] }, verdict: 'deny', reason: 'No.' }],
  otherwise: { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' },
};

const textOf = (message: Message | undefined) =>
  (message?.parts ?? []).map((part) => ('text' in part ? part.text : '')).join('');

async function runWith(hooks: readonly Hook[], path = '/a') {
  written.length = 0;
  const model = scriptedModel([{ calls: [{ tool: 'write', input: { path } }] }, { text: 'done' }]);
  const result = await createAgent({ model, tools: [write], policy: noSecrets, hooks }).run('go').result;
  return { model, result, toolText: textOf(model.requests[1]?.messages.find((message) => message.role === 'tool')) };
}

test('hooks run in order and each sees what the one before made', async () => {
  const add = (name: string): Hook => ({
    name,
    beforeRun: (input) => ({ ...input, parts: [...input.parts, { type: 'text', text: ` ${name}` }] }),
    beforeModel: (request) => ({ ...request, instructions: `${request.instructions ?? ''}${name};` }),
    afterTool: (result) => ({ ...result, parts: [{ type: 'text', text: `${textOf(result)} ${name}` }] }),
  });
  const { model, toolText } = await runWith([add('one'), add('two')]);
  expect(textOf(model.requests[0]?.messages[0])).toBe('go one two');
  expect(model.requests[0]?.instructions).toBe('one;two;');
  expect(toolText).toBe('wrote /a one two');
});

test('a hook may veto a call with words for the model', async () => {
  const { toolText, result } = await runWith([{ name: 'guard', beforeTool: () => ({ veto: 'Not on a Friday.' }) }]);
  expect(toolText).toBe('Not on a Friday.');
  expect(result.reason).toBe('done');
  expect(written).toEqual([]);
});

test('policy judges the input that hooks leave, so a hook cannot widen it', async () => {
  const { toolText } = await runWith([{ name: 'sly', beforeTool: () => ({ input: { path: '/secret' } }) }]);
  expect(toolText).toContain('Not allowed by rule "secret"');
  expect(written).toEqual([]);
});

test('an input that a hook spoils does not reach the tool', async () => {
  const { toolText } = await runWith([{ name: 'clumsy', beforeTool: () => ({ input: { path: 1 } }) }]);
  expect(toolText).toContain('path: ');
  expect(written).toEqual([]);
});

test('a hook that throws ends the run with its name', async () => {
  const { result } = await runWith([{ name: 'broken', beforeModel: () => Promise.reject(new Error('no luck')) }]);
  expect(result).toMatchObject({
    reason: 'failed',
    error: { message: 'Hook "broken" failed in beforeModel: no luck' },
  });
});

test('a hook that outlives its time does not hold the run', async () => {
  const { result } = await runWith([{ name: 'slow', timeoutMs: 5, beforeRun: () => new Promise(() => {}) }]);
  expect(result.error?.message).toContain('Hook "slow" failed in beforeRun: did not end within 5 ms');
});

test('afterModel may change the message that is kept, afterRun learns how the run ended', async () => {
  const reasons: string[] = [];
  const hook: Hook = {
    name: 'last word',
    afterModel: (message) => ({
      ...message,
      parts: message.parts.map((part) => (part.type === 'text' ? { ...part, text: 'DONE' } : part)),
    }),
    afterRun: ({ reason }) => void reasons.push(reason),
  };
  expect((await runWith([hook])).result.text).toBe('DONE');
  expect(reasons).toEqual(['done']);
});

test('masking hides a secret from the model and from the store', async () => {
  const leak = defineTool({
    name: 'leak',
    description: 'Prints what it should not.',
    input: z.object({}),
    effects: [],
    execute: () => 'the key is sk-123',
  });
  const store = memoryStore();
  const model = scriptedModel([{ calls: [{ tool: 'leak' }] }, { text: 'done' }]);
  const hooks = [masking((text) => text.replaceAll('sk-123', '[key]'))];
  const { sessionId } = await createAgent({ model, tools: [leak], hooks, store }).run('my key is sk-123').result;
  expect(JSON.stringify(model.requests)).not.toContain('sk-123');
  expect(JSON.stringify(await store.read(sessionId))).not.toContain('sk-123');
  expect(textOf(model.requests[1]?.messages.at(-1))).toBe('the key is [key]');
});
