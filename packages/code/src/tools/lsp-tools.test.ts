import { readFileSync } from 'node:fs';
import type { Tool, ToolContext } from '@capstan/sdk/contract';
import { toolSuite } from '@capstan/sdk/testing';
import { openWorktree } from '@capstan/tools';
import { describe, expect, test } from 'vitest';
import { toyProject, type ToyOptions } from '../lsp/__fixtures__/toy-project.ts';
import { lspTools, type LspToolsOptions } from './lsp-tools.ts';

const files = {
  'a.toy': 'def word\nword bad\n',
  'b.toy': 'use a\nuse word odd\n',
  'sub/c.toy': 'bad',
};

async function bench(options: ToyOptions = {}, tooling: LspToolsOptions = {}) {
  const toy = toyProject(files, options);
  const worktree = await openWorktree(toy.root);
  const patches: string[][] = [];
  const context: ToolContext = {
    signal: new AbortController().signal,
    callId: 'call',
    runId: 'run',
    sessionId: 'session',
    progress: () => {},
    patched: (patch) => patches.push(patch.files.map(({ path }) => path)),
  };
  const tools = new Map(lspTools(worktree, toy.servers, tooling).map((tool) => [tool.name, tool]));
  const named = (name: string): Tool => {
    const tool = tools.get(name);
    if (!tool) throw new Error(`no tool ${name}`);
    return tool;
  };
  return {
    toy,
    worktree,
    patches,
    effects: async (name: string, input: object) => named(name).effects?.(input, context),
    preview: async (name: string, input: object) => named(name).preview?.(input, context),
    /** As a run does: effects first, then the call. */
    async call(name: string, input: object): Promise<string> {
      await named(name).effects?.(input, context);
      return String(await named(name).execute(input, context));
    },
    read: (path: string) => readFileSync(toy.at(path), 'utf8'),
    async [Symbol.asyncDispose]() {
      worktree.close();
      await toy[Symbol.asyncDispose]();
    },
  };
}

test('diagnostics gives errors first, by file and line', async () => {
  await using at = await bench();
  expect((await at.call('diagnostics', { files: ['b.toy', 'a.toy'] })).split('\n')).toEqual([
    '2 errors, 1 warnings in 2 files (node)',
    'b.toy:2:1 error no word',
    'a.toy:2:6 error a bad word (B1)',
    'b.toy:2:10 warning an odd word (17)',
  ]);
});

test('diagnostics without files is about those looked at so far', async () => {
  await using at = await bench();
  expect(await at.call('diagnostics', {})).toMatch(/^No file/);
  await at.call('diagnostics', { files: ['sub/c.toy'] });
  expect(await at.call('diagnostics', {})).toContain('1 errors, 0 warnings in 1 files');
});

test('definition and references find a name by its line, or the nearest to it', async () => {
  await using at = await bench();
  expect(await at.call('definition', { path: 'b.toy', symbol: 'word', line: 1 })).toBe('a.toy:1  def word');
  expect((await at.call('references', { path: 'a.toy', symbol: 'word' })).split('\n')).toEqual([
    '3 places in 2 files:',
    'a.toy',
    '  1  def word',
    '  2  word bad',
    'b.toy',
    '  2  use word odd',
  ]);
  expect(await at.call('definition', { path: 'a.toy', line: 2, column: 1 })).toBe('a.toy:1  def word');
});

test.each([
  [{ path: 'a.toy', symbol: 'missing' }, /missing does not stand in a\.toy/],
  [{ path: 'a.toy' }, /give symbol, or line and column/],
  [{ path: 'none.toy', symbol: 'x' }, /no file none\.toy/],
  [{ path: '../x.toy', symbol: 'x' }, /outside the work tree/],
])('a place that is none, %j, is told', async (input, words) => {
  await using at = await bench();
  await expect(at.call('definition', input)).rejects.toThrow(words);
});

test('what is masked is not shown', async () => {
  await using at = await bench({}, { mask: (path) => path !== 'b.toy' });
  expect(await at.call('references', { path: 'a.toy', symbol: 'word' })).not.toContain('b.toy');
  await expect(at.call('definition', { path: 'b.toy', symbol: 'word' })).rejects.toThrow(/no source/);
  expect(await at.call('diagnostics', { files: ['a.toy', 'b.toy'] })).not.toContain('b.toy');
});

