import { expect, test } from 'vitest';
import { suggest } from '../presets/presets.ts';
import { allowRules } from './allow-rules.ts';
import { approvalState } from './approval-state.ts';
import { decide } from './decide.ts';
import { explain } from './explain.ts';

const yes = (by: string) => ({ verdict: 'approved', by }) as const;
const no = (by: string) => ({ verdict: 'denied', by }) as const;

test.each([
  ['one is enough where one is asked for', [yes('ada')], { approvals: 1, owner: 'ada' }, 'approved'],
  ['the same person counts once', [yes('ada'), yes(' ADA ')], { approvals: 2 }, 'waiting'],
  ['two people are two', [yes('ada'), yes('bob')], { approvals: 2, owner: 'ada' }, 'approved'],
  ['the owner is not enough', [yes('ada')], { approvals: 2, owner: 'ada' }, 'waiting'],
  ['others are enough without the owner', [yes('bob'), yes('eve')], { approvals: 2, owner: 'ada' }, 'approved'],
  ['one denial denies', [yes('ada'), no('bob'), yes('eve')], { approvals: 2 }, 'denied'],
  ['nobody has spoken', [], { approvals: 1 }, 'waiting'],
  ['alone, one confirmation of two is not enough', [yes('ada')], { approvals: 2, alone: true }, 'waiting'],
  ['alone, two confirmations stand in', [yes('ada'), yes('ada')], { approvals: 2, alone: true }, 'approved'],
] as const)('%s', (_name, given, rule, state) => {
  expect(approvalState(given, rule).state).toBe(state);
});

test('a stand-in says so', () => {
  expect(approvalState([yes('ada'), yes('ada')], { approvals: 2, alone: true })).toMatchObject({
    standIn: true,
    by: ['ada'],
  });
  expect(approvalState([yes('ada'), yes('bob')], { approvals: 2, alone: true })).not.toHaveProperty('standIn');
});

test('an allowed pattern is never wider than the effect', () => {
  const run = (command: string, argv: readonly string[]) => ({ kind: 'run', command, argv, cwd: '/repo' }) as const;
  const action = { effects: [run('npm start', ['npm', 'start'])] };
  const rules = allowRules(action, { id: 'always-1' }) ?? [];
  const policy = { ...suggest({ root: '/repo' }), rules };
  expect(decide(policy, action)).toMatchObject({ verdict: 'allow', rule: 'always-1' });
  for (const other of [
    run('npm start x', ['npm', 'start', 'x']),
    run('npm', ['npm']),
    run('npm run', ['npm', 'run']),
  ]) {
    expect(decide(policy, { effects: [other] }).verdict).toBe('ask');
  }
  expect(allowRules({ effects: [{ kind: 'network', url: 'https://example.com/a' }] }, { id: 'x' })).toMatchObject([
    { match: { hosts: ['example.com:443'] } },
  ]);
  expect(allowRules({ effects: [{ kind: 'write', path: '/repo/a[b]*' }] }, { id: 'x' })).toBeUndefined();
  expect(allowRules({ effects: [run('git **', ['git', '**'])] }, { id: 'x' })).toBeUndefined();
  expect(allowRules({ effects: [{ kind: 'run', command: 'a | b', cwd: '/repo' }] }, { id: 'x' })).toBeUndefined();
  expect(allowRules({ effects: [{ kind: 'unknown', note: '' }] }, { id: 'x' })).toBeUndefined();
});

test('an explanation gives every rule that matched, the strictest first', () => {
  const { decision, effects } = explain(suggest({ root: '/repo' }), {
    effects: [{ kind: 'read', path: '/repo/.env' }],
  });
  expect(decision.rule).toBe('secret-files');
  expect(effects[0]?.decisions.map(({ rule, verdict }) => `${rule} ${verdict}`)).toEqual([
    'secret-files ask',
    'reads-inside allow',
  ]);
});
