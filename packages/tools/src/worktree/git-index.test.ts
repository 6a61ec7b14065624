import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseIndex, trackedFiles } from './git-index.ts';
import { openWorktree } from './worktree.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'index-'));
  git(root, 'init', '-q');
  for (const path of ['a', 'src/deep/file with blanks', 'src/ü', `long/${'x'.repeat(200)}/y`, 'other/z']) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), path);
  }
  git(root, 'add', '-A');
  git(root, 'commit', '-q', '-m', 'x');
});

afterEach(() => rm(root, { recursive: true, force: true }));

function git(cwd: string, ...words: string[]): string {
  const settings = ['user.name=a', 'user.email=a@b', 'protocol.file.allow=always'].flatMap((one) => ['-c', one]);
  return execFileSync('git', [...settings, ...words], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

const listed = (cwd: string) => git(cwd, 'ls-files', '-z').split('\0').filter(Boolean);

describe('the index of git is read', () => {
  test.each(['2', '3', '4'])('in version %s', async (version) => {
    if (version === '3') {
      await writeFile(join(root, 'intended'), '');
      git(root, 'add', '-N', 'intended');
    } else {
      git(root, 'update-index', '--index-version', version);
    }
    const index = await readFile(join(root, '.git/index'));
    expect(index.readUInt32BE(4)).toBe(Number(version));
    expect(parseIndex(index).toSorted()).toEqual(listed(root).toSorted());
  });

  test('from a folder below the top', () => {
    expect(trackedFiles(join(root, 'src')).toSorted()).toEqual(['deep/file with blanks', 'ü']);
  });
});

describe('a snapshot gives back', () => {
  async function check(folder: string, path: string): Promise<void> {
    const tree = await openWorktree(folder);
    const { id } = await tree.snapshots.take();
    const before = await readFile(join(folder, path));
    const status = git(folder, 'status', '--porcelain');
    await rm(join(folder, path));
    await writeFile(join(folder, 'made'), '');
    await tree.snapshots.restore(id);
    expect(await readFile(join(folder, path))).toEqual(before);
    expect(git(folder, 'status', '--porcelain')).toBe(status);
    tree.close();
  }

  test('a linked work tree', async () => {
    const linked = join(root, '..', `${root.split('/').at(-1)}-linked`);
    git(root, 'worktree', 'add', '-q', linked, '-b', 'other');
    await check(linked, 'src/ü');
    await rm(linked, { recursive: true, force: true });
  });

  test('a repository with a submodule, the files of the submodule as well', async () => {
    const outer = await mkdtemp(join(tmpdir(), 'outer-'));
    git(outer, 'init', '-q');
    git(outer, 'submodule', 'add', '-q', root, 'sub');
    await check(outer, 'sub/a');
    await check(join(outer, 'sub'), 'src/ü');
    await rm(outer, { recursive: true, force: true });
  });

  test('a sparse checkout, without the files that it leaves out', async () => {
    git(root, 'sparse-checkout', 'set', '--cone', 'src');
    await check(root, 'src/ü');
    await expect(readFile(join(root, 'other/z'))).rejects.toThrow();
  });
});
