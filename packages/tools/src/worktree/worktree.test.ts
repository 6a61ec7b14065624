import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorktree } from './worktree.ts';
import type { Worktree } from './worktree.ts';

let root: string;
let tree: Worktree;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'worktree-'));
  tree = await openWorktree(root);
});

afterEach(async () => {
  tree.close();
  await rm(root, { recursive: true, force: true });
});

const text = (path: string) => readFile(join(root, path), 'utf8');
const exists = (path: string) =>
  lstat(join(root, path)).then(
    () => true,
    () => false,
  );

describe('paths', () => {
  test.each([
    ['..', 'lies outside'],
    ['../x', 'lies outside'],
    ['a/../../x', 'lies outside'],
    ['/etc/passwd', 'lies outside'],
    ['C:\\x', 'Windows drive'],
    ['c:/x', 'Windows drive'],
    ['\\\\server\\share', 'Windows network'],
    ['\\\\?\\C:\\x', 'Windows'],
    ['a\0b', 'NUL'],
    ['', 'empty'],
    ['.git/hooks/pre-commit', '.git'],
    ['sub/.GIT/config', '.GIT'],
    ['.git./config', '.git.'],
    ['.g\u200cit/config', 'not write'],
    ['.capstan/policy.json', '.capstan'],
    ['con', 'device'],
    ['aux.txt', 'device'],
    ['d/NUL.tar.gz', 'device'],
    ['name.', 'dot'],
    ['name ', 'blank'],
    ['..\\..\\x', 'backslash'],
    ['a/b\\..\\..\\c', 'backslash'],
    ['~/.ssh/config', 'home folder'],
    ['a\nb', 'control character'],
    ['file::$DATA', 'stream'],
    ['.git::$INDEX_ALLOCATION/config', '.git'],
    ['GIT~1/config', 'GIT~1'],
    ['.', 'work tree itself'],
  ])('%j is refused', async (path, why) => {
    await expect(tree.change([{ path, content: 'x' }])).rejects.toMatchObject({
      code: 'path_outside',
      message: expect.stringContaining(why) as string,
    });
  });

  test('a link is followed inside and refused outside', async () => {
    await mkdir(join(root, 'real'));
    await symlink('real', join(root, 'alias'));
    await symlink('/etc', join(root, 'out'));
    await symlink('loop', join(root, 'loop'));
    expect(await tree.resolve('alias/new.txt')).toBe(join(tree.root, 'real/new.txt'));
    await expect(tree.resolve('out/passwd')).rejects.toMatchObject({ code: 'path_outside' });
    await expect(tree.resolve('loop')).rejects.toMatchObject({ code: 'path_outside' });
    await tree.change([{ path: 'alias/new.txt', content: 'x' }]);
    expect(await text('real/new.txt')).toBe('x');
  });

  test('a dot-dot after a link goes up from where the link leads', async () => {
    await mkdir(join(root, 'a/b'), { recursive: true });
    await symlink('a/b', join(root, 'l'));
    expect(await tree.resolve('l/../x')).toBe(join(tree.root, 'a/x'));
  });

  test('a name in another Unicode form is the file that is there', async () => {
    await writeFile(join(root, 'cafe\u0301.txt'), 'old');
    await tree.change([{ path: 'caf\u00e9.txt', content: 'new' }]);
    expect(await text('cafe\u0301.txt')).toBe('new');
    expect(await exists('caf\u00e9.txt')).toBe(false);
  });
});

