import { expect, test } from 'vitest';
import { offline } from '../presets/offline.ts';
import { autoEdit } from '../presets/presets.ts';
import { decide } from './decide.ts';
import { judgeModel } from './judge-model.ts';
import { layered, rulesOnly } from './layered.ts';

const root = '/repo';
const user = autoEdit({ root });
const remote = { id: 'anthropic/claude-sonnet-5-5' };
const local = { id: 'ollama/qwen3', local: true };

test('models are called unless a policy names the ones that may be', () => {
  expect(judgeModel(user, remote).verdict).toBe('allow');
  const organisation = { ...rulesOnly('organisation', { roots: [root], rules: [] }), models: ['azure/*'] };
  const policy = layered({ user, organisation });
  expect(judgeModel(policy, remote)).toMatchObject({ verdict: 'deny', rule: 'models.organisation' });
  expect(judgeModel(policy, { id: 'azure/gpt-5' }).verdict).toBe('allow');
});

test('without network only models on this machine are called, and those that are named', () => {
  expect(judgeModel(offline(user), remote)).toMatchObject({ verdict: 'deny', rule: 'models.offline' });
  expect(judgeModel(offline(user), local).verdict).toBe('allow');
  expect(judgeModel(offline(user, { models: ['anthropic/*'] }), remote).verdict).toBe('allow');
  expect(judgeModel(offline(user, { models: ['anthropic/claude-sonnet-5-5'] }), remote).verdict).toBe('allow');
});

test('a name allows that vendor and no other that begins alike', () => {
  expect(judgeModel(offline(user, { models: ['anthropic/*'] }), { id: 'anthropic2/x' }).verdict).toBe('deny');
  expect(judgeModel(offline(user, { models: ['a/b'] }), { id: 'a/bc' }).verdict).toBe('deny');
});

test.each([
  ['cat a.ts', false, 'allow'],
  ['npm test', false, 'ask'],
  ['npm test', true, 'allow'],
  ['curl https://example.com', true, 'deny'],
  ['npm install', true, 'deny'],
  ['kubectl get pods', true, 'deny'],
] as const)('without network %j (in a sandbox: %s) is %s', (command, confined, verdict) => {
  const policy = offline(user, { confined });
  expect(decide(policy, { effects: [{ kind: 'run', command, cwd: root }] }).verdict).toBe(verdict);
});
