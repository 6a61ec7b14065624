import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PatchSummary, Tool, ToolContext } from '@capstan/sdk/contract';
import { openWorktree } from '@capstan/tools';
import { describe, expect, onTestFinished, test } from 'vitest';
import { applyOpportunity, proposeOpportunity } from './apply-opportunity.ts';
import { findOpportunities } from './find-opportunities.ts';
import { improveTools } from './improve-tools.ts';

const loop = 'export function f(xs) {\n  let out = [];\n  for (const x of xs) out = [...out, x];\n  return out;\n}\n';
const filter = 'export const first = (...xs) => xs.filter((x) => x > 1)[0];\n';

async function openTree(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'capstan-improve-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const worktree = await openWorktree(root);
  onTestFinished(() => {
    worktree.close();
    rmSync(root, { recursive: true, force: true });
  });
  return { worktree, read: (path: string) => readFileSync(join(root, path), 'utf8') };
}

function contextOf(patches: PatchSummary[] = []): ToolContext {
  const { signal } = new AbortController();
  return {
    signal,
    callId: 'c',
    runId: 'r',
    sessionId: 's',
    progress: () => {},
    patched: (patch) => patches.push(patch),
  };
}

function toolNamed(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((one) => one.name === name);
  if (!tool) throw new Error(`no ${name}`);
  return tool;
}