describe('changes', () => {
  test('keep mode, and writing through a link keeps the link', async () => {
    await writeFile(join(root, 'run.sh'), 'a\n');
    await chmod(join(root, 'run.sh'), 0o750);
    await symlink('run.sh', join(root, 'link'));
    await tree.change([{ path: 'link', content: 'b\n' }]);
    expect((await lstat(join(root, 'run.sh'))).mode & 0o7777).toBe(0o750);
    expect(await readlink(join(root, 'link'))).toBe('run.sh');
    expect(await text('run.sh')).toBe('b\n');
  });

  test('are all or nothing', async () => {
    await writeFile(join(root, 'a'), '1');
    const changes = [
      { path: 'a', content: '2' },
      { path: 'new/deep/b', content: '2' },
      { path: 'c', content: '2', basedOn: 'somethingelse' },
    ];
    await expect(tree.change(changes)).rejects.toMatchObject({ code: 'conflict' });
    expect(await text('a')).toBe('1');
    expect(await exists('new')).toBe(false);
  });

  test('a deletion of a link leaves what it leads to', async () => {
    await writeFile(join(root, 'a'), '1');
    await symlink('a', join(root, 'l'));
    const { id } = await tree.change([{ path: 'l', delete: true }]);
    expect(await exists('l')).toBe(false);
    expect(await text('a')).toBe('1');
    await tree.patches.rollback(id);
    expect(await readlink(join(root, 'l'))).toBe('a');
  });

  test('the diff of a change is what git applies, and its dry run touches nothing', async () => {
    await writeFile(join(root, 'a.txt'), 'one\ntwo\nthree');
    await writeFile(join(root, 'bin'), Buffer.from([0, 1, 2, 255]));
    const changes = [
      { path: 'a.txt', content: 'one\n2\nthree\n' },
      { path: 'bin', content: Buffer.from([0, 9, 9]) },
      { path: 'dir/ü "q".txt', content: 'new\n', mode: 0o755 },
    ];
    const copy = await mkdtemp(join(tmpdir(), 'copy-'));
    execFileSync('cp', ['-a', `${root}/.`, copy]);
    const dry = await tree.diff(changes);
    expect(await text('a.txt')).toBe('one\ntwo\nthree');
    const { id } = await tree.change(changes);
    expect((await tree.patches.show(id)).diff).toBe(dry);
    execFileSync('git', ['apply', join(root, '.capstan/patches', `${id}.diff`)], { cwd: copy });
    for (const { path } of changes) expect(await readFile(join(copy, path))).toEqual(await readFile(join(root, path)));
    expect((await lstat(join(copy, 'dir/ü "q".txt'))).mode & 0o111).toBe(0o111);
    await rm(copy, { recursive: true });
  });
});

