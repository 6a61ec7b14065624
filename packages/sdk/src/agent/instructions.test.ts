import { expect, test } from 'vitest';
import { z } from 'zod';
import { CapstanError } from '../contract/errors.ts';
import { defineTool } from '../contract/define-tool.ts';
import type { Instructions } from '../contract/instructions.ts';
import { replay } from '../replay/replay.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';

const look = defineTool({
  name: 'look',
  description: 'Looks.',
  input: z.object({}),
  effects: [],
  execute: () => 'seen',
});

function counted(): Instructions & { opened: string[] } {
  const opened: string[] = [];
  return {
    opened,
    open: ({ model }) => {
      opened.push(model);
      return {
        text: `You are asked as ${model}.`,
        tools: [look],
        hooks: [{ name: 'mark', afterTool: (result) => ({ ...result, parts: [{ type: 'text', text: 'marked' }] }) }],
      };
    },
  };
}

test('instructions are opened once a run, and every call of the run gets the same text', async () => {
  const instructions = counted();
  const model = scriptedModel([{ calls: [{ tool: 'look' }] }, { text: 'done' }]);
  const result = await createAgent({ model, instructions }).run('go').result;
  expect(result.reason).toBe('done');
  expect(instructions.opened).toEqual(['scripted/model']);
  expect(model.requests.map((request) => request.instructions)).toEqual(
    Array.from({ length: 2 }, () => 'You are asked as scripted/model.'),
  );
});

test('the tools and hooks that instructions bring along work in the run', async () => {
  const model = scriptedModel([{ calls: [{ tool: 'look' }] }, { text: 'done' }]);
  await createAgent({ model, instructions: counted() }).run('go').result;
  expect(model.requests[0]?.tools.map(({ name }) => name)).toEqual(['look']);
  expect(model.requests[1]?.messages.at(-1)).toMatchObject({ role: 'tool', parts: [{ text: 'marked' }] });
});

test('instructions that cannot be opened end the run and say why', async () => {
  const instructions: Instructions = {
    open: () => {
      throw new CapstanError('invalid_config', 'prompts/a.md:3: there is no variable "b".');
    },
  };
  const model = scriptedModel([]);
  const result = await createAgent({ model, instructions }).run('go').result;
  expect(result).toMatchObject({ reason: 'failed', error: { code: 'invalid_config' } });
  expect(model.requests).toEqual([]);
});

test('a run with opened instructions replays the same, and a changed text shows first', async () => {
  const store = memoryStore();
  const model = scriptedModel([{ calls: [{ tool: 'look' }] }, { text: 'done' }]);
  const run = createAgent({ model, store, instructions: counted() }).run('go');
  await run.result;
  const log = await store.read(run.sessionId);
  expect(await replay(log, run.id, { model, instructions: counted() })).toMatchObject({ same: true });
  const other = {
    open: async () => ({ ...(await counted().open({ model: '', signal: AbortSignal.abort() })), text: 'x' }),
  };
  expect(await replay(log, run.id, { model, instructions: other })).toMatchObject({ difference: { seq: 1 } });
});