describe('a scan', () => {
  test('ranks by gain, names where and why, and keeps its ids', async () => {
    const { worktree } = await openTree({ 'src/a.js': filter, 'src/b.js': loop, 'test/c.js': loop });
    const one = await findOpportunities(worktree);
    expect(one.opportunities.map(({ template, path, line }) => `${template} ${path}:${line}`)).toEqual([
      'append-in-loop src/b.js:3',
      'filter-first src/a.js:1',
    ]);
    expect(one.opportunities[0]).toMatchObject({ risk: 'none', excerpt: 'out = [...out, x]' });
    const other = await findOpportunities(worktree.root);
    expect(other.opportunities.map(({ id }) => id)).toEqual(one.opportunities.map(({ id }) => id));
  });

  test('an id stays when other code moves, and equal code in one file is told apart', async () => {
    const { worktree } = await openTree({ 'a.js': `${loop}${loop.replace('f(', 'g(')}` });
    const ids = (await findOpportunities(worktree)).opportunities.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    await worktree.change([{ path: 'a.js', content: `// moved\n\n${loop}${loop.replace('f(', 'g(')}` }]);
    expect((await findOpportunities(worktree)).opportunities.map(({ id }) => id)).toEqual(ids);
  });

  test('only under a path, only some templates', async () => {
    const { worktree } = await openTree({ 'src/a.js': filter, 'lib/b.js': loop });
    expect((await findOpportunities(worktree, { path: './lib/' })).opportunities).toHaveLength(1);
    expect((await findOpportunities(worktree, { path: 'li' })).opportunities).toHaveLength(0);
    expect((await findOpportunities(worktree, { templates: ['filter-first'] })).opportunities).toHaveLength(1);
  });

  test('a getter anywhere in the repository keeps a predicate from being called less often', async () => {
    const { worktree } = await openTree({
      'a.js': 'export const f = (...xs) => xs.filter((x) => x.ok)[0];',
      'b.js': 'class B { get ok() { return n++; } }',
    });
    expect((await findOpportunities(worktree)).opportunities).toEqual([]);
  });

  test('broken, binary and other files do not stop it', async () => {
    const { worktree } = await openTree({
      'a.js': 'let = [...out, x]; out = [...out, x',
      'b.js': `${loop}\0`,
      'c.js': loop,
    });
    expect((await findOpportunities(worktree)).opportunities.map(({ path }) => path)).toEqual(['c.js']);
  });

  test('ends when stopped', async () => {
    const { worktree } = await openTree({ 'a.js': loop });
    await expect(findOpportunities(worktree, { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe('applying', () => {
  test('changes only the text concerned, as a patch that rolls back', async () => {
    const text = `\uFEFF// 😀 é\r\n${loop.replaceAll('\n', '\r\n')}`;
    const { worktree, read } = await openTree({ 'a.js': text });
    const [found] = (await findOpportunities(worktree)).opportunities;
    const { patch } = await applyOpportunity(worktree, found!.id, { runId: 'r1' });
    expect(read('a.js')).toBe(text.replace('out = [...out, x]', 'out.push(x)'));
    expect(patch).toMatchObject({ added: 1, removed: 1, files: [{ path: 'a.js', change: 'modify' }] });
    await worktree.patches.rollback(patch.id);
    expect(read('a.js')).toBe(text);
  });

  test('a proposal writes nothing', async () => {
    const { worktree, read } = await openTree({ 'a.js': loop });
    const [found] = (await findOpportunities(worktree)).opportunities;
    const { diff } = await proposeOpportunity(worktree, found!.id);
    expect(diff).toContain('+  for (const x of xs) out.push(x);');
    expect(read('a.js')).toBe(loop);
  });

  test('code that has changed since is refused', async () => {
    const { worktree } = await openTree({ 'a.js': loop });
    const [found] = (await findOpportunities(worktree)).opportunities;
    await worktree.change([{ path: 'a.js', content: loop.replace('let out = []', 'let out = xs') }]);
    await expect(applyOpportunity(worktree, found!.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a patch over the limits is refused', async () => {
    const { worktree, read } = await openTree({ 'a.js': loop });
    const [found] = (await findOpportunities(worktree)).opportunities;
    await expect(applyOpportunity(worktree, found!.id, { limits: { maxLines: 1 } })).rejects.toMatchObject({
      code: 'patch_failed',
    });
    expect(read('a.js')).toBe(loop);
  });
});

describe('the tools', () => {
  test('one finds, the other takes what was found and reports the patch', async () => {
    const { worktree, read } = await openTree({ 'src/a.js': loop });
    const tools = improveTools(worktree);
    const text = String(await toolNamed(tools, 'find_opportunities').execute({}, contextOf()));
    const id = /^- id: (\S+)$/m.exec(text)?.[1];
    const patches: PatchSummary[] = [];
    const told = String(await toolNamed(tools, 'apply_opportunity').execute({ id }, contextOf(patches)));
    expect(patches).toHaveLength(1);
    expect(told).toContain(`patch ${patches[0]!.id}`);
    expect(read('src/a.js')).toContain('out.push(x)');
  });

  test('they declare a read and a write of the very file, and show the diff beforehand', async () => {
    const { worktree, read } = await openTree({ 'src/a.js': loop });
    const tools = improveTools(worktree);
    const { signal } = new AbortController();
    const [find, apply] = [toolNamed(tools, 'find_opportunities'), toolNamed(tools, 'apply_opportunity')];
    expect(await find.effects?.({}, { signal })).toEqual([{ kind: 'read', path: worktree.root }]);
    const [found] = (await findOpportunities(worktree)).opportunities;
    const path = join(worktree.root, 'src/a.js');
    expect(await apply.effects?.({ id: found!.id }, { signal })).toEqual([{ kind: 'write', path, change: 'modify' }]);
    expect(await apply.preview?.({ id: found!.id }, { signal })).toMatchObject({ kind: 'diff' });
    expect(read('src/a.js')).toBe(loop);
  });

  test('nothing to find is said plainly, with the look-alikes', async () => {
    const { worktree } = await openTree({ 'src/a.js': loop.replace('let out = []', 'let out = xs') });
    const text = String(await toolNamed(improveTools(worktree), 'find_opportunities').execute({}, contextOf()));
    expect(text).toContain('No opportunities in 1 source file');
    expect(text).toContain('src/a.js:3 (append-in-loop): The variable does not begin as a fresh array.');
  });

  test('an id that is not there fails with advice', async () => {
    const { worktree } = await openTree({ 'a.js': loop });
    const apply = toolNamed(improveTools(worktree), 'apply_opportunity');
    await expect(apply.execute({ id: 'append-in-loop-00000000' }, contextOf())).rejects.toThrow(
      'Call find_opportunities again',
    );
  });
});
