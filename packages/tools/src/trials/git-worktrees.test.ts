import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorktree } from '../worktree/worktree.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { gitWorktrees } from './git-worktrees.ts';
import type { GitWorktreesOptions } from './git-worktrees.ts';

let base: string;
let root: string;
let folder: string;
let main: Worktree;
beforeEach(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-trial-test-')));
  [root, folder] = [join(base, 'repo'), join(base, 'trials')];
  mkdirSync(root);
  mkdirSync(folder);
  git('init', '-q');
  write(root, {
    'a.txt': 'one\ntwo\nthree\n',
    'b.bin': '\0\x01',
    'run.sh': '#!/bin/sh\n',
    'sub/c.txt': 'c\n',
    '.gitignore': 'node_modules/\n*.log\n',
  });
  chmodSync(join(root, 'run.sh'), 0o755);
  symlinkSync('a.txt', join(root, 'link'));
  git('add', '-A');
  git('commit', '-q', '-m', 'start');
  main = await openWorktree(root);
});
afterEach(() => {
  main.close();
  rmSync(base, { recursive: true });
});

function git(...words: string[]): string {
  return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words], {
    cwd: root,
    encoding: 'utf8',
  });
}

function write(at: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), text);
  }
}

const { signal } = new AbortController();
const trees = (options: GitWorktreesOptions = {}, tree = main) => gitWorktrees(tree, { folder, ...options });
const about = { runId: 'r', label: 'l' };
const textIn = (path: string) => readFileSync(join(root, path), 'utf8');

test('a trial begins with what the main tree holds, committed or not, and leaves it alone', async () => {
  write(root, { 'a.txt': 'ONE\ntwo\nthree\n', 'new/d e.txt': 'new\n', 'x.log': 'ignored' });
  rmSync(join(root, 'sub/c.txt'));
  git('add', 'a.txt');
  const before = git('status', '--porcelain');
  const workspaces = await trees();
  const trial = await workspaces.open('one', { signal });
  const inTrial = (path: string) => join(trial.root, path);
  expect(readFileSync(inTrial('a.txt'), 'utf8')).toBe('ONE\ntwo\nthree\n');
  expect(readFileSync(inTrial('new/d e.txt'), 'utf8')).toBe('new\n');
  expect([existsSync(inTrial('sub/c.txt')), existsSync(inTrial('x.log'))]).toEqual([false, false]);
  expect(readlinkSync(inTrial('link'))).toBe('a.txt');
  expect(statSync(inTrial('run.sh')).mode & 0o777).toBe(0o755);
  expect(await trial.keep(about)).toBeUndefined();
  await workspaces.close();
  expect(git('status', '--porcelain')).toBe(before);
  expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([]);
});

test('work of every kind is kept as one patch, applied whole and rolled back whole', async () => {
  write(root, { 'a.txt': 'ONE\ntwo\nthree\n' });
  const workspaces = await trees();
  const trial = await workspaces.open('one', { signal });
  write(trial.root, {
    'a.txt': 'ONE\ntwo\nthree\nfour\n',
    'b.bin': '\0\x02\x03',
    'made/new.txt': 'n',
    'made/x.log': 'ignored',
  });
  rmSync(join(trial.root, 'sub/c.txt'));
  rmSync(join(trial.root, 'link'));
  symlinkSync('run.sh', join(trial.root, 'link'));
  chmodSync(join(trial.root, 'run.sh'), 0o644);
  const kept = await trial.keep(about);
  expect(kept?.patch.files.map(({ path, change }) => `${change} ${path}`).toSorted()).toEqual(
    [
      'create made/new.txt',
      'delete sub/c.txt',
      'modify a.txt',
      'modify b.bin',
      'modify link',
      'modify run.sh',
    ].toSorted(),
  );
  expect(kept?.diff).toContain('+four');
  expect(textIn('a.txt')).toBe('ONE\ntwo\nthree\n');
  await workspaces.apply(kept?.patch.id ?? '');
  expect(textIn('a.txt')).toBe('ONE\ntwo\nthree\nfour\n');
  expect(readFileSync(join(root, 'b.bin'), 'latin1')).toBe('\0\x02\x03');
  expect([
    existsSync(join(root, 'sub/c.txt')),
    readlinkSync(join(root, 'link')),
    statSync(join(root, 'run.sh')).mode & 0o111,
  ]).toEqual([false, 'run.sh', 0]);
  await main.patches.rollback(kept?.patch.id ?? '');
  expect(git('status', '--porcelain')).toBe(' M a.txt\n');
  expect([textIn('a.txt'), textIn('sub/c.txt')]).toEqual(['ONE\ntwo\nthree\n', 'c\n']);
  await workspaces.close();
});

test('commits that a candidate makes in its tree count as work, and no branch is left', async () => {
  const workspaces = await trees();
  const trial = await workspaces.open('one', { signal });
  write(trial.root, { 'a.txt': 'mine\n' });
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qam', 'w'], {
    cwd: trial.root,
  });
  expect((await trial.keep(about))?.patch.files).toMatchObject([{ path: 'a.txt' }]);
  await workspaces.close();
  expect(git('branch', '--list').trim().split('\n')).toHaveLength(1);
});

