import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseGo } from './go-runner.ts';
import { printTests } from './print-tests.ts';
import { detectTestRunners, runTests, testCommand } from './run-tests.ts';
import { parseReport, type TestCase, type TestReport } from './test-report.ts';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
// A folder whose node_modules holds the runners that this repository does not use itself.
const others = process.env.CAPSTAN_TEST_TOOLS ?? repository;
const env = { ...process.env };

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-verify-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function files(contents: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

function installed(program: string): boolean {
  try {
    execFileSync(program, [program === 'go' ? 'version' : '--version'], { stdio: 'ignore', cwd: tmpdir() });
    return true;
  } catch {
    return false;
  }
}

function find(report: TestReport, name: string): TestCase | undefined {
  return report.tests.find(({ test: each }) => each === name);
}

const script = `
describe('outer', () => {
  describe('inner', () => {
    test('adds', () => { expect(1 + 1).toBe(2); });
    test('fails', () => {
      expect({ a: 1, b: [1, 2] }).toEqual({ a: 1, b: [1, 3] });
    });
  });
  test.skip('later', () => {});
  test('throws', () => { throw new TypeError('boom'); });
});
`;

function expectFailures(report: TestReport): void {
  expect(report.passed).toBe(false);
  expect(find(report, 'adds')).toMatchObject({ status: 'passed', suite: ['outer', 'inner'] });
  expect(find(report, 'later')).toMatchObject({ status: 'skipped' });
  expect(find(report, 'throws')).toMatchObject({ status: 'failed', message: expect.stringContaining('boom') });
  expect(find(report, 'fails')).toMatchObject({
    status: 'failed',
    file: 'a.test.js',
    line: 6,
    expected: expect.stringContaining('3'),
    actual: expect.stringContaining('2'),
    durationMs: expect.any(Number),
  });
  expect(report.errors).toEqual([
    expect.objectContaining({ file: 'broken.test.js', message: expect.stringContaining('nothing.js') }),
  ]);
}

test('Vitest tells suites, values, places, and files that do not load', { timeout: 60_000 }, async () => {
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  files({
    'package.json': '{"devDependencies":{"vitest":"5"}}',
    'a.test.js': `import { describe, expect, test } from 'vitest';${script}`,
    'broken.test.js': 'import "./nothing.js";',
  });
  expectFailures(await runTests(root, { folder: root }, { env }));
  const one = await runTests(root, { folder: root, files: ['a.test.js'], name: 'adds' }, { env });
  expect(one).toMatchObject({ passed: true, errors: [] });
  expect(one.tests.filter(({ status }) => status === 'passed').map(({ test: name }) => name)).toEqual(['adds']);
});

test.skipIf(!existsSync(join(others, 'node_modules/.bin/jest')))(
  'Jest does too (skipped where it is not installed)',
  { timeout: 60_000 },
  async () => {
    symlinkSync(join(others, 'node_modules'), join(root, 'node_modules'));
    files({
      'package.json': '{"devDependencies":{"jest":"30"}}',
      'a.test.js': script,
      'broken.test.js': 'require("./nothing.js");',
    });
    expectFailures(await runTests(root, { folder: root }, { env }));
    expect(await runTests(root, { folder: root, files: ['a.test.js'], name: 'adds' }, { env })).toMatchObject({
      passed: true,
    });
  },
);

test('the runner of Node does too', { timeout: 60_000 }, async () => {
  const own = script
    .replaceAll('test', 'it')
    .replace('expect(1 + 1).toBe(2)', 'assert.equal(1 + 1, 2)')
    .replace('expect({ a: 1, b: [1, 2] }).toEqual(', 'assert.deepEqual({ a: 1, b: [1, 2] }, ');
  files({
    'package.json': '{"type":"module","scripts":{"test":"node --test"}}',
    'a.test.js': `import { describe, it } from 'node:test'; import assert from 'node:assert/strict';${own}`,
    'broken.test.js': 'import "./nothing.js";',
  });
  expect(detectTestRunners(root)).toEqual(['node']);
  expectFailures(await runTests(root, { folder: root }, { env }));
  expect(await runTests(root, { folder: root, files: ['a.test.js'], name: 'adds' }, { env })).toMatchObject({
    passed: true,
  });
});

test.skipIf(!installed('pytest'))(
  'Pytest does too (skipped where it is not installed)',
  { timeout: 60_000 },
  async () => {
    files({
      'pytest.ini': '[pytest]\n',
      'tests/test_a.py': [
        'import pytest',
        'class TestOuter:',
        '    def test_adds(self): assert 1 + 1 == 2',
        '    def test_fails(self):',
        '        assert {"a": 1} == {"a": 2}',
        '@pytest.mark.skip',
        'def test_later(): pass',
        '@pytest.fixture',
        'def broken(): raise RuntimeError("no fixture")',
        'def test_setup(broken): pass',
      ].join('\n'),
      'tests/test_broken.py': 'import nothing_such\n',
    });
    const report = await runTests(root, { folder: root }, { env });
    expect(find(report, 'test_fails')).toMatchObject({
      suite: ['TestOuter'],
      file: 'tests/test_a.py',
      line: 5,
      expected: "{'a': 2}",
      actual: "{'a': 1}",
    });
    expect(find(report, 'test_setup')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('no fixture'),
    });
    expect(find(report, 'test_later')).toMatchObject({ status: 'skipped' });
    expect(report.errors).toMatchObject([
      { file: 'tests/test_broken.py', message: expect.stringContaining('nothing_such') },
    ]);
    expect(await runTests(root, { folder: root, files: ['tests/test_a.py'], name: 'adds' }, { env })).toMatchObject({
      passed: true,
      tests: [{ test: 'test_adds' }],
    });
  },
);

