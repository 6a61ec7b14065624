import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'vitest';
import { toolSuite } from '@capstan/sdk/testing';
import type { Tool } from '@capstan/sdk/contract';
import { gitTools } from './git/git-tools.ts';
import { askUserTool } from './interact/ask-user-tool.ts';
import { todoTool } from './interact/todo-tool.ts';
import { runProcess } from './shell/run-process.ts';
import { shellTools } from './shell/shell-tool.ts';
import type { ShellTree } from './shell/shell-options.ts';
import { runChecksTool, runTestsTool } from './verify/verify-tools.ts';

type Json = Parameters<typeof toolSuite>[0]['good'];
const env = { PATH: process.env.PATH ?? '', HOME: tmpdir(), GIT_CONFIG_NOSYSTEM: '1' };

const cases: readonly {
  make: (tree: ShellTree) => Tool[];
  name: string;
  good: Json;
  bad: readonly Json[];
  endless?: Json;
}[] = [
  {
    make: (tree) => shellTools(tree),
    name: 'shell',
    good: { command: 'echo a' },
    bad: [{}, { command: 1 }, { command: '' }, { command: 'a', other: 1 }],
    endless: { command: 'while :; do echo a; sleep 0.1; done' },
  },
  { make: (tree) => shellTools(tree), name: 'shell_output', good: {}, bad: [{ id: 1 }] },
  { make: (tree) => gitTools(tree, { env }), name: 'git_status', good: {}, bad: [{ x: 1 }] },
  { make: (tree) => gitTools(tree, { env }), name: 'git_diff', good: { stat: true }, bad: [{ from: 1 }] },
  {
    make: (tree) => gitTools(tree, { env }),
    name: 'git_branch',
    good: { action: 'list' },
    bad: [{}, { action: 'burn' }],
  },
  {
    make: (tree) => [runTestsTool(tree, { env })],
    name: 'run_tests',
    good: { files: ['a.test.js'] },
    bad: [{ files: 'a' }, { runner: 'mocha' }],
    endless: { files: ['endless.test.js'] },
  },
  {
    make: (tree) => [runChecksTool(tree, { env })],
    name: 'run_checks',
    good: { checks: ['tsc'] },
    bad: [{ checks: [] }, { checks: ['tslint'] }],
  },
  {
    make: () => [todoTool()],
    name: 'todo',
    good: { items: [{ text: 'a', status: 'open' }] },
    bad: [{}, { items: [{ text: 'a', status: 'x' }] }],
  },
  {
    make: () => [askUserTool()],
    name: 'ask_user',
    good: { question: 'a?' },
    bad: [{}, { question: 'a?', options: [{ label: 'one' }] }],
  },
];

async function openTree(): Promise<{ tree: ShellTree; close: () => Promise<void> }> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-claims-')));
  writeFileSync(join(root, 'package.json'), '{"type":"module","scripts":{"test":"node --test"}}');
  writeFileSync(join(root, 'a.test.js'), "import { test } from 'node:test'; test('a', () => {});");
  writeFileSync(
    join(root, 'endless.test.js'),
    "import { test } from 'node:test'; test('a', () => new Promise((done) => setTimeout(done, 1e6)));",
  );
  writeFileSync(join(root, 'tsconfig.json'), '{}');
  await runProcess({ argv: ['git', 'init', '-q'], cwd: root, env });
  return {
    tree: { root, resolve: (path) => resolve(root, path) },
    close: async () => rmSync(root, { recursive: true, force: true }),
  };
}

describe.each(cases)('$name', ({ make, name, good, bad, endless }) => {
  const open = async () => {
    const { tree, close } = await openTree();
    return { tool: make(tree).find((tool) => tool.name === name)!, close };
  };
  test.each(toolSuite({ open, good, bad, ...(endless === undefined ? {} : { endless }) }))(
    '$name',
    { timeout: 20_000 },
    ({ run }) => run(),
  );
});
