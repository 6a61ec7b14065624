import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide } from '../decide/decide.ts';
import type { Policy, Rule, Verdict } from '../decide/policy.ts';
import type { Effect } from '../effect/effect.ts';
import { parsePolicy } from './parse-policy.ts';
import { policyOf } from './policy-of.ts';
import { policySchema } from './policy-schema.ts';

const roots = ['/repo'];
const verdict = (policy: Policy | undefined, effect: Effect): string =>
  policy ? decide(policy, { effects: [effect] }).verdict : 'none';
const write: Effect = { kind: 'write', path: '/repo/src/a.ts' };
const start: Effect = { kind: 'run', command: 'npm start', cwd: '/repo' };

test('the published schema is the one that files are checked against', () => {
  const file = new URL('../../schema/policy.schema.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(policySchema)));
});

test('the user may loosen a mode, a project may not', () => {
  const rule =
    '{ "rules": [{ "id": "start", "match": { "effect": "run", "commands": ["npm start"] }, "verdict": "allow" }] }';
  expect(verdict(policyOf({}, { roots }).policy, start)).toBe('ask');
  expect(verdict(policyOf({ user: rule }, { roots }).policy, start)).toBe('allow');
  expect(verdict(policyOf({ project: rule }, { roots }).policy, start)).toBe('ask');
});

test('a project and an organisation may tighten', () => {
  const rule = '{ "rules": [{ "id": "frozen", "match": { "effect": "write", "paths": ["src"] }, "verdict": "deny" }] }';
  expect(verdict(policyOf({ project: rule }, { roots }).policy, write)).toBe('deny');
  expect(verdict(policyOf({ organisation: rule, user: '{ "mode": "full-auto" }' }, { roots }).policy, write)).toBe(
    'deny',
  );
  expect(
    verdict(policyOf({ project: '{ "mode": "read-only" }', user: '{ "mode": "full-auto" }' }, { roots }).policy, write),
  ).toBe('deny');
  expect(
    verdict(policyOf({ project: '{ "mode": "full-auto" }', user: '{ "mode": "read-only" }' }, { roots }).policy, write),
  ).toBe('deny');
});

test('programs and hosts of a project loosen nothing', () => {
  const project = '{ "programs": { "evil": { "flags": "*" } }, "hosts": ["*"], "web": "allow" }';
  const { policy } = policyOf({ project }, { roots });
  expect(verdict(policy, { kind: 'run', command: 'evil x', cwd: '/repo' })).toBe('ask');
  expect(verdict(policy, { kind: 'network', url: 'https://example.com/' })).toBe('ask');
  expect(verdict(policyOf({ user: project }, { roots }).policy, { kind: 'run', command: 'evil x', cwd: '/repo' })).toBe(
    'allow',
  );
});

const wrong: readonly (readonly [string, number, RegExp])[] = [
  ['{\n  "rules": [\n    { "id": "x", "verdict": "deny" }\n  ]\n}', 3, /`rules`\[0\] has no `match`/],
  ['{\n  "mod": "auto-edit"\n}', 2, /`mod` is not known/],
  ['{\n  "mode": "yolo"\n}', 2, /must be one of/],
  ['{\n\n  "rules": [{ "id": "", "match": { "effect": "any" }, "verdict": "ask" }]\n}', 3, /must not be empty/],
  [
    '{ "rules": [{ "id": "x", "match": { "effect": "read", "path": ["a"] }, "verdict": "ask" }] }',
    1,
    /path is not known/,
  ],
  ['{ "rules": [{ "id": "x", "match": { "effect": "eat" }, "verdict": "ask" }] }', 1, /no known `effect`/],
  ['{ "rules": [{ "id": "x", "match": { "effect": "any" }, "verdict": "ask", "approvals": 0 }] }', 1, /1 or more/],
  ['{ "rules": ', 1, /no JSON/],
  ['', 1, /empty|no JSON/],
  ['[]', 1, /must be an object/],
  ['{ "mode": "suggest", "mode": "full-auto" }', 1, /twice/],
];

test.each(wrong)('a problem is told with its line: %j', (text, line, message) => {
  const { policy, problems } = parsePolicy(text, { file: 'policy.json' });
  expect(policy).toBeUndefined();
  expect(problems[0]).toMatchObject({ file: 'policy.json', line });
  expect(problems[0]?.message).toMatch(message);
});

test('a file with a problem gives no policy at all', () => {
  expect(policyOf({ project: '{ "rules": 1 }' }, { roots }).policy).toBeUndefined();
});

const order: Readonly<Record<Verdict, number>> = { allow: 0, ask: 1, deny: 2 };
const effects = fc.constantFrom<Effect>(
  write,
  start,
  { kind: 'read', path: '/repo/.env' },
  { kind: 'read', path: '/etc/passwd' },
  { kind: 'network', url: 'https://example.com/' },
  { kind: 'unknown', note: '' },
  { kind: 'run', command: 'ls | rm x', cwd: '/repo' },
);
const rules = fc.record({
  id: fc.constant('r'),
  match: fc.constantFrom<Rule['match']>(
    { effect: 'any' },
    { effect: 'read' },
    { effect: 'write', paths: ['src'] },
    { effect: 'run', commands: ['npm **'] },
    { effect: 'network', hosts: ['@public'] },
    { effect: 'unknown' },
    { effect: 'write', where: 'outside' },
  ),
  verdict: fc.constantFrom<Verdict>('allow', 'ask', 'deny'),
});

test('a rule that is added to a project never makes a decision laxer', () => {
  fc.assert(
    fc.property(fc.array(rules, { maxLength: 4 }), rules, fc.array(effects, { maxLength: 3 }), (some, more, acts) => {
      const verdictOf = (list: readonly Rule[]): number => {
        const { policy } = policyOf({ project: JSON.stringify({ rules: list }) }, { roots });
        return policy ? order[decide(policy, { effects: acts }).verdict] : -1;
      };
      expect(verdictOf([...some, more])).toBeGreaterThanOrEqual(verdictOf(some));
    }),
  );
});

test('an asking or denying rule that is added to a mode that asks never makes a decision laxer', () => {
  fc.assert(
    fc.property(fc.array(rules, { maxLength: 4 }), rules, fc.array(effects, { maxLength: 3 }), (some, more, acts) => {
      fc.pre(more.verdict !== 'allow');
      const verdictOf = (list: readonly Rule[]): number => {
        const { policy } = policyOf({ user: JSON.stringify({ rules: list }) }, { roots });
        return policy ? order[decide(policy, { effects: acts }).verdict] : -1;
      };
      const allowed = some.filter(({ verdict: one }) => one !== 'allow');
      expect(verdictOf([...allowed, more])).toBeGreaterThanOrEqual(verdictOf(allowed));
    }),
  );
});