test('a file that moved is a rename in the diff', async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`).join('');
  await writeFile(join(root, 'old name'), lines);
  await writeFile(join(root, 'b'), 'content\n');
  const changes = [
    { path: 'old name', delete: true as const },
    { path: 'd/new', content: lines.replace('line 7', 'seven'), mode: 0o755 },
    { path: 'b', delete: true as const },
    { path: 'c', content: 'content\n' },
  ];
  const copy = await mkdtemp(join(tmpdir(), 'copy-'));
  execFileSync('cp', ['-a', `${root}/.`, copy]);
  const { id } = await tree.change(changes);
  const { diff } = await tree.patches.show(id);
  expect(diff).toContain('rename from old name\nrename to d/new\n');
  expect(diff).toContain('similarity index 100%\nrename from b\nrename to c\n');
  execFileSync('git', ['apply', join(root, '.capstan/patches', `${id}.diff`)], { cwd: copy });
  expect(await readFile(join(copy, 'd/new'), 'utf8')).toContain('seven');
  execFileSync('git', ['apply', '-R', join(root, '.capstan/patches', `${id}.diff`)], { cwd: copy });
  expect(await readFile(join(copy, 'old name'), 'utf8')).toBe(lines);
  await tree.patches.rollback(id);
  expect(await text('old name')).toBe(lines);
  await rm(copy, { recursive: true });
});

describe('patches', () => {
  test('roll-back gives bytes, modes and absence back, apply does it again', async () => {
    await writeFile(join(root, 'a'), Buffer.from([0xe9, 0x0d, 0x0a, 0xff]));
    await chmod(join(root, 'a'), 0o600);
    const { id } = await tree.change([
      { path: 'a', content: 'b', mode: 0o755 },
      { path: 'x/y/z', content: '' },
    ]);
    await tree.patches.rollback(id);
    expect(await readFile(join(root, 'a'))).toEqual(Buffer.from([0xe9, 0x0d, 0x0a, 0xff]));
    expect((await lstat(join(root, 'a'))).mode & 0o7777).toBe(0o600);
    expect(await exists('x')).toBe(false);
    expect(await tree.patches.list()).toMatchObject([{ id, state: 'rolled-back' }]);
    await tree.patches.apply(id);
    expect(await text('a')).toBe('b');
    expect(await exists('x/y/z')).toBe(true);
  });

  test('the last run is taken back as a whole, once', async () => {
    await writeFile(join(root, 'a'), '0');
    await tree.change([{ path: 'a', content: '1' }], { runId: 'first' });
    await tree.change([{ path: 'a', content: '2' }], { runId: 'second' });
    await tree.change(
      [
        { path: 'a', content: '3' },
        { path: 'b', content: '3' },
      ],
      { runId: 'second' },
    );
    const other = await openWorktree(root);
    const back = await other.patches.rollbackRun();
    expect(back).toMatchObject({ runId: 'second', files: [{ path: 'a' }, { path: 'b' }] });
    expect(await text('a')).toBe('1');
    expect(await exists('b')).toBe(false);
    await expect(other.patches.rollbackRun()).rejects.toMatchObject({ code: 'not_found' });
    await other.patches.rollbackRun('first');
    expect(await text('a')).toBe('0');
    other.close();
  });

  test('a change made since elsewhere in the file is merged', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `${index}\n`);
    await writeFile(join(root, 'a'), lines.join(''));
    const { id } = await tree.change([{ path: 'a', content: lines.join('').replace('3\n', 'three\n') }]);
    await writeFile(join(root, 'a'), (await text('a')).replace('12\n', 'of the user\n').replace('19\n', '19'));
    expect(await tree.patches.check(id)).toMatchObject({ fits: true });
    await tree.patches.rollback(id);
    expect(await text('a')).toBe(lines.join('').replace('12\n', 'of the user\n').replace('19\n', '19'));
  });

  test('a conflict is said by file and line, and no file is changed', async () => {
    const changes = [
      { path: 'a', content: '1\n2\n3\n' },
      { path: 'b', content: 'b' },
    ];
    await writeFile(join(root, 'a'), '1\n0\n3\n');
    const { id } = await tree.change(changes);
    await writeFile(join(root, 'a'), '1\nuser\n3\n');
    const check = await tree.patches.check(id);
    expect(check).toMatchObject({ fits: false, conflicts: ['a: a hunk meets a later change of line 2'] });
    await expect(tree.patches.rollback(id)).rejects.toThrow('later change of line 2');
    expect(await text('b')).toBe('b');
  });

  test('a proposal changes nothing until it is applied, and can be rejected', async () => {
    await writeFile(join(root, 'a'), 'old');
    const { id } = await tree.patches.propose([{ path: 'a', content: 'new' }], { label: 'idea' });
    const other = await tree.patches.propose([{ path: 'a', content: 'other' }]);
    expect(await text('a')).toBe('old');
    await tree.patches.reject(other.id);
    await expect(tree.patches.reject(other.id)).rejects.toMatchObject({ code: 'not_found' });
    await tree.patches.apply(id);
    expect(await text('a')).toBe('new');
    await tree.patches.rollbackRun();
    expect(await text('a')).toBe('old');
    const states = (await tree.patches.list()).map((patch) => patch.state);
    expect(states).toEqual(['rolled-back', 'rejected']);
  });

  test('a change made since is never lost', async () => {
    await writeFile(join(root, 'a'), 'old');
    const { id } = await tree.change([{ path: 'a', content: 'new' }]);
    await writeFile(join(root, 'a'), 'of the user');
    await expect(tree.patches.rollback(id)).rejects.toMatchObject({ code: 'patch_failed' });
    expect(await text('a')).toBe('of the user');
  });
});

test('two processes on one tree take turns', async () => {
  const other = await openWorktree(root);
  await writeFile(join(root, 'n'), '0');
  const add = async (worktree: Worktree): Promise<void> => {
    const file = await worktree.read('n');
    const content = String(Number(file.bytes.toString()) + 1);
    await worktree.change([{ path: 'n', content, basedOn: file.hash }]).catch(() => add(worktree));
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => add(index % 2 ? tree : other)));
  expect(await text('n')).toBe('20');
  other.close();
});
