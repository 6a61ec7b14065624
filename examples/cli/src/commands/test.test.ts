import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { cliHere } from '../testing/cli-here.ts';
import { envelopeOf, scratch, startCli, type Scratch } from '../testing/scratch.ts';

/** Each of these runs tests in processes of their own. */
vi.setConfig({ testTimeout: 240_000 });

const imports = "import { test } from 'node:test';\nimport assert from 'node:assert';\n";
const files = {
  'package.json': '{"name":"x","type":"module","scripts":{"test":"node --test","build":"tsc"}}\n',
  'sum.js': 'export const sum = (a, b) => a + b;\n',
  'twice.js': "import { sum } from './sum.js';\nexport const twice = (a) => sum(a, a);\n",
  'alone.js': 'export const alone = 1;\n',
  'sum.test.js': `${imports}import { sum } from './sum.js';\ntest('sums', () => assert.equal(sum(1, 2), 3));\n`,
  'twice.test.js': `${imports}import { twice } from './twice.js';\ntest('doubles', () => assert.equal(twice(2), 4));\n`,
};

const run = async (repo: Scratch, ...words: string[]) =>
  envelopeOf(await cliHere([...words, '--json'], { cwd: repo.root }));
const write = (repo: Scratch, path: string, text: string): void => writeFileSync(join(repo.root, path), text);

test('the stack is told for people and for programs', async () => {
  using repo = scratch({ ...files, 'yarn.lock': '', 'package-lock.json': '{}' });
  const shown = await cliHere(['stack'], { cwd: repo.root });
  expect(shown.stdout).toMatch(/^\. +x +javascript · npm · node/);
  expect(shown.stdout).toMatch(/test +npm test +\d+ % +package\.json:1/);
  expect(shown.stdout).toContain('conflict: There are lock files of npm and yarn.');
  const { payload } = await run(repo, 'stack');
  expect(payload).toMatchObject({
    packages: [
      {
        path: '.',
        commands: expect.arrayContaining([expect.objectContaining({ purpose: 'build', command: 'npm run build' })]),
      },
    ],
  });
});

test('all tests are run, and a failure comes with what may be to blame', async () => {
  using repo = scratch(files);
  expect(await run(repo, 'test')).toMatchObject({
    ok: true,
    payload: { passed: true, counts: { passed: 2, failed: 0, skipped: 0 } },
  });
  write(repo, 'sum.js', 'export const sum = (a, b) => a - b;\n');
  const shown = await cliHere(['test'], { cwd: repo.root });
  expect(shown.code).toBe(1);
  expect(shown.stdout).toContain('FAIL sum.test.js:4  sums');
  expect(shown.stdout).toMatch(/look at sum\.js:1 \(sum\) .*not committed/);
  expect(shown.stdout).toMatch(/Failed: 0 passed, 2 failed/);
});

test('--related runs the tests of what changed and no other', async () => {
  using repo = scratch(files);
  expect((await run(repo, 'test', '--related')).payload).toMatchObject({ passed: true, commands: [] });
  write(repo, 'twice.js', files['twice.js'].replace('sum(a, a)', 'a * 2'));
  const { payload } = await run(repo, 'test', '--related');
  expect(payload).toMatchObject({
    commands: ['node twice.test.js'],
    counts: { passed: 1 },
    related: { tests: [{ path: 'twice.test.js', of: ['twice.js'] }] },
  });
  write(repo, 'alone.js', 'export const alone = 2;\n');
  rmSync(join(repo.root, 'twice.js'));
  write(repo, 'twice.js', files['twice.js']);
  expect((await run(repo, 'test', '--related')).payload).toMatchObject({
    commands: [],
    related: { uncovered: ['alone.js'] },
  });
  write(repo, 'package.json', files['package.json'].replace('tsc', 'tsc -b'));
  expect((await run(repo, 'test', '--related')).payload).toMatchObject({
    counts: { passed: 2 },
    related: { all: 'package.json' },
  });
});

test('of a source its tests are run, of a test itself, of a folder what is in it', async () => {
  using repo = scratch({ ...files, 'sub/a.test.js': `${imports}test('a', () => {});\n` });
  expect((await run(repo, 'test', 'sum.js')).payload).toMatchObject({ commands: ['node sum.test.js twice.test.js'] });
  expect((await run(repo, 'test', 'twice.test.js')).payload).toMatchObject({ commands: ['node twice.test.js'] });
  expect((await run(repo, 'test', 'sub')).payload).toMatchObject({ commands: ['node sub/a.test.js'] });
  expect(await run(repo, 'test', 'alone.js')).toMatchObject({ ok: false, payload: { error: { code: 'not_found' } } });
  expect(await run(repo, 'test', '--base', 'nothing', '--related')).toMatchObject({ ok: false, meta: { exit: 2 } });
});

test('tests in packages below are found where the root has none, by their own runners', async () => {
  using repo = scratch({
    'api/pyproject.toml': '[project]\nname = "api"\n\n[tool.pytest.ini_options]\n',
    'api/test_it.py': 'def test_it():\n    assert 1 + 1 == 3\n',
    'web/package.json': files['package.json'],
    'web/sum.test.js': `${imports}test('sums', () => {});\n`,
  });
  const { payload } = await run(repo, 'test', '--dry-run');
  expect(payload).toEqual({ commands: ['pytest in api', 'node in web'], dryRun: true });
});

test('a command that is no known runner is read by what it prints', async () => {
  const tap =
    "console.log('TAP version 13\\nnot ok 1 - adds\\n  ---\\n  expected: 3\\n  actual: 4\\n  at: f (sum.js:1:1)\\n  ...\\n1..1'); process.exit(1);\n";
  using repo = scratch({
    'package.json': '{"name":"x","scripts":{"test":"node check.cjs"}}\n',
    'check.cjs': tap,
    'sum.js': 'let a;\n',
  });
  const { payload, meta } = await run(repo, 'test');
  expect(meta).toMatchObject({ exit: 1 });
  expect(payload).toMatchObject({
    commands: ['npm test'],
    failures: [{ failure: { name: 'adds', expected: '3', received: '4', file: 'sum.js' } }],
  });
});

test('--watch runs the tests of each change, and Ctrl-C ends it', async () => {
  using repo = scratch(files);
  const started = startCli(['test', '--watch'], { cwd: repo.root });
  await started.printed('Waiting for a change.');
  write(repo, 'sum.js', 'export const sum = (a, b) => a * b;\n');
  await started.printed('1 file changed: sum.js');
  await started.printed('FAIL sum.test.js:4  sums');
  started.child.kill('SIGINT');
  expect((await started.ended).code).toBe(0);
});
