import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CheckName, Diagnostic } from './diagnostic.ts';
import { ruffCheck } from './language-checks.ts';
import { checkCommands, detectChecks, runChecks } from './run-checks.ts';
import { biomeCheck, eslintCheck, prettierCheck, tscCheck } from './script-checks.ts';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const others = process.env.CAPSTAN_TEST_TOOLS ?? repository;

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-checks-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function files(contents: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(root, name), text);
}

async function found(check: CheckName): Promise<readonly Diagnostic[]> {
  const [report] = await runChecks(root, { folder: root, checks: [check] }, { env: process.env });
  expect(report?.failure).toBeUndefined();
  return report!.diagnostics;
}

function has(name: string): boolean {
  return existsSync(join(others, 'node_modules/.bin', name));
}

function installed(program: string, word: string): boolean {
  try {
    execFileSync(program, [word], { stdio: 'ignore', input: '' });
    return true;
  } catch {
    return false;
  }
}

describe('live', { timeout: 60_000 }, () => {
  test('tsc', async () => {
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
    files({
      'tsconfig.json': '{"compilerOptions":{"strict":true,"types":[]},"include":["*.ts"]}',
      't.ts': 'const n: number = "s";\n',
    });
    expect(await found('tsc')).toEqual([
      {
        check: 'tsc',
        file: 't.ts',
        line: 1,
        column: 7,
        severity: 'error',
        rule: 'TS2322',
        message: expect.stringContaining('not assignable'),
      },
    ]);
  });

  test.skipIf(!has('eslint'))('ESLint (skipped where it is not installed)', async () => {
    symlinkSync(join(others, 'node_modules'), join(root, 'node_modules'));
    files({ 'eslint.config.mjs': 'export default [{ rules: { "no-undef": "error" } }];', 'a.js': 'foo();\n' });
    expect(await found('eslint')).toMatchObject([
      { file: 'a.js', line: 1, column: 1, rule: 'no-undef', severity: 'error' },
    ]);
  });

  test.skipIf(!has('biome'))('Biome (skipped where it is not installed)', async () => {
    symlinkSync(join(others, 'node_modules'), join(root, 'node_modules'));
    files({ 'biome.json': '{}\n', 'a.js': 'let  x = 1;\nexport { x };\n' });
    expect(await found('biome')).toContainEqual({
      check: 'biome',
      file: 'a.js',
      rule: 'format',
      severity: 'error',
      message: 'Not formatted.',
      fixable: true,
    });
  });

  test.skipIf(!has('prettier'))('Prettier (skipped where it is not installed)', async () => {
    symlinkSync(join(others, 'node_modules'), join(root, 'node_modules'));
    files({ '.prettierrc': '{}\n', 'a.js': 'let  x\n', 'bad.js': 'let = ;;;(\n' });
    expect(await found('prettier')).toMatchObject([
      { file: 'a.js', rule: 'format' },
      { file: 'bad.js', line: 1, severity: 'error' },
    ]);
  });

  test.skipIf(!installed('ruff', '--version'))('Ruff (skipped where it is not installed)', async () => {
    files({ 'ruff.toml': '', 'p.py': 'import os\ndef f( a ):\n  return b\n' });
    expect((await found('ruff')).map(({ rule, line }) => [rule, line])).toEqual(
      expect.arrayContaining([
        ['F401', 1],
        ['F821', 3],
      ]),
    );
    expect(await found('ruff-format')).toMatchObject([{ file: 'p.py', rule: 'format' }]);
  });

  test.skipIf(!installed('gofmt', '-l'))('gofmt (skipped where it is not installed)', async () => {
    files({ 'go.mod': 'module x\n', 'g.go': 'package x\nfunc  f() { }\n', 'h.go': 'package x\nfunc (\n' });
    expect(await found('gofmt')).toMatchObject([
      { file: 'g.go', rule: 'format' },
      { file: 'h.go', line: 2 },
    ]);
  });

  test('a check that is not installed is said to be, and fails nothing else', async () => {
    files({ '.prettierrc': '{}', 'a.js': '' });
    expect(await runChecks(root, { folder: root }, { env: { PATH: '/usr/bin:/bin' } })).toMatchObject([
      { check: 'prettier', passed: false, failure: expect.stringContaining('not installed') },
    ]);
  });
});

