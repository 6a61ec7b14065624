import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Policy } from '@capstan/policy';
import { defineTool } from '../contract/define-tool.ts';
import type { Run } from '../contract/run.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';

const touch = defineTool({
  name: 'touch',
  description: 'Writes a file of a name.',
  input: z.object({ name: z.string() }),
  effects: ({ name }) => [{ kind: 'write', path: `/repo/${name}` }],
  execute: ({ name }) => `wrote ${name}`,
});

const twoPeople: Policy = {
  name: 'two-people',
  roots: ['/repo'],
  otherwise: { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' },
  rules: [{ id: 'two', match: { effect: 'write' }, verdict: 'ask', approvals: 2 }],
};

async function asked(run: Run): Promise<void> {
  for await (const event of run) if (event.type === 'approval.requested') return;
}

test('a rule that needs two people is not content with one of them twice', async () => {
  const model = scriptedModel([{ calls: [{ tool: 'touch', input: { name: 'a' } }] }, { text: 'done' }]);
  const run = createAgent({ model, tools: [touch], policy: twoPeople }).run('go', { approvals: 'wait' });
  await asked(run);
  run.approve('call-0-0', { by: 'ann' });
  run.approve('call-0-0', { by: 'ann' });
  run.approve('call-0-0', { by: 'bob' });
  const given: string[] = [];
  for await (const event of run) if (event.type === 'approval.given') given.push(event.by);
  expect(given).toEqual(['ann', 'bob']);
});

test('where two must approve, the owner of the run and one more are enough, the owner twice is not', async () => {
  const model = scriptedModel([{ calls: [{ tool: 'touch', input: { name: 'a' } }] }, { text: 'done' }]);
  const agent = createAgent({ model, tools: [touch], policy: twoPeople });
  const paused = await agent.run('go', { people: { owner: 'ann' } }).result;
  const { runId } = paused;
  for (const by of ['ann', 'Ann ']) await agent.answer(runId, 'call-0-0', { verdict: 'approved', by });
  expect((await agent.resume(runId).result).reason).toBe('approval');
  await agent.answer(runId, 'call-0-0', { verdict: 'approved', by: 'bob' });
  expect((await agent.resume(runId).result).reason).toBe('done');
});

test('alone on a machine, two confirmations of one person stand in, and the log says so', async () => {
  const store = memoryStore();
  const model = scriptedModel([{ calls: [{ tool: 'touch', input: { name: 'a' } }] }, { text: 'done' }]);
  const agent = createAgent({ model, tools: [touch], policy: twoPeople, store });
  const run = agent.run('go', { approvals: 'wait', people: { owner: 'ann', alone: true } });
  await asked(run);
  run.approve('call-0-0', { by: 'ann' });
  run.approve('call-0-0', { by: 'ann' });
  expect((await run.result).reason).toBe('done');
  const given = (await store.read(run.sessionId)).filter((event) => event.type === 'approval.given');
  expect(given.map((event) => event.standIn)).toEqual([undefined, true]);
});
