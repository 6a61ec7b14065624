import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decide } from '../decide/decide.ts';
import type { Policy } from '../decide/policy.ts';
import { offline } from './offline.ts';
import { tainted } from './tainted.ts';
import { autoEdit, fullAuto, readOnly, suggest } from './presets.ts';

const root = '/repo';
const lines = (name: string): readonly string[] =>
  readFileSync(new URL(`./__fixtures__/${name}.txt`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
const verdict = (policy: Policy, command: string): string =>
  decide(policy, { effects: [{ kind: 'run', command, cwd: root }] }).verdict;

test('everyday commands are not asked about', () => {
  const harmless = lines('harmless');
  const asked = harmless.filter((line) => verdict(autoEdit({ root }), line) !== 'allow');
  expect(harmless.length).toBeGreaterThan(350);
  expect(asked).toEqual([]);
});

test('commands that write, run or reach something else are never allowed where a person should look', () => {
  for (const mode of [readOnly, suggest, autoEdit]) {
    expect(lines('risky').filter((line) => verdict(mode({ root }), line) === 'allow')).toEqual([]);
  }
});

test('catastrophic commands are denied in every mode', () => {
  for (const mode of [readOnly, suggest, autoEdit, fullAuto]) {
    expect(lines('catastrophic').filter((line) => verdict(mode({ root }), line) !== 'deny')).toEqual([]);
  }
});

const multiline: readonly (readonly [string, string])[] = [
  ['cat <<EOF\nhello $USER\nEOF', 'allow'],
  ["cat <<'EOF'\n$(rm x)\nEOF", 'allow'],
  ['cat <<EOF\n$(rm x)\nEOF', 'ask'],
  ['cat <<EOF > /tmp/x\nhi\nEOF', 'ask'],
  ['bash <<EOF\nls\nEOF', 'allow'],
  ['bash <<EOF\nrm -rf /\nEOF', 'deny'],
  ['bash <<EOF\n$X\nEOF', 'ask'],
  ['ls\nrm -rf ~', 'deny'],
  ['ls \\\n  -la', 'allow'],
  ['ls |\\\n  head', 'allow'],
  ["y='$(touch x)'; echo $\\\n{y@P}", 'ask'],
  ['cat <\\\n(touch x)', 'ask'],
  ['if [ -f a ]; then\n  cat a\nelse\n  echo none\nfi', 'allow'],
  ['# a comment\nls # rm -rf /', 'allow'],
  ['x=src\nfor f in "$x"/*.ts; do\n  head -1 "$f"\ndone', 'allow'],
  ['set -e\ncd packages/sdk\nnpm test', 'allow'],
  ['f() {\n  ls "$1"\n}\nf src', 'allow'],
  ['f() {\n  cat "$1"\n}\nf .env', 'ask'],
];

test.each(multiline)('a script of several lines is taken apart: %j', (command, expected) => {
  expect(verdict(autoEdit({ root }), command)).toBe(expected);
});

test('what runs the code of the repository, or changes a file, is not taken for reading', () => {
  const own = [
    './gradlew --version',
    'rustfmt src/a.rs',
    'rake -T',
    'bundle list',
    'nx show projects',
    'terraform fmt',
  ];
  expect(own.filter((line) => verdict(readOnly({ root }), line) === 'allow')).toEqual([]);
});

test('a look at the own cluster is allowed, and asked about or denied where the network is', () => {
  const line = 'kubectl get pods';
  expect(verdict(readOnly({ root }), line)).toBe('allow');
  expect(verdict(offline(readOnly({ root })), line)).toBe('deny');
  expect(verdict(tainted(readOnly({ root })), line)).toBe('ask');
});