describe('recorded output', () => {
  test('of ESLint 10', () => {
    const stdout =
      '[{"filePath":"/p/a.js","messages":[{"ruleId":"semi","severity":1,"message":"Missing semicolon.","line":1,"column":12,"endLine":2,"endColumn":1,"fix":{"range":[11,11],"text":";"}}]},{"filePath":"/p/bad.js","messages":[{"ruleId":null,"fatal":true,"severity":2,"message":"Parsing error: Unexpected token ;","line":1,"column":11}]}]';
    expect(eslintCheck.parse({ stdout, stderr: '', exitCode: 1 }, '/p')).toEqual([
      {
        check: 'eslint',
        file: 'a.js',
        line: 1,
        column: 12,
        endLine: 2,
        endColumn: 1,
        rule: 'semi',
        severity: 'warning',
        message: 'Missing semicolon.',
        fixable: true,
      },
      {
        check: 'eslint',
        file: 'bad.js',
        line: 1,
        column: 11,
        severity: 'error',
        message: 'Parsing error: Unexpected token ;',
      },
    ]);
  });

  test('of Biome 2', () => {
    const stdout =
      '{"summary":{},"diagnostics":[{"severity":"warning","message":"This variable x is unused.","category":"lint/correctness/noUnusedVariables","location":{"path":"a.js","start":{"line":1,"column":7},"end":{"line":1,"column":8}},"advices":[]},{"severity":"error","message":"Formatter would have printed the following content:","category":"format","location":{"path":"a.js","start":{"line":0,"column":0},"end":{"line":0,"column":0}},"advices":[]}]}';
    expect(biomeCheck.parse({ stdout, stderr: '', exitCode: 1 }, '/p')).toEqual([
      {
        check: 'biome',
        file: 'a.js',
        line: 1,
        column: 7,
        endLine: 1,
        endColumn: 8,
        rule: 'correctness/noUnusedVariables',
        severity: 'warning',
        message: 'This variable x is unused.',
      },
      { check: 'biome', file: 'a.js', rule: 'format', severity: 'error', message: 'Not formatted.', fixable: true },
    ]);
  });

  test('of Prettier 3', () => {
    const stderr =
      '[error] bad.js: SyntaxError: Unexpected token (1:11)\n[error] > 1 | const y = ;\n[error]     |           ^\n';
    expect(prettierCheck.parse({ stdout: 'a.js\n', stderr, exitCode: 2 }, '/p')).toMatchObject([
      { file: 'a.js', rule: 'format' },
      { file: 'bad.js', line: 1, column: 11, message: 'SyntaxError: Unexpected token' },
    ]);
    expect(
      prettierCheck.parse({ stdout: '', stderr: '[error] Invalid configuration', exitCode: 2 }, '/p'),
    ).toBeUndefined();
  });

  test('of Ruff', () => {
    const stdout =
      '[{"cell":null,"code":"F401","end_location":{"column":10,"row":1},"filename":"/p/p.py","fix":{"applicability":"safe","edits":[]},"location":{"column":8,"row":1},"message":"`os` imported but unused"}]';
    expect(ruffCheck.parse({ stdout, stderr: '', exitCode: 1 }, '/p')).toEqual([
      {
        check: 'ruff',
        file: 'p.py',
        line: 1,
        column: 8,
        endLine: 1,
        endColumn: 10,
        rule: 'F401',
        severity: 'error',
        message: '`os` imported but unused',
        fixable: true,
      },
    ]);
  });

  test('of tsc, with what it adds on further lines', () => {
    const stdout =
      "a.ts(2,3): error TS2345: Argument is wrong.\n  Property 'x' is missing.\nerror TS18003: No inputs were found.\n";
    expect(tscCheck.parse({ stdout, stderr: '', exitCode: 2 }, '/p')).toMatchObject([
      { file: 'a.ts', line: 2, column: 3, message: "Argument is wrong.\n  Property 'x' is missing." },
      { rule: 'TS18003' },
    ]);
  });

  test.each([eslintCheck, biomeCheck, ruffCheck, tscCheck])(
    'that is no report is not taken for a clean one ($name)',
    (check) => {
      expect(check.parse({ stdout: '', stderr: 'Oops', exitCode: 2 }, '/p')).toBeUndefined();
    },
  );
});

test('checks are recognised from their settings, and take the files they know', () => {
  files({ 'tsconfig.json': '{}', 'ruff.toml': '', 'package.json': '{"devDependencies":{"eslint":"9"}}' });
  expect(detectChecks(root)).toEqual(['tsc', 'eslint', 'ruff', 'ruff-format']);
  expect(checkCommands(root, { folder: root, files: ['a.py', '-x.py'] })).toEqual([
    ['ruff', 'check', '--output-format=json', '--force-exclude', 'a.py', './-x.py'],
    ['ruff', 'format', '--check', '--output-format=json', '--force-exclude', 'a.py', './-x.py'],
  ]);
});