test.skipIf(!installed('go'))('Go does too (skipped where it is not installed)', { timeout: 120_000 }, async () => {
  files({
    'go.mod': 'module example.com/x\n\ngo 1.19\n',
    'sub/a_test.go':
      'package sub\n\nimport "testing"\n\nfunc TestAdds(t *testing.T) {}\nfunc TestFails(t *testing.T) {\n\tt.Errorf("got %d, want %d", 1, 2)\n}\nfunc TestTable(t *testing.T) {\n\tt.Run("bad case", func(t *testing.T) { t.Fatal("bad") })\n}\nfunc TestLater(t *testing.T) { t.Skip("later") }\n',
    'bad/b_test.go': 'package bad\n\nimport "testing"\n\nfunc TestX(t *testing.T) { undefined() }\n',
  });
  const report = await runTests(root, { folder: root }, { env });
  expect(find(report, 'TestFails')).toMatchObject({
    file: 'sub/a_test.go',
    line: 7,
    message: expect.stringContaining('got 1, want 2'),
  });
  expect(find(report, 'bad_case')).toMatchObject({ suite: ['example.com/x/sub', 'TestTable'], status: 'failed' });
  expect(find(report, 'TestTable')).toBeUndefined();
  expect(report.errors).toMatchObject([{ file: 'bad/b_test.go', line: 5 }]);
});

test('events of newer Go tell of packages that do not build', () => {
  const events = [
    {
      ImportPath: 'm/bad [m/bad.test]',
      Action: 'build-output',
      Output: '# m/bad [m/bad.test]\nbad/b_test.go:5:28: undefined: x\n',
    },
    { ImportPath: 'm/bad [m/bad.test]', Action: 'build-fail' },
    { Action: 'fail', Package: 'm/bad', Elapsed: 0, FailedBuild: 'm/bad [m/bad.test]' },
  ];
  const { errors } = parseGo({ stdout: events.map((event) => JSON.stringify(event)).join('\n'), stderr: '' }, 'm');
  expect(errors).toEqual([{ message: expect.stringContaining('undefined: x'), file: 'bad/b_test.go', line: 5 }]);
});

describe('detection', () => {
  test.each([
    [{ 'package.json': '{"devDependencies":{"vitest":"1"}}' }, ['vitest']],
    [{ 'jest.config.js': '' }, ['jest']],
    [{ 'package.json': '{"scripts":{"test":"node --import tsx --test test/*.ts"}}' }, ['node']],
    [{ 'pyproject.toml': '[tool.pytest.ini_options]\n' }, ['pytest']],
    [{ 'go.mod': 'module x\n', 'package.json': '{"devDependencies":{"jest":"1"}}' }, ['jest', 'go']],
    [{}, []],
  ])('of %j gives %j', (contents, expected) => {
    files(contents);
    expect(detectTestRunners(root)).toEqual(expected);
  });

  test('takes the runner that can run the files', () => {
    files({
      'go.mod': 'module x\n',
      'package.json': '{"devDependencies":{"vitest":"1"}}',
      'a_test.go': 'package x\nfunc TestA(t *testing.T) {}\n',
    });
    expect(testCommand(root, { folder: root, files: ['a_test.go'] })).toEqual([
      'go',
      'test',
      '-run',
      '^(TestA)$',
      './.',
    ]);
  });

  test('keeps the flags of the script for the runner of Node', () => {
    files({ 'package.json': '{"scripts":{"test":"tsc && node --import tsx --test --watch \'test/*.ts\'"}}' });
    expect(testCommand(root, { folder: root })).toEqual(['node', '--test', 'test/*.ts']);
  });

  test('says so where there is none', async () => {
    await expect(runTests(root, { folder: root }, { env })).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('a run that is cut short still tells what it had found', () => {
  const report = parseReport(
    '{"suite":["a"],"test":"one","status":"failed","message":"m","file":"/p/a.js","line":3}\n{"suite":["a"],"te',
    '/p',
  );
  expect(report.tests).toEqual([{ suite: ['a'], test: 'one', status: 'failed', message: 'm', file: 'a.js', line: 3 }]);
});

test('a report is printed with the failures first and the values beside them', () => {
  const report: TestReport = {
    runner: 'vitest',
    passed: false,
    errors: [],
    durationMs: 1_234,
    output: '',
    tests: [
      {
        suite: ['s'],
        test: 'fails',
        status: 'failed',
        file: 'a.js',
        line: 3,
        message: 'not equal',
        expected: '2',
        actual: '1',
      },
      { suite: [], test: 'ok', status: 'passed' },
    ],
  };
  expect(printTests(report)).toBe(
    'FAILED (vitest, 1.2 s): 1 passed, 1 failed\n\nFAIL a.js:3 s > fails\n  not equal\n  expected: 2\n  actual: 1',
  );
});
