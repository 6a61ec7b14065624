import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Policy } from '@capstan/policy';
import { createAgent } from '../agent/create-agent.ts';
import type { AgentOptions } from '../agent/create-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import { CapstanError } from '../contract/errors.ts';
import type { Tool } from '../contract/tool.ts';
import { memoryStore } from '../session/memory-store.ts';
import type { Script } from '../testing/scripted-model.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { replay } from './replay.ts';

let executions = 0;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const slow = defineTool({
  name: 'slow',
  description: 'Takes its time, and fails on request.',
  input: z.object({ ms: z.number(), fail: z.boolean().optional() }),
  effects: ({ ms }) => [{ kind: 'read', path: `/read/${ms}` }],
  async execute({ ms, fail }, { patched }) {
    executions++;
    await wait(ms);
    if (fail) throw new Error(`failed after ${ms}`);
    patched({ id: `p${ms}`, files: [], added: ms, removed: 0 });
    return `slept ${ms}`;
  },
}) as Tool;

const touch = defineTool({
  name: 'touch',
  description: 'Touches a file of a name.',
  input: z.object({ name: z.string() }),
  effects: ({ name }) => [{ kind: 'write', path: `/${name}` }],
  preview: ({ name }) => ({ kind: 'diff', diff: `+ ${name}` }),
  execute: ({ name }) => {
    executions++;
    return `touched ${name}`;
  },
}) as Tool;

const readsFree: Policy = {
  name: 'reads-free',
  roots: ['/'],
  rules: [],
  otherwise: { read: 'allow', write: 'ask', run: 'deny', network: 'deny', unknown: 'ask' },
};

function setting(script: Script, extra: Partial<AgentOptions> = {}) {
  const store = memoryStore();
  const model = scriptedModel(script, {
    info: { price: { input: 1, output: 2 }, contextWindow: 6000, maxOutputTokens: 500 },
  });
  const options: AgentOptions = {
    model,
    tools: [slow, touch],
    policy: readsFree,
    instructions: 'Be brief.',
    store,
    ...extra,
  };
  return { store, options, agent: createAgent(options) };
}

async function replayed(
  { store, options }: ReturnType<typeof setting>,
  runId: string,
  changed: Partial<AgentOptions> = {},
) {
  const log = await store.read((await store.sessionOf(runId)) ?? '');
  const before = executions;
  const verdict = await replay(log, runId, { ...options, ...changed });
  expect(executions).toBe(before);
  return verdict;
}

const parallel: Script = [
  {
    text: 'Working.',
    calls: [
      { tool: 'slow', input: { ms: 30 } },
      { tool: 'slow', input: { ms: 1 } },
      { tool: 'slow', input: { ms: 10, fail: true } },
      { tool: 'nothing', input: {} },
      { tool: 'slow', input: { ms: 'x' } },
    ],
  },
  { text: 'Done.' },
];

test('parallel, failing, unknown and malformed calls replay event by event', async () => {
  const scene = setting(parallel);
  const { runId } = await scene.agent.run('go').result;
  expect(await replayed(scene, runId)).toMatchObject({ same: true });
});

test('a run that paused twice and was answered replays over all its lives', async () => {
  const scene = setting([
    {
      calls: [
        { tool: 'touch', input: { name: 'a' } },
        { tool: 'slow', input: { ms: 1 } },
        { tool: 'touch', input: { name: 'b' } },
      ],
    },
    { text: 'Done.' },
  ]);
  const { runId, pending } = await scene.agent.run('go').result;
  const [a, b] = pending.map((each) => each.callId);
  await scene.agent.resume(runId, { answers: { [b ?? '']: { verdict: 'denied', by: 'ann', reason: 'no' } } }).result;
  await scene.agent.answer(runId, a ?? '', { verdict: 'approved', by: 'ann' });
  await scene.agent.resume(runId).result;
  expect(await replayed(scene, runId)).toMatchObject({ same: true });
});

