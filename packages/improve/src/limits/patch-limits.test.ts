import { expect, test } from 'vitest';
import { brokenLimit, countDiff } from './patch-limits.ts';

const file = (path: string, added = 1, removed = 1) => ({ path, added, removed });

test('a small patch of sources keeps every limit', () => {
  expect(brokenLimit(['a', 'b', 'c', 'd', 'e'].map((name) => file(`src/${name}.ts`, 20, 20)))).toBeUndefined();
});

test.each([
  ['six files', ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => file(`${name}.ts`))],
  ['201 lines', [file('a.ts', 101, 100)]],
  ['a test', [file('src/a.test.ts')]],
  ['a configuration', [file('vite.config.ts')]],
  ['a manifest', [file('package.json')]],
  ['a lock file', [file('pnpm-lock.yaml')]],
  ['a dependency', [file('node_modules/a/index.js')]],
  ['a workflow', [file('.github/workflows/ci.yml')]],
])('%s breaks one', (_, files) => {
  expect(brokenLimit(files)).toMatch(/[.]$/);
});

test('a diff is counted file by file, lines that look like headers included', () => {
  const diff = [
    'diff --git a/a.ts b/a.ts',
    '--- a/a.ts',
    '+++ b/a.ts',
    '@@ -1,3 +1,3 @@',
    ' one',
    '--- two',
    '+++ three',
    ' four',
    'diff --git a/b c.ts b/b c.ts',
    '--- a/b c.ts',
    '+++ b/b c.ts',
    '@@ -1 +1,2 @@',
    '-x',
    '\\ No newline at end of file',
    '+x',
    '+y',
    '',
  ].join('\n');
  expect(countDiff(diff)).toEqual([file('a.ts', 1, 1), file('b c.ts', 2, 1)]);
});
