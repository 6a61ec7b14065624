import { expect, test } from 'vitest';
import { autoEdit, fullAuto, readOnly, suggest } from '../presets/presets.ts';
import { decide } from './decide.ts';
import type { Policy, Verdict } from './policy.ts';
import type { Effect } from '../effect/effect.ts';

const root = '/repo';
const modes = { readOnly, suggest, autoEdit, fullAuto };
const read = (path: string): Effect => ({ kind: 'read', path });
const write = (path: string): Effect => ({ kind: 'write', path });
const run = (command: string): Effect => ({ kind: 'run', command, cwd: root });

const cases: readonly (readonly [Effect, string])[] = [
  // read-only, suggest, auto-edit, full-auto
  [read('/repo/src/a.ts'), 'allow allow allow allow'],
  [read('/repo/.env'), 'ask ask ask ask'],
  [read('/repo/.env.example'), 'allow allow allow allow'],
  [read('/etc/passwd'), 'ask ask ask ask'],
  [read('/home/u/.ssh/id_ed25519'), 'deny deny deny deny'],
  [write('/repo/src/a.ts'), 'deny ask allow allow'],
  [write('/repo/.git/hooks/pre-commit'), 'deny ask ask ask'],
  [write('/repo/.GIT/config'), 'deny ask ask ask'],
  [write('/repo/../etc/hosts'), 'deny ask ask ask'],
  [write('/etc/passwd'), 'deny deny deny deny'],
  [write('/repository/a'), 'deny ask ask ask'],
  [run('ls -la src'), 'allow allow allow allow'],
  [run('npm test'), 'ask ask allow allow'],
  [run('cat a | grep b && git status'), 'allow allow allow allow'],
  [run('cat a > b'), 'deny ask ask allow'],
  [run('make deploy'), 'ask ask ask allow'],
  [run('rm -rf /'), 'deny deny deny deny'],
  [run('ls; rm -rf /'), 'deny deny deny deny'],
  [run('echo "unterminated'), 'ask ask ask ask'],
  [{ kind: 'network', url: 'https://example.com/' }, 'ask ask ask ask'],
  [{ kind: 'unknown', note: 'x' }, 'ask ask ask ask'],
];

test.each(cases)('modes judge %o', (effect, expected) => {
  const verdicts = Object.values(modes).map((mode) => decide(mode({ root }), { effects: [effect] }).verdict);
  expect(verdicts.join(' ')).toBe(expected);
});

test('an action without effects is allowed and says so', () => {
  expect(decide(readOnly({ root }), { effects: [] })).toMatchObject({
    verdict: 'allow',
    rule: 'no-effects',
    approvals: 0,
  });
});

test('the strictest rule over all effects wins and is named', () => {
  const effects = [read('/repo/a'), write('/repo/.env'), read('/repo/b')];
  expect(decide(autoEdit({ root }), { effects })).toMatchObject({
    verdict: 'ask',
    rule: 'protected-files',
    approvals: 1,
  });
});

test('where no rule matches the default of the kind is named', () => {
  expect(decide(readOnly({ root }), { effects: [write('/repo/a')] }).rule).toBe('otherwise.write');
});

test('the rule that asks for more people wins among asking rules', () => {
  const rule = (id: string, approvals: number) =>
    ({ id, match: { effect: 'any' }, verdict: 'ask' as Verdict, approvals }) as const;
  const policy: Policy = { ...suggest({ root }), rules: [rule('one', 1), rule('two', 2)] };
  expect(decide(policy, { effects: [read('/repo/a')] })).toMatchObject({ rule: 'two', approvals: 2 });
});

test('an empty list in a rule matches nothing', () => {
  const policy: Policy = {
    ...suggest({ root }),
    rules: [{ id: 'none', match: { effect: 'read', paths: [] }, verdict: 'deny' }],
  };
  expect(decide(policy, { effects: [read('/repo/a')] }).rule).toBe('otherwise.read');
});
