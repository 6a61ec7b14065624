import { execFileSync } from 'node:child_process';
import { cp, lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { openWorktree } from '../worktree/worktree.ts';
import { editText } from './edit-text.ts';
import { parsePatch } from './parse-patch.ts';
import { planPatch } from './patch-plan.ts';

// Packages as npm delivers them, with minified files, long lines, licences and maps among them.
const packages = ['picomatch', 'fast-check', 'ignore'];
const editsEach = 67;

async function photograph(root: string): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const name of (await readdir(root, { recursive: true })).toSorted()) {
    if (/^\.(git|capstan)(\/|$)/.test(name)) continue;
    const stats = await lstat(join(root, name));
    if (stats.isFile()) seen[name] = (await readFile(join(root, name))).toString('base64');
  }
  return seen;
}

/** The same numbers every time, so that a failure can be repeated. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test.each(packages)(
  '%s: mechanical edits come out as git and our own patches have them',
  async (name) => {
    const root = await mkdtemp(join(tmpdir(), 'real-'));
    const other = await mkdtemp(join(tmpdir(), 'real-'));
    const git = (...words: string[]) =>
      execFileSync('git', words, { cwd: root, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const source = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
      await cp(source, root, {
        recursive: true,
        filter: (path) => !path.slice(source.length).includes('node_modules'),
      });
      await cp(root, other, { recursive: true });
      git('init', '-q');
      git('add', '-A');
      const before = await photograph(root);
      const tree = await openWorktree(root);
      const pick = numbers(name.length);
      const texts = Object.keys(before).filter((path) => /\.(js|ts|md|json|cjs|mjs)$/.test(path));
      for (let edit = 0; edit < editsEach; edit++) {
        const path = texts[pick(texts.length)] ?? '';
        const text = await readFile(join(root, path), 'utf8');
        const lines = text.split('\n');
        const at = pick(Math.max(1, lines.length - 3));
        const old = lines.slice(at, at + 3).join('\n');
        const put =
          pick(4) === 0
            ? ''
            : `${old.slice(0, pick(old.length + 1))}/* ${edit} $& \\1 */${old.slice(pick(old.length + 1))}`;
        if (old.trim() === '' || text.split(old).length !== 2) continue;
        const outcome = editText(text, { old, new: put });
        // What was found once is replaced literally: nothing else moves.
        expect('text' in outcome && outcome.text).toBe(text.replace(old, () => put));
        if ('text' in outcome) await tree.change([{ path, content: outcome.text }], { runId: 'edits' });
      }
      const after = await photograph(root);
      const mine = await openWorktree(other);
      for (const context of ['-U3', '-U1']) {
        const diff = git('diff', '--binary', context).toString('utf8');
        const { id } = await mine.change((await planPatch(mine, parsePatch(diff))).changes);
        expect(await photograph(other)).toEqual(after);
        await mine.patches.rollback(id);
        expect(await photograph(other)).toEqual(before);
      }
      for (const { id } of await tree.patches.list()) {
        execFileSync('git', ['apply', join(root, '.capstan/patches', `${id}.diff`)], { cwd: other, stdio: 'pipe' });
      }
      expect(await photograph(other)).toEqual(after);
      await tree.patches.rollbackRun('edits');
      expect(await photograph(root)).toEqual(before);
      await writeFile(join(root, 'new'), '');
      expect(git('status', '--porcelain').toString()).toMatch(/new/);
      tree.close();
      mine.close();
    } finally {
      await rm(root, { recursive: true, force: true });
      await rm(other, { recursive: true, force: true });
    }
  },
  60_000,
);