test('the start of a server is an effect of the first call alone', async () => {
  await using at = await bench();
  const input = { path: 'a.toy', symbol: 'word' };
  const first = await at.effects('references', input);
  expect(first).toMatchObject([{ kind: 'read' }, { kind: 'run', cwd: at.toy.servers.root }]);
  expect(at.toy.heard()).toEqual([]);
  expect(await at.preview('references', input)).toMatchObject({ kind: 'command' });
  await at.call('references', input);
  expect(await at.effects('references', input)).toMatchObject([{ kind: 'read' }]);
});

test('rename starts the server first, then renames everywhere as one patch that rolls back', async () => {
  await using at = await bench();
  const first = { path: 'a.toy', symbol: 'word', newName: 'wort' };
  expect((await at.effects('rename', first))?.map(({ kind }) => kind)).toEqual(['read', 'run']);
  expect(await at.call('rename', first)).toMatch(/Nothing is changed yet.*\n {2}a\.toy\n {2}b\.toy\nCall it again/s);
  expect(at.read('a.toy')).toBe(files['a.toy']);
  const second = { ...first };
  expect(await at.effects('rename', second)).toMatchObject([
    { kind: 'read' },
    { kind: 'write', path: at.toy.at('a.toy'), change: 'modify' },
    { kind: 'write', path: at.toy.at('b.toy'), change: 'modify' },
  ]);
  expect(await at.preview('rename', second)).toMatchObject({ diff: expect.stringContaining('+def wort') });
  expect(await at.call('rename', second)).toBe('Renamed to wort:\nmodify a.toy (+2 −2)\nmodify b.toy (+1 −1)');
  expect([at.read('a.toy'), at.read('b.toy')]).toEqual(['def wort\nwort bad\n', 'use a\nuse wort odd\n']);
  expect(at.patches).toEqual([['a.toy', 'b.toy']]);
  const [patch] = await at.worktree.patches.list();
  await at.worktree.patches.rollback(patch?.id ?? '');
  expect(at.read('b.toy')).toBe(files['b.toy']);
});

test('rename does it at once where its server may be started', async () => {
  await using at = await bench({}, { mayStart: () => true });
  const input = { path: 'a.toy', symbol: 'word', newName: 'wort' };
  const effects = await at.effects('rename', input);
  expect(effects?.map(({ kind }) => kind)).toEqual(['read', 'run', 'write', 'write']);
  expect(await at.call('rename', input)).toMatch(/^Renamed/);
});

test('a rename that reaches further than was judged is refused', async () => {
  await using at = await bench();
  await at.call('diagnostics', { files: ['a.toy'] });
  const input = { path: 'a.toy', symbol: 'word', newName: 'wort' };
  const [tool] = lspTools(at.worktree, at.toy.servers).filter(({ name }) => name === 'rename');
  const context = { signal: new AbortController().signal } as ToolContext;
  await tool?.effects?.(input, context);
  at.toy.write('d.toy', 'word');
  await expect(tool?.execute(input, context)).rejects.toMatchObject({ code: 'conflict' });
  expect(at.read('a.toy')).toBe(files['a.toy']);
});

test('a rename that leads outside, or that a server contradicts itself about, changes nothing', async () => {
  const outside = JSON.stringify({ changes: { 'file:///etc/hosts': [] } });
  await using at = await bench({ args: ['--edit', outside] }, { mayStart: () => true });
  await expect(at.call('rename', { path: 'a.toy', symbol: 'word', newName: 'x' })).rejects.toThrow(
    /outside the work tree/,
  );
});

const cases: Readonly<Record<string, { good: object; bad: object[] }>> = {
  diagnostics: { good: { files: ['a.toy'] }, bad: [{ files: 'a.toy' }, { limit: 0 }, { other: 1 }] },
  definition: { good: { path: 'a.toy', symbol: 'word' }, bad: [{}, { path: '' }, { path: 'a', line: 0 }] },
  references: { good: { path: 'a.toy', symbol: 'word' }, bad: [{}, { path: 'a', limit: 0 }] },
  rename: { good: { path: 'a.toy', symbol: 'word', newName: 'wort' }, bad: [{ path: 'a.toy' }, { newName: 'x' }] },
};

describe.each(Object.entries(cases))('the suite for tools: %s', (name, { good, bad }) => {
  const open = async () => {
    const at = await bench();
    const [tool] = lspTools(at.worktree, at.toy.servers).filter((each) => each.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    return { tool, close: () => at[Symbol.asyncDispose]() };
  };
  test.each(toolSuite({ open, good: good as never, bad: bad as never }))('$name', async ({ run }) => run());
});
