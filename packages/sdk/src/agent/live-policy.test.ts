import { expect, test } from 'vitest';
import { z } from 'zod';
import { fullAuto, offline, readOnly } from '@capstan/policy';
import type { Policy } from '@capstan/policy';
import { defineTool } from '../contract/define-tool.ts';
import type { Hook } from '../contract/hook.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { createAgent, notReplayed } from './__fixtures__/replayed-agent.ts';

const root = '/repo';
const ran: string[] = [];
const work = defineTool({
  name: 'work',
  description: 'Writes a file.',
  input: z.object({ path: z.string() }),
  effects: ({ path }) => [{ kind: 'write', path }],
  execute: ({ path }) => {
    ran.push(path);
    return 'written';
  },
});
const page = defineTool({
  name: 'page',
  description: 'Reads a page.',
  input: z.object({}),
  effects: [],
  untrusted: true,
  execute: () => 'a page',
});
const calls = (path: string) => ({ calls: [{ tool: 'work', input: { path } }] });

test('a rule that is tightened holds at the next decision of a run that is under way', async () => {
  notReplayed('the policy changes while the run is under way');
  ran.length = 0;
  let policy: Policy = fullAuto({ root });
  const model = scriptedModel((_, at) => {
    if (at === 1) policy = readOnly({ root });
    return [calls('/repo/a'), calls('/repo/b'), { text: 'done' }][at] ?? { text: 'done' };
  });
  const store = memoryStore();
  const agent = createAgent({ model, tools: [work], policy: () => policy, store });
  await agent.run('go', { sessionId: 's' }).result;
  expect(ran).toEqual(['/repo/a']);
  const rules = (await store.read('s')).flatMap((event) => (event.type === 'tool.decided' ? [event.rule] : []));
  expect(rules).toEqual(['writes-inside', 'otherwise.write']);
});

test('a rule that is tightened holds for a sub-agent that is at work too', async () => {
  notReplayed('the policy changes while the run is under way');
  ran.length = 0;
  let policy: Policy = fullAuto({ root });
  const child = scriptedModel((_, at) => {
    if (at === 1) policy = readOnly({ root });
    return [calls('/repo/a'), calls('/repo/b')][at] ?? { text: 'done' };
  });
  const helper = createAgent({ model: child, tools: [work] }).asTool({ name: 'helper', description: 'Helps.' });
  const model = scriptedModel([{ calls: [{ tool: 'helper', input: { task: 'go' } }] }, { text: 'done' }]);
  const result = await createAgent({ model, tools: [helper], policy: () => policy }).run('go').result;
  expect(result.reason).toBe('done');
  expect(ran).toEqual(['/repo/a']);
});

test('a run that has read untrusted text takes a changed rule too, and stays tainted', async () => {
  notReplayed('the policy changes while the run is under way');
  let policy: Policy = fullAuto({ root });
  const model = scriptedModel((_, at) => {
    if (at === 1) policy = { ...fullAuto({ root }), name: 'changed' };
    return [{ calls: [{ tool: 'page' }] }, calls('/elsewhere/b')][at] ?? { text: 'done' };
  });
  const result = await createAgent({ model, tools: [page, work], policy: () => policy }).run('go').result;
  expect(result.pending).toMatchObject([{ rule: 'otherwise.write' }]);
});

test('a model call is a use of the network: without network only models on this machine are called', async () => {
  const policy = offline(fullAuto({ root }));
  const away = scriptedModel([{ text: 'hi' }], { id: 'vendor/big', info: {} });
  const refused = await createAgent({ model: away, policy }).run('go').result;
  expect(refused.reason).toBe('failed');
  expect(refused.error).toMatchObject({
    code: 'invalid_config',
    details: { where: 'models.offline', model: 'vendor/big' },
  });
  expect(away.requests).toEqual([]);
  const here = scriptedModel([{ text: 'hi' }]);
  expect((await createAgent({ model: here, policy }).run('go').result).reason).toBe('done');
  const named = offline(fullAuto({ root }), { models: ['vendor/*'] });
  expect((await createAgent({ model: away, policy: named }).run('go').result).reason).toBe('done');
});

test('a hook may say more of what a call does, and policy judges that', async () => {
  ran.length = 0;
  const telling: Hook = {
    name: 'telling',
    beforeDecision: ({ effects }) =>
      effects.some(({ kind }) => kind === 'write') ? [{ kind: 'write', path: '/etc/hosts' }] : undefined,
  };
  const model = scriptedModel([calls('/repo/a'), { text: 'done' }]);
  const store = memoryStore();
  const agent = createAgent({ model, tools: [work], policy: readOnly({ root }), store, hooks: [telling] });
  await agent.run('go', { sessionId: 's' }).result;
  expect(ran).toEqual([]);
  const [decided] = (await store.read('s')).flatMap((event) => (event.type === 'tool.decided' ? [event] : []));
  expect(decided?.effects).toHaveLength(2);
});

test('a hook that cannot tell what a call does fails the call', async () => {
  ran.length = 0;
  const broken: Hook = {
    name: 'broken',
    beforeDecision: () => {
      throw new Error('no idea');
    },
  };
  const model = scriptedModel([calls('/repo/a'), { text: 'done' }]);
  const result = await createAgent({ model, tools: [work], policy: fullAuto({ root }), hooks: [broken] }).run('go')
    .result;
  expect(result.reason).toBe('done');
  expect(ran).toEqual([]);
});
