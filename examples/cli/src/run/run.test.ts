import { expect, test } from 'vitest';
import { modelInfo } from '@capstan/providers';
import type { DurableEvent, RunEvent, RunResult } from '@capstan/sdk/contract';
import { chooseModel } from '../project/choose-model.ts';
import { openRequests } from './open-requests.ts';
import { runEnding } from './run-exit.ts';
import { runSettings, type RunFlags } from './run-settings.ts';
import { RunTally, type CallRecord } from './run-tally.ts';

const result: RunResult = {
  runId: 'r',
  sessionId: 's',
  reason: 'done',
  text: 'Done.',
  usage: { inputTokens: 1, outputTokens: 1 },
  costUsd: 0,
  turns: 1,
  patches: [],
  queued: [],
  pending: [],
};
const patch = { id: 'p', files: [], added: 1, removed: 0 };

function call(outcome: CallRecord['outcome'], acts: boolean, tool = 'shell'): CallRecord {
  return { callId: 'c', tool, outcome, acts };
}

test.each<
  [string, Partial<RunResult>, { calls?: CallRecord[]; lastStop?: 'refusal'; wants?: 'change' | 'words' }, number]
>([
  ['an answer', {}, {}, 0],
  ['an answer after reading', {}, { calls: [call('done', false, 'read')] }, 0],
  ['no answer and nothing done', { text: ' \n' }, {}, 1],
  ['a refusal', {}, { lastStop: 'refusal' }, 1],
  ['a patch without words', { text: '', patches: [patch] }, {}, 0],
  ['a command that ran', { text: '' }, { calls: [call('done', true)] }, 0],
  ['a command that was denied', {}, { calls: [call('denied', true)] }, 3],
  ['a command denied, another done', {}, { calls: [call('denied', true), call('done', true)] }, 0],
  ['a read that was denied, others done', {}, { calls: [call('denied', false), call('done', false)] }, 0],
  ['only a read that was denied', {}, { calls: [call('denied', false)] }, 3],
  ['an edit that failed', {}, { calls: [call('done', false), call('failed', true)] }, 1],
  ['words where a change is due', {}, { calls: [call('done', true)], wants: 'change' }, 1],
  ['an explanation for which a write was denied', {}, { calls: [call('denied', true)], wants: 'words' }, 0],
  ['a change where one is due', { patches: [patch] }, { wants: 'change' }, 0],
  ['a run that waits', { reason: 'approval' }, {}, 3],
  ['a spent budget', { reason: 'budget', limit: 'costUsd' }, {}, 4],
  ['a failure', { reason: 'failed', error: { code: 'auth_missing', message: 'No key.' } }, {}, 1],
  ['a stop', { reason: 'stopped' }, {}, 130],
])('%s gives the right exit code', (_, part, tally, exit) => {
  expect(runEnding({ ...result, ...part }, { calls: [], lastStop: 'end', ...tally }).exit).toBe(exit);
});

test('an interrupt decides the exit code whatever the run came to', () => {
  expect(runEnding(result, { calls: [], lastStop: 'end', interrupt: 'SIGINT' }).exit).toBe(130);
  expect(runEnding(result, { calls: [], lastStop: 'end', interrupt: 'SIGTERM' }).exit).toBe(143);
});

function tallied(...bodies: object[]): RunTally {
  const tally = new RunTally();
  for (const body of bodies) tally.push({ v: 1, seq: 1, at: 0, sessionId: 's', runId: 'r', ...body } as RunEvent);
  return tally;
}

test('a denied approval outlasts the failed result that follows it', () => {
  const tally = tallied(
    {
      type: 'tool.decided',
      callId: '1',
      tool: 'shell',
      input: {},
      effects: [{ kind: 'run', command: 'x', cwd: '/' }],
      verdict: 'ask',
      rule: 'r',
      reason: '',
    },
    { type: 'approval.given', callId: '1', verdict: 'denied', by: 'ada' },
    { type: 'message.added', message: { role: 'tool', callId: '1', tool: 'shell', parts: [], failed: true } },
  );
  expect(tally.calls).toMatchObject([{ tool: 'shell', outcome: 'denied', acts: true, verdict: 'ask' }]);
});

test('a call of an unknown tool counts as failed', () => {
  const tally = tallied({
    type: 'message.added',
    message: { role: 'tool', callId: '1', tool: 'fly', parts: [], failed: true },
  });
  expect(tally.calls).toMatchObject([{ tool: 'fly', outcome: 'failed', acts: false }]);
});

test('budgets are read with their units', () => {
  expect(
    runSettings({ budgetUsd: '$0.25', budgetSeconds: '120s', budgetTokens: '5000', maxTurns: '3' }).budget,
  ).toEqual({
    costUsd: 0.25,
    seconds: 120,
    tokens: 5000,
    turns: 3,
  });
});

test.each<[RunFlags, string]>([
  [{ json: true, streamJson: true }, '--json'],
  [{ continue: true, session: 'x' }, '--continue'],
  [{ yes: true, mode: 'read-only' }, '--yes'],
  [{ mode: 'yolo' }, 'not a mode'],
  [{ budgetUsd: '0' }, '--budget-usd'],
  [{ budgetUsd: '1e3' }, '--budget-usd'],
  [{ maxTurns: '1.5' }, '--max-turns'],
])('%j is refused by name', (flags, words) => expect(() => runSettings(flags)).toThrow(words));

test.each([
  [{ flag: 'a/b', env: { OPENAI_API_KEY: 'k' } }, 'a/b'],
  [{ env: { CAPSTAN_MODEL: 'c/d', OPENAI_API_KEY: 'k' } }, 'c/d'],
  [{ env: { ANTHROPIC_API_KEY: 'k' }, configured: 'e/f' }, 'e/f'],
  [{ env: {} }, 'practice'],
])('of %j the model is %s', (sources, id) => expect(chooseModel(sources).id).toBe(id));

test.each(['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GEMINI_API_KEY'])(
  'the model that %s opens has a known price, so money budgets hold',
  (variable) => {
    expect(modelInfo(chooseModel({ env: { [variable]: 'k' } }).id)).toHaveProperty('price.output');
  },
);

test('a key in the environment opens its vendor, and the reason names the variable but not the key', () => {
  const { id, why } = chooseModel({ env: { ANTHROPIC_API_KEY: 'sk-secret' } });
  expect(id).toMatch(/^anthropic\//);
  expect(why).toContain('ANTHROPIC_API_KEY');
  expect(why).not.toContain('sk-secret');
});

test('only approvals without an answer are open', () => {
  const at = { v: 1, seq: 1, at: 0, sessionId: 's', runId: 'r' } as const;
  const asked = {
    ...at,
    type: 'approval.requested',
    tool: 't',
    preview: { kind: 'text', text: '' },
    reason: '',
    rule: '',
    approvals: 1,
    shown: '',
    expiresAt: 0,
  } as const;
  const events = [
    { ...asked, callId: '1' },
    { ...asked, callId: '2' },
    { ...asked, callId: '3', runId: 'other' },
    { ...at, type: 'approval.given', callId: '1', verdict: 'denied', by: 'x' } as const,
  ];
  expect(openRequests(events as unknown as DurableEvent[], 'r').map(({ callId }) => callId)).toEqual(['2']);
});
