import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Tool, ToolContext } from '@capstan/sdk/contract';
import { runChecksTool, runTestsTool } from './verify-tools.ts';
import type { VerifyOptions } from './run-confined.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-verifytools-')));
  files({
    'package.json': '{"devDependencies":{"eslint":"9"}}',
    'packages/a/package.json': '{"type":"module","scripts":{"test":"node --test"}}',
    'packages/a/test/one.test.js': "import { test } from 'node:test'; test('one', () => {});",
    'packages/a/test/two.test.js': "import { test } from 'node:test'; test('two', () => { throw new Error('no'); });",
  });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function files(contents: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

function testsTool(options?: VerifyOptions): Tool {
  return runTestsTool({ root, resolve: (path) => resolve(root, path) }, options);
}

async function call(tool: Tool, input: object): Promise<string> {
  const context = { signal: new AbortController().signal, callId: 'c', sessionId: 's', progress: () => {} };
  return String(await tool.execute(input, context as unknown as ToolContext));
}

test('named files are run in the package they belong to', async () => {
  const input = { files: ['packages/a/test/one.test.js'] };
  const effects = await testsTool().effects?.(input, { signal: new AbortController().signal });
  expect(effects).toEqual([
    {
      kind: 'run',
      command: 'node --test test/one.test.js',
      argv: ['node', '--test', 'test/one.test.js'],
      cwd: join(root, 'packages/a'),
    },
  ]);
  expect(await call(testsTool(), input)).toMatch(/^PASSED \(node, [\d.]+ s\): 1 passed, 0 failed$/);
});

test('a failure is told with its place', async () => {
  expect(await call(testsTool(), { cwd: 'packages/a' })).toContain('FAIL test/two.test.js:1 two\n  no');
});

test('where nothing is recognised, the model hears what to do', async () => {
  await expect(call(testsTool(), {})).rejects.toThrow('another folder with cwd');
});

const without = process.platform !== 'linux' || !existsSync('/usr/bin/bwrap');
test.skipIf(without)('tests run in a sandbox when there is to be one', async () => {
  files({
    'packages/a/test/two.test.js':
      "import { test } from 'node:test'; import { writeFileSync } from 'node:fs'; test('two', () => writeFileSync('/etc/capstan-canary', ''));",
  });
  const said = await call(testsTool({ sandbox: { level: 'workspace-write' } }), { cwd: 'packages/a' });
  expect(said).toContain('1 passed, 1 failed');
  expect(said).toContain('EROFS');
});

test('checks declare each command they would run', async () => {
  const tool = runChecksTool({ root, resolve: (path) => resolve(root, path) });
  expect(await tool.effects?.({ files: ['a.js'] }, { signal: new AbortController().signal })).toMatchObject([
    { kind: 'run', argv: ['eslint', '--format', 'json', 'a.js'], cwd: root },
  ]);
});
