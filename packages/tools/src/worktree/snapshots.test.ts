import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorktree } from './worktree.ts';
import type { Worktree } from './worktree.ts';

let root: string;
let tree: Worktree;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapshot-'));
  tree = await openWorktree(root);
});

afterEach(async () => {
  tree.close();
  await rm(root, { recursive: true, force: true });
});

/** Everything below a folder but Capstan's and git's own: content, target or kind, and mode. */
async function photograph(folder: string): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    if (/^(\.capstan|\.git)(\/|$)/.test(name)) continue;
    const path = join(folder, name);
    const stats = await lstat(path);
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) seen[name] = `-> ${await readlink(path)}`;
    else seen[name] = stats.isDirectory() ? `folder ${mode}` : `${mode} ${(await readFile(path)).toString('hex')}`;
  }
  return seen;
}

const at = (path: string) => join(root, path);

async function fill(): Promise<void> {
  await mkdir(at('src/deep/er'), { recursive: true });
  await mkdir(at('empty/inner'), { recursive: true });
  await mkdir(at('private'), { mode: 0o700 });
  await writeFile(at('a.txt'), 'one\r\ntwo');
  await writeFile(at('run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await writeFile(at('secret'), 'x', { mode: 0o600 });
  await writeFile(at('src/deep/er/ü.bin'), Buffer.from([0, 255, 1]));
  await writeFile(at('nothing'), '');
  await symlink('src/deep', at('link'));
  await symlink('nowhere', at('dangling'));
}

test('restore gives contents, modes, links and empty folders back', async () => {
  await fill();
  const before = await photograph(root);
  const { id, files } = await tree.snapshots.take({ label: 'start' });
  expect(files).toBe(7);
  execFileSync(
    'sh',
    [
      '-c',
      'rm -r src empty link; chmod 777 a.txt private; echo x >> a.txt; mkdir -p new/sub; echo > new/sub/f; ln -s a.txt src; rm nothing; mkdir nothing; echo > nothing/x',
    ],
    { cwd: root },
  );
  const after = await photograph(root);
  const restored = await tree.snapshots.restore(id);
  expect(await photograph(root)).toEqual(before);
  await tree.patches.rollback(restored.id);
  expect({ ...(await photograph(root)), private: '' }).toEqual({ ...after, private: '' });
});

test('git reads the store, and the repository of the user is not touched', async () => {
  await fill();
  const git = (...words: string[]) => execFileSync('git', words, { cwd: root, encoding: 'utf8' });
  git('init', '-q');
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x');
  git('add', 'a.txt');
  const own = await readFile(at('.git/index'));
  await tree.snapshots.take();
  await tree.snapshots.take();
  const store = at('.capstan/shadow.git');
  execFileSync('git', ['--git-dir', store, 'fsck', '--strict', '--full'], { stdio: 'pipe' });
  const [{ id } = { id: '' }] = await tree.snapshots.list();
  const shown = execFileSync('git', ['--git-dir', store, 'show', `refs/capstan/${id}:a.txt`], { encoding: 'utf8' });
  expect(shown).toBe('one\r\ntwo');
  expect(await readFile(at('.git/index'))).toEqual(own);
  expect(git('status', '--short', '--', '.capstan')).toBe('');
});

test('ignored files are left alone, unless git tracks them', async () => {
  const git = (...words: string[]) => execFileSync('git', words, { cwd: root });
  git('init', '-q');
  await mkdir(at('build'));
  await writeFile(at('build/kept.js'), 'kept');
  git('add', '.');
  await writeFile(at('.gitignore'), 'build/\n*.log\n!good.log\n');
  await writeFile(at('build/other.js'), 'other');
  await writeFile(at('x.log'), 'x');
  await writeFile(at('good.log'), 'good');
  const { id } = await tree.snapshots.take();
  for (const path of ['build/kept.js', 'build/other.js', 'x.log', 'good.log']) await writeFile(at(path), 'changed');
  await tree.snapshots.restore(id);
  expect(await readFile(at('build/kept.js'), 'utf8')).toBe('kept');
  expect(await readFile(at('good.log'), 'utf8')).toBe('good');
  expect(await readFile(at('build/other.js'), 'utf8')).toBe('changed');
  expect(await readFile(at('x.log'), 'utf8')).toBe('changed');
});

test('a folder of a repository honours the rules above it', async () => {
  execFileSync('git', ['init', '-q'], { cwd: root });
  await mkdir(at('pkg/node_modules/x'), { recursive: true });
  await writeFile(at('.gitignore'), 'node_modules\n/pkg/out\n');
  await writeFile(at('pkg/out'), '');
  await writeFile(at('pkg/in'), '');
  const inner = await openWorktree(at('pkg'));
  expect((await inner.snapshots.take()).files).toBe(1);
  inner.close();
});

test('a file that is too large is named and left alone', async () => {
  await writeFile(at('big'), Buffer.alloc((20 << 20) + 1));
  const { id, skipped } = await tree.snapshots.take();
  expect(skipped).toEqual(['big']);
  await writeFile(at('big'), 'small now');
  await tree.snapshots.restore(id);
  expect(await readFile(at('big'), 'utf8')).toBe('small now');
});

test('what a program changes is a patch of its run, beside what tools change meanwhile', async () => {
  await fill();
  const before = await photograph(root);
  const patches: string[] = [];
  const patched = ({ id }: { id: string }) => void patches.push(id);
  await tree.change([{ path: 'a.txt', content: 'by a tool' }], { runId: 'r' });
  await tree.watch(
    async () => {
      await tree.change([{ path: 'tool.txt', content: 'by a tool' }], { runId: 'r' });
      execFileSync(
        'sh',
        ['-c', 'echo more >> a.txt; rm -r src; mkdir -p made/by; mv run.sh made/by/ran.sh; chmod 644 secret'],
        { cwd: root },
      );
    },
    { runId: 'r', label: 'sh', patched },
  );
  const list = await tree.patches.list();
  const changed = list
    .at(-1)
    ?.files.map((file) => `${file.change} ${file.path}`)
    .toSorted();
  expect(patches).toEqual([list.at(-1)?.id]);
  expect(changed).toEqual([
    'create made/by/ran.sh',
    'delete run.sh',
    'delete src/deep/er/ü.bin',
    'modify a.txt',
    'modify secret',
  ]);
  await tree.patches.rollbackRun();
  expect(await photograph(root)).toEqual(before);
});

test('what a program changed before its process was killed is written down by the next', async () => {
  await fill();
  const before = await photograph(root);
  const code = `
    import { openWorktree } from ${JSON.stringify(new URL('./worktree.ts', import.meta.url).href)};
    import { writeFileSync } from 'node:fs';
    const tree = await openWorktree(${JSON.stringify(root)});
    await tree.change([{ path: 'a.txt', content: 'tool' }], { runId: 'killed' });
    await tree.watch(async () => {
      writeFileSync(${JSON.stringify(at('made'))}, 'x');
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => setInterval(() => {}, 1000));
    }, { runId: 'killed' });`;
  expect(() =>
    execFileSync(process.execPath, ['--conditions=@capstan/source', '--input-type=module', '-e', code], {
      stdio: 'pipe',
    }),
  ).toThrow('SIGKILL');
  const next = await openWorktree(root);
  expect(await next.patches.rollbackRun()).toMatchObject({ runId: 'killed' });
  expect(await photograph(root)).toEqual(before);
  next.close();
});

test('a file moved over another within the same tick is seen', async () => {
  await writeFile(at('a'), '1');
  await writeFile(at('b'), '2');
  const { id } = await tree.snapshots.take();
  await rename(at('b'), at('a'));
  await chmod(at('a'), 0o600);
  expect(await tree.snapshots.diff(id)).toContain('+2');
});
