import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePatch } from './parse-patch.ts';
import { planPatch } from './patch-plan.ts';
import { diffLines, splitLines } from '../worktree/line-diff.ts';
import { mergeLines } from '../worktree/merge-lines.ts';
import { openWorktree } from '../worktree/worktree.ts';
import type { Worktree } from '../worktree/worktree.ts';

const path = fc.constantFrom('a', 'b', 'd/a', 'd/b', 'd/e/c', 'f g/ü', 'x', 'x/y', 'd');
const content = fc.oneof(
  fc
    .array(fc.constantFrom('one\n', 'two\n', 'three\r\n', '\n', 'end'), { maxLength: 12 })
    .map((lines) => Buffer.from(lines.join(''))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const mode = fc.constantFrom(0o644, 0o755, 0o600, 0o640);

type Action =
  | { readonly kind: 'write'; readonly path: string; readonly content: Buffer; readonly mode: number }
  | { readonly kind: 'delete'; readonly path: string }
  | { readonly kind: 'shell'; readonly command: string };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), path, content, mode }),
  fc.record({ kind: fc.constant('delete' as const), path }),
  fc.record({
    kind: fc.constant('shell' as const),
    command: fc.constantFrom(
      'rm -rf d',
      'mv a b',
      'mkdir -p n/m',
      'chmod 755 a',
      'ln -sf a l',
      'rm -f x; mkdir -p x; echo > x/y',
      'echo more >> b',
      'rm -rf x; echo > x',
      'rmdir n/m',
    ),
  }),
);

const start = fc.uniqueArray(fc.tuple(path, content, mode), { selector: ([name]) => name, maxLength: 6 });

async function inTree(check: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'property-'));
  try {
    await check(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function fill(root: string, files: readonly (readonly [string, Buffer, number])[]): Promise<void> {
  for (const [name, bytes, bits] of files) {
    await mkdir(dirname(join(root, name)), { recursive: true }).catch(() => {});
    const done = await writeFile(join(root, name), bytes).then(
      () => true,
      () => false,
    );
    if (done) await chmod(join(root, name), bits);
  }
  await mkdir(join(root, 'empty'));
  await symlink('a', join(root, 'link'));
}

async function photograph(root: string): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const name of (await readdir(root, { recursive: true })).toSorted()) {
    if (name.startsWith('.capstan') || name.startsWith('.git')) continue;
    const stats = await lstat(join(root, name));
    if (stats.isSymbolicLink()) seen[name] = `-> ${await readlink(join(root, name))}`;
    else if (stats.isDirectory()) seen[name] = 'folder';
    else seen[name] = `${stats.mode.toString(8)} ${(await readFile(join(root, name))).toString('hex')}`;
  }
  return seen;
}

async function act(tree: Worktree, root: string, what: Action): Promise<void> {
  const origin = { runId: 'run' };
  if (what.kind === 'shell') {
    const shell = async () => {
      try {
        execFileSync('sh', ['-c', what.command], { cwd: root, stdio: 'ignore' });
      } catch {}
    };
    return tree.watch(shell, origin);
  }
  const change = what.kind === 'delete' ? { path: what.path, delete: true as const } : what;
  // A change that does not fit the tree is refused and must leave no trace either.
  await tree.change([change], origin).catch(() => {});
}

test('roll-back of a run gives bytes, modes, links and folders back, whatever was done', async () => {
  const property = fc.asyncProperty(start, fc.array(action, { minLength: 1, maxLength: 8 }), (files, actions) =>
    inTree(async (root) => {
      await fill(root, files);
      const before = await photograph(root);
      const tree = await openWorktree(root);
      for (const what of actions) await act(tree, root, what);
      const after = await photograph(root);
      if ((await tree.patches.list()).length > 0) {
        const { of } = await tree.patches.rollbackRun();
        expect(await photograph(root)).toEqual(before);
        for (const id of of.toReversed()) await tree.patches.apply(id);
        expect(await photograph(root)).toEqual(after);
      } else {
        expect(after).toEqual(before);
      }
      tree.close();
    }),
  );
  await fc.assert(property, { numRuns: 25 });
}, 60_000);

