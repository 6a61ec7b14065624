import { expect, test } from 'vitest';
import type { Rule } from '../decide/policy.ts';
import { addRules } from './add-rules.ts';
import { parsePolicy } from './parse-policy.ts';

const rule: Rule = {
  id: 'always.1',
  match: { effect: 'line', line: 'npm install', cwd: '/repo' },
  verdict: 'allow',
  standing: true,
  root: '/repo',
};
const rulesOf = (text: string | undefined) => parsePolicy(text ?? '', { file: 'policy.json' }).policy?.rules;

test.each([undefined, '', '{}', '{ "mode": "suggest" }', '\uFEFF{}'])('rules are added to %j', (text) => {
  expect(rulesOf(addRules(text, [rule]))).toEqual([rule]);
});

test('what a person wrote stays, comments too', () => {
  const text =
    '{\n  // ours\n  "mode": "suggest",\n  "rules": [\n    // first\n    { "id": "a", "match": { "effect": "any" }, "verdict": "ask" }\n  ]\n}\n';
  const added = addRules(text, [rule, { ...rule, id: 'always.2' }]);
  expect(added).toContain('// ours');
  expect(added).toContain('// first');
  expect(rulesOf(added)?.map(({ id }) => id)).toEqual(['a', 'always.1', 'always.2']);
});

test('a file with a problem is left for a person', () => {
  expect(addRules('{ "rules": 1 }', [rule])).toBeUndefined();
  expect(addRules('{ "rules": [', [rule])).toBeUndefined();
});