test('what the user changes meanwhile is merged by line, or refused with the lines', async () => {
  const workspaces = await trees();
  const [one, two] = [await workspaces.open('one', { signal }), await workspaces.open('two', { signal })];
  write(one.root, { 'a.txt': 'one\ntwo\nTHREE\n' });
  write(two.root, { 'a.txt': 'uno\ntwo\nthree\n' });
  write(root, { 'a.txt': 'eins\ntwo\nthree\n' });
  const kept = await one.keep(about);
  await workspaces.apply(kept?.patch.id ?? '');
  expect(textIn('a.txt')).toBe('eins\ntwo\nTHREE\n');
  await expect(two.keep(about)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('a.txt: '),
  });
  await workspaces.close();
});

test('dependencies are shared without a way back into the main tree for packages of its own', async () => {
  write(root, {
    'node_modules/dep/index.js': 'dep',
    'node_modules/@scope/x/i.js': 'x',
    'node_modules/.cache/c': 'c',
    'packages/own/i.js': 'own',
  });
  symlinkSync('../packages/own', join(root, 'node_modules/own'));
  const workspaces = await trees();
  const trial = await workspaces.open('one', { signal });
  const modules = join(trial.root, 'node_modules');
  expect(lstatSync(modules).isSymbolicLink()).toBe(false);
  expect(readFileSync(join(modules, 'dep/index.js'), 'utf8')).toBe('dep');
  expect(realpathSync(join(modules, '@scope/x'))).toBe(join(root, 'node_modules/@scope/x'));
  expect(realpathSync(join(modules, 'own'))).toBe(join(trial.root, 'packages/own'));
  expect(existsSync(join(modules, '.cache'))).toBe(false);
  expect(await trial.keep(about)).toBeUndefined();
  await workspaces.close();
  expect(readFileSync(join(root, 'node_modules/dep/index.js'), 'utf8')).toBe('dep');
});

test('a part of a repository is tried in the whole of it, and only the part is kept', async () => {
  write(root, { 'sub/c.txt': 'changed\n', 'a.txt': 'dirty\n' });
  const part = await openWorktree(join(root, 'sub'));
  const workspaces = await trees({}, part);
  const trial = await workspaces.open('one', { signal });
  expect(readFileSync(join(trial.root, '../a.txt'), 'utf8')).toBe('dirty\n');
  write(trial.root, { 'c.txt': 'better\n', '../a.txt': 'outside\n' });
  const kept = await trial.keep(about);
  expect(kept?.patch.files).toMatchObject([{ path: 'c.txt' }]);
  await workspaces.apply(kept?.patch.id ?? '');
  expect([textIn('sub/c.txt'), textIn('a.txt')]).toEqual(['better\n', 'dirty\n']);
  await workspaces.close();
  part.close();
});

test('tests are measured by command or by runner, type errors are counted, and what they leave is no work', async () => {
  write(root, {
    'package.json': '{"type":"module","scripts":{"test":"node --test"}}',
    'a.test.js': "import test from 'node:test';\ntest('a', () => {});\ntest('b', () => { throw new Error('no'); });\n",
  });
  const byRunner = await (await trees()).open('one', { signal });
  expect((await byRunner.measure({ signal })).tests).toMatchObject({ passed: false, total: 2, failed: 1 });
  await byRunner.close();
  const workspaces = await trees({ tests: 'echo out > left.txt; test -e a.txt' });
  const trial = await workspaces.open('two', { signal });
  write(trial.root, { 'w.txt': 'w' });
  const kept = await trial.keep(about);
  expect(await trial.measure({ signal })).toEqual({ tests: { passed: true } });
  expect(kept?.patch.files).toMatchObject([{ path: 'w.txt' }]);
  rmSync(join(trial.root, 'a.txt'));
  expect((await trial.measure({ signal })).tests?.passed).toBe(false);
  await workspaces.close();
});

test('a tree that cannot be made ready, or a repository without a commit, says why and leaves nothing', async () => {
  const workspaces = await trees({ prepare: 'echo broken >&2; exit 3' });
  await expect(workspaces.open('one', { signal })).rejects.toThrow(
    /exit 3 failed, so there is no tree to work in\.\nbroken/,
  );
  expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([]);
  for (const name of ['..', '.', 'a/b', '']) {
    await expect((await trees()).open(name, { signal })).rejects.toMatchObject({ code: 'invalid_config' });
  }
  const empty = join(base, 'empty');
  mkdirSync(empty);
  execFileSync('git', ['init', '-q'], { cwd: empty });
  await expect(trees({}, await openWorktree(empty))).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('no commit'),
  });
});

test('hooks and filters of the repository do not run when trees are made', async () => {
  write(root, { '.git/hooks/post-checkout': `#!/bin/sh\necho x > ${base}/hooked\n` });
  chmodSync(join(root, '.git/hooks/post-checkout'), 0o755);
  git('config', 'filter.evil.smudge', `sh -c 'echo x > ${base}/filtered; cat'`);
  write(root, { '.gitattributes': '*.txt filter=evil\n' });
  const workspaces = await trees();
  await workspaces.open('one', { signal });
  await workspaces.close();
  expect([existsSync(join(base, 'hooked')), existsSync(join(base, 'filtered'))]).toEqual([false, false]);
});
