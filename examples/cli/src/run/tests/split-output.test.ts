import { expect, test } from 'vitest';
import { splitOutput } from './split-output.ts';

const packages = [
  { name: '@acme/web', path: 'apps/web' },
  { name: 'ui', path: 'packages/ui' },
];

test.each([
  ['turbo', '@acme/web:test:  FAIL a.test.ts\nui:test: ok\n@acme/web:test: more'],
  ['lerna', '@acme/web:  FAIL a.test.ts\nui: ok\n@acme/web: more'],
  ['pnpm', 'apps/web test:  FAIL a.test.ts\npackages/ui test: ok\napps/web test: more'],
  ['yarn', '[@acme/web]:  FAIL a.test.ts\n[ui]: ok\n[@acme/web]: more'],
])('lines of %s are told apart by what stands before them', (_, text) => {
  expect(splitOutput(text, packages, '.')).toEqual([
    { folder: 'apps/web', text: ' FAIL a.test.ts\nmore' },
    { folder: 'packages/ui', text: 'ok' },
  ]);
});

test('npm puts a heading above the output of each', () => {
  const text = 'first\n> @acme/web@1.0.0 test\n> vitest\nerror: x\n> ui@1.0.0 test\nok';
  expect(splitOutput(text, packages, '.')).toEqual([
    { folder: '.', text: 'first' },
    { folder: 'apps/web', text: '> @acme/web@1.0.0 test\n> vitest\nerror: x' },
    { folder: 'packages/ui', text: '> ui@1.0.0 test\nok' },
  ]);
});

test('output of one package stays whole', () => {
  const text = 'AssertionError: x\n  at file.js:1:2\nnot ok 1 - ui';
  expect(splitOutput(text, [{ path: '.' }], 'sub')).toEqual([{ folder: 'sub', text }]);
});