test('approvals, steering and stop given while a run was under way replay', async () => {
  const scene = setting([
    {
      calls: [
        { tool: 'touch', input: { name: 'a' } },
        { tool: 'slow', input: { ms: 5 } },
      ],
    },
    { text: 'half a story', hang: true },
  ]);
  const run = scene.agent.run('go', { approvals: 'wait' });
  run.on('tool.ended', ({ tool }) => {
    if (tool !== 'slow') return;
    run.steer('and be kind');
    run.approve('call-0-0', { by: 'ann' });
  });
  run.on('text.delta', () => void run.stop('enough'));
  expect((await run.result).reason).toBe('stopped');
  expect(await replayed(scene, run.id)).toMatchObject({ same: true });
});

test('a stop inside a tool replays', async () => {
  const scene = setting([{ calls: [{ tool: 'slow', input: { ms: 60_000 } }] }]);
  const run = scene.agent.run('go');
  run.on('tool.started', () => void run.stop('too slow'));
  await run.result;
  expect(await replayed(scene, run.id)).toMatchObject({ same: true });
});

test('retries, failures and budgets replay', async () => {
  const passing = new CapstanError('model_failed', 'Overloaded.', { retryable: true, retryAfterMs: 1 });
  const final = new CapstanError('auth_refused', 'No.');
  const retried = setting([{ error: passing }, { text: 'half', error: final }]);
  const first = await retried.agent.run('go').result;
  expect(first).toMatchObject({ reason: 'failed', text: 'half' });
  expect(await replayed(retried, first.runId)).toMatchObject({ same: true });
  const broke = setting(() => ({ calls: [{ tool: 'slow', input: { ms: 0 } }] }), { budget: { turns: 4, costUsd: 1 } });
  const second = await broke.agent.run('go').result;
  expect(second).toMatchObject({ reason: 'budget', limit: 'turns' });
  expect(await replayed(broke, second.runId)).toMatchObject({ same: true });
});

test('compaction replays with the summary that was made', async () => {
  const scene = setting((request, i) => {
    if (request.instructions?.includes('memory of a working agent')) return { text: `Summary ${i}.` };
    return i < 14 ? { text: 'words '.repeat(600), calls: [{ tool: 'slow', input: { ms: 0 } }] } : { text: 'Done.' };
  });
  const { runId, sessionId } = await scene.agent.run('go').result;
  const types = (await scene.store.read(sessionId)).map((event) => event.type);
  expect(types).toContain('context.compacted');
  expect(await replayed(scene, runId)).toMatchObject({ same: true });
});

test('a later run of a session replays behind the earlier ones', async () => {
  const scene = setting([{ text: 'One.' }, { calls: [{ tool: 'slow', input: { ms: 1 } }] }, { text: 'Two.' }]);
  const first = await scene.agent.run('one').result;
  const second = await scene.agent.run('two', { sessionId: first.sessionId }).result;
  expect(await replayed(scene, second.runId)).toMatchObject({ same: true });
  expect(await replayed(scene, first.runId)).toMatchObject({ same: true });
});

test.each<[string, Partial<AgentOptions>, string]>([
  ['prompt', { instructions: 'Be long.' }, 'hashes.instructions'],
  ['tool', { tools: [slow, { ...touch, description: 'Touches anything.' }] }, 'hashes.tools'],
  ['policy', { policy: { ...readsFree, otherwise: { ...readsFree.otherwise, read: 'deny' } } }, 'hashes.policy'],
])('a changed %s shows as the first difference', async (_, changed, field) => {
  const scene = setting(parallel);
  const { runId } = await scene.agent.run('go').result;
  expect(await replayed(scene, runId, changed)).toMatchObject({ same: false, difference: { seq: 1, field } });
});

test('a record that was changed shows where', async () => {
  const scene = setting(parallel);
  const { runId, sessionId } = await scene.agent.run('go').result;
  const log = await scene.store.read(sessionId);
  const at = log.findIndex((event) => event.type === 'tool.decided');
  const forged = log.map((event, i) =>
    i === at && event.type === 'tool.decided' ? { ...event, verdict: 'ask' as const } : event,
  );
  expect(await replay(forged, runId, scene.options)).toMatchObject({
    same: false,
    difference: { seq: at + 1, field: 'verdict' },
  });
  const shorter = log.filter((event) => event.type !== 'run.ended');
  expect(await replay(shorter, runId, scene.options)).toMatchObject({ same: false });
});

test('a run that the log does not hold is not found', async () => {
  await expect(replay([], 'none', setting([]).options)).rejects.toMatchObject({ code: 'not_found' });
});