test('git applies every patch, and our own parser reads back what was printed', async () => {
  const changes = fc.uniqueArray(fc.tuple(path, content, mode), {
    selector: ([name]) => name.split('/')[0],
    minLength: 1,
    maxLength: 4,
  });
  const property = fc.asyncProperty(start, changes, (files, wanted) =>
    inTree(async (root) => {
      await fill(root, files);
      const tree = await openWorktree(root);
      const list = wanted.map(([name, bytes, bits]) => ({ path: name, content: bytes, mode: bits }));
      const made = await tree.change(list).catch(() => undefined);
      if (!made || made.id === '') return;
      const after = await photograph(root);
      const file = join(root, '.capstan/patches', `${made.id}.diff`);
      const diff = await readFile(file);
      await tree.patches.rollback(made.id);
      const before = await photograph(root);
      execFileSync('git', ['apply', '--whitespace=nowarn', file], { cwd: root, stdio: 'pipe' });
      expect(contents(await photograph(root))).toEqual(contents(after));
      execFileSync('git', ['apply', '-R', '--whitespace=nowarn', file], { cwd: root, stdio: 'pipe' });
      expect(contents(await photograph(root))).toEqual(contents(before));
      if (diff.equals(Buffer.from(diff.toString('utf8')))) {
        const plan = await planPatch(tree, parsePatch(diff.toString('utf8')));
        await tree.change(plan.changes);
        expect(contents(await photograph(root))).toEqual(contents(after));
      }
      tree.close();
    }),
  );
  const endings: [[string, Buffer, number][], [string, Buffer, number][]] = [
    [['d/e/c', Buffer.from('three\r\nend'), 0o644]],
    [['d/e/c', Buffer.from('one\n'), 0o644]],
  ];
  await fc.assert(property, { numRuns: 25, examples: [endings] });
}, 60_000);

/** Git keeps of a mode only whether a file may be run, and no empty folders. */
function contents(seen: Record<string, string>): Record<string, string> {
  const kept = Object.entries(seen).filter(([, what]) => what !== 'folder');
  return Object.fromEntries(
    kept.map(([name, what]) => [
      name,
      what.replace(/^100(\d)\d\d/, (_, bits: string) => (Number(bits) & 1 ? 'x' : '-')),
    ]),
  );
}

const lines = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', 'd'), { maxLength: 30 });

test('a difference of lines leads from one list to the other', () => {
  fc.assert(
    fc.property(lines, lines, (a, b) => {
      const made: string[] = [];
      let at = 0;
      for (const { aStart, aCount, bStart, bCount } of diffLines(a, b)) {
        made.push(...a.slice(at, aStart));
        expect(made.length).toBe(bStart);
        made.push(...b.slice(bStart, bStart + bCount));
        at = aStart + aCount;
      }
      expect([...made, ...a.slice(at)]).toEqual(b);
    }),
  );
});

test('the difference of long texts that have little in common is found in bounded time', () => {
  const a = Array.from({ length: 20_000 }, (_, index) => `${(index * 7919) % 10_007}\n`);
  const b = Array.from({ length: 20_000 }, (_, index) => `${(index * 104_729) % 20_011}\n`);
  const changes = diffLines(a, b);
  expect(changes.length).toBeGreaterThan(0);
});

test('a merge with an unchanged side is the other side, and merging is symmetric', () => {
  fc.assert(
    fc.property(lines, lines, lines, (base, ours, theirs) => {
      expect(mergeLines(base, base, theirs)).toEqual({ lines: theirs });
      expect(mergeLines(base, ours, base)).toEqual({ lines: ours });
      const one = mergeLines(base, ours, theirs);
      const other = mergeLines(base, theirs, ours);
      expect('lines' in one).toBe('lines' in other);
      if ('lines' in one) expect(other).toEqual(one);
    }),
  );
});

test('splitting into lines loses nothing', () => {
  fc.assert(fc.property(fc.string(), (text) => splitLines(text).join('') === text));
});
