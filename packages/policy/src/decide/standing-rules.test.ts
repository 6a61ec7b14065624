import { expect, test } from 'vitest';
import { autoEdit, fullAuto, readOnly } from '../presets/presets.ts';
import { layered } from './layered.ts';
import { decide } from './decide.ts';
import type { Effect } from '../effect/effect.ts';
import type { Policy } from './policy.ts';
import { standingApproval } from './standing-rules.ts';

const root = '/repo';
const about = { id: 'always', root, by: 'ann' };
const run = (command: string, cwd = root): Effect => ({ kind: 'run', command, cwd });
const verdict = (policy: Policy, effect: Effect): string => decide(policy, { effects: [effect] }).verdict;
const always = (policy: Policy, effect: Effect): Policy => {
  const given = standingApproval(policy, { effects: [effect] }, about);
  expect(given).toBeDefined();
  return { ...policy, rules: [...policy.rules, ...(given?.rules ?? [])] };
};

test('a line that is always allowed is not asked about again, with all that it does', () => {
  const line = 'npm install && ./scripts/seed.sh | tee log';
  expect(verdict(autoEdit({ root }), run(line))).toBe('ask');
  expect(verdict(always(autoEdit({ root }), run(line)), run(line))).toBe('allow');
});

const nearby: readonly Effect[] = [
  run('npm install x'),
  run('npm install; npm publish'),
  run(' npm install'),
  run('npm install', '/repo/packages/a'),
  run('npm install', '/other'),
  run('npm ci'),
  { kind: 'network', url: 'https://registry.npmjs.org/' },
  { kind: 'unknown', note: 'npm install' },
];

test.each(nearby)('always for one line allows nothing else: %j', (effect) => {
  expect(verdict(always(autoEdit({ root }), run('npm install')), effect)).not.toBe('allow');
});

test('always for a protected file allows that file and no other', () => {
  const lock: Effect = { kind: 'write', path: '/repo/package-lock.json' };
  const policy = always(autoEdit({ root }), lock);
  expect(verdict(policy, lock)).toBe('allow');
  expect(verdict(policy, { kind: 'write', path: '/repo/a/package-lock.json' })).toBe('ask');
  expect(verdict(policy, { kind: 'write', path: '/repo/.env' })).toBe('ask');
});

test('always holds in the folder it was given for only', () => {
  const policy = always(autoEdit({ root }), run('npm install'));
  const elsewhere = { ...policy, roots: ['/elsewhere'] };
  expect(verdict(elsewhere, run('npm install'))).not.toBe('allow');
});

test.each([run('rm -rf ~'), run('cat ~/.ssh/id_rsa'), { kind: 'write', path: '/etc/passwd' } as const])(
  'what is denied cannot be allowed for always: %j',
  (effect) => {
    expect(standingApproval(fullAuto({ root }), { effects: [effect] }, about)).toBeUndefined();
  },
);

test('always is not offered where an organisation goes on asking, nor for what takes two people', () => {
  const strict: Policy = layered({ user: autoEdit({ root }), organisation: { ...readOnly({ root }), name: 'org' } });
  expect(standingApproval(strict, { effects: [run('npm install')] }, about)).toBeUndefined();
  const two: Policy = {
    ...autoEdit({ root }),
    rules: [
      ...autoEdit({ root }).rules,
      { id: 'two', match: { effect: 'run', commands: ['npm publish'] }, verdict: 'ask', approvals: 2 },
    ],
  };
  expect(standingApproval(two, { effects: [run('npm publish')] }, about)).toBeUndefined();
});

test('the pattern that is shown is the whole of what is allowed', () => {
  const given = standingApproval(autoEdit({ root }), { effects: [run('npm install')] }, about);
  expect(given?.pattern).toBe('exactly `npm install` in /repo');
});

test("a copy of a stranger's text is asked about in every mode, also where the file is always allowed", () => {
  const copies = [{ source: 'https://x.dev/a', allowed: false, lines: [1, 20] as const }];
  const copied: Effect = { kind: 'write', path: '/repo/package-lock.json', copies };
  const policy = always(autoEdit({ root }), { kind: 'write', path: '/repo/package-lock.json' });
  expect(decide(policy, { effects: [copied] })).toMatchObject({ verdict: 'ask', rule: 'foreign-text' });
  expect(decide(fullAuto({ root }), { effects: [{ ...copied, path: '/repo/a.ts' }] }).rule).toBe('foreign-text');
  expect(standingApproval(fullAuto({ root }), { effects: [copied] }, about)).toBeUndefined();
  const allowed: Effect = { ...copied, path: '/repo/a.ts', copies: copies.map((copy) => ({ ...copy, allowed: true })) };
  expect(verdict(fullAuto({ root }), allowed)).toBe('allow');
});
