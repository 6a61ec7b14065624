import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { locate } from './locate.ts';
import { treeLock } from './lock.ts';
import { openWorktree } from './worktree.ts';

const writer = fileURLToPath(new URL('./__fixtures__/counting-writer.ts', import.meta.url));

async function inFolder(check: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'processes-'));
  try {
    await check(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

test('processes that change one file lose no change, and each has its own run', () =>
  inFolder(async (root) => {
    await writeFile(join(root, 'count'), '0');
    const words = ['--conditions=@capstan/source', '--no-warnings', writer, root, '15'];
    await Promise.all([1, 2, 3].map(() => promisify(execFile)(process.execPath, words)));
    expect(await readFile(join(root, 'count'), 'utf8')).toBe('45');
    const tree = await openWorktree(root);
    const patches = await tree.patches.list();
    expect(patches.length).toBe(45);
    expect(new Set(patches.map((patch) => patch.runId)).size).toBe(3);
    patches.slice(1).forEach((patch, index) => expect(patch.parent).toBe(patches[index]?.id));
    tree.close();
  }));

test('a lock that another holds is waited for, until the signal fires or the time is over', () =>
  inFolder(async (root) => {
    const file = join(root, 'lock');
    const [one, other] = [treeLock(file), treeLock(file, 60)];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holding = one.hold(() => held);
    await expect(other.hold(async () => {})).rejects.toMatchObject({ code: 'conflict', details: { retryable: true } });
    const stop = new AbortController();
    const waiting = treeLock(file).hold(async () => {}, { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toThrow();
    release();
    await holding;
    await expect(other.hold(async () => 'mine')).resolves.toBe('mine');
    one.close();
    other.close();
  }));

test('where case does not count, a name is the one that the folder has', () =>
  inFolder(async (root) => {
    await writeFile(join(root, 'ReadMe.md'), '');
    await writeFile(join(root, 'Stra\u00dfe'), '');
    expect((await locate(root, 'README.MD', { foldsCase: true })).path).toBe('ReadMe.md');
    expect((await locate(root, 'new/FILE', { foldsCase: true })).path).toBe('new/FILE');
    expect((await locate(root, 'README.MD')).exists).toBe(false);
  }));
