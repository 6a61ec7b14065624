import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorktree } from './worktree.ts';

const writer = fileURLToPath(new URL('./__fixtures__/killed-writer.ts', import.meta.url));
const node = ['--conditions=@capstan/source', '--no-warnings', writer];
/** More kills than a test run has time for can be asked for. */
const randomKills = Number(process.env['CAPSTAN_RANDOM_KILLS'] ?? 6);

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'faults-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

const at = (path: string) => join(root, path);

async function fill(): Promise<void> {
  await writeFile(at('a.txt'), Buffer.from([0xe9, 13, 10]));
  await writeFile(at('gone.txt'), 'still here', { mode: 0o600 });
  await writeFile(at('run.sh'), 'old\n', { mode: 0o755 });
  await symlink('a.txt', at('other'));
}

async function photograph(): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const name of (await readdir(root, { recursive: true })).toSorted()) {
    if (name.startsWith('.capstan/') || name === '.capstan') continue;
    const stats = await lstat(at(name));
    if (stats.isSymbolicLink()) seen[name] = `-> ${await readlink(at(name))}`;
    else
      seen[name] = stats.isDirectory()
        ? 'folder'
        : `${stats.mode.toString(8)} ${(await readFile(at(name))).toString('hex')}`;
  }
  return seen;
}

async function rollBackAll(): Promise<void> {
  const tree = await openWorktree(root);
  const open = (await readdir(at('.capstan/journal'))).filter((name) => name.endsWith('.tx'));
  expect(open).toEqual([]);
  for (const patch of (await tree.patches.list()).toReversed()) {
    if (patch.state === 'applied') await tree.patches.rollback(patch.id);
  }
  tree.close();
}

describe('a process killed', () => {
  test('at any step of the journal leaves a tree that roll-back gives back byte for byte', async () => {
    await fill();
    const { stdout } = await promisify(execFile)(process.execPath, [...node, root, 'none']);
    const steps = Number(/steps (\d+)/.exec(stdout)?.[1]);
    expect(steps).toBeGreaterThan(20);
    await rollBackAll();
    const before = await photograph();
    const one = async (step: number) => {
      const killed = promisify(execFile)(process.execPath, [...node, root, String(step), String(step)]);
      await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
      await rollBackAll();
      expect({ step, tree: await photograph() }).toEqual({ step, tree: before });
    };
    for (let step = 0; step < steps; step++) await one(step);
    expect(await photograph()).toEqual(before);
  }, 120_000);

  test('at any moment does the same', async () => {
    await fill();
    const before = await photograph();
    for (let round = 0; round < randomKills; round++) {
      const child = spawn(process.execPath, [...node, root, 'loop', String(round)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      const afterMs = (round * 37) % 120;
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      child.kill('SIGKILL');
      await once(child, 'exit');
      await rollBackAll();
      expect({ round, tree: await photograph() }).toEqual({ round, tree: before });
    }
  }, 600_000);
});

test('a full disk leaves the tree as it was', async (context) => {
  const disk = at('disk');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    context.skip();
  }
  try {
    const tree = await openWorktree(disk);
    await writeFile(join(disk, 'a'), 'old');
    const noise = Buffer.from(Array.from({ length: 250_000 }, (_, index) => (index * index * 7919) % 251));
    const full = tree.change([
      { path: 'a', content: 'new' },
      { path: 'b', content: noise },
      { path: 'c', content: noise.toReversed() },
    ]);
    await expect(full).rejects.toThrow('disk is full');
    expect(await readFile(join(disk, 'a'), 'utf8')).toBe('old');
    expect((await readdir(disk)).toSorted()).toEqual(['.capstan', 'a']);
    const { id } = await tree.change([{ path: 'a', content: 'new' }]);
    await tree.patches.rollback(id);
    expect(await readFile(join(disk, 'a'), 'utf8')).toBe('old');
    tree.close();
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});

describe('a link swapped in', () => {
  test('for a folder between resolving and writing is refused, and nothing is written through it', async () => {
    await mkdir(at('inside'));
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    const tree = await openWorktree(root, {
      probe: async (step) => {
        if (step !== 'intended') return;
        await rename(at('inside'), at('moved'));
        await symlink(outside, at('inside'));
      },
    });
    await expect(tree.change([{ path: 'inside/x', content: 'x' }])).rejects.toMatchObject({ code: 'path_outside' });
    expect(await readdir(outside)).toEqual([]);
    expect(await readdir(at('moved'))).toEqual([]);
    const next = await openWorktree(root);
    await next.change([{ path: 'other', content: 'x' }]);
    next.close();
    tree.close();
    await rm(outside, { recursive: true });
  });

  test('for a file is not written through', async () => {
    await writeFile(at('f'), 'old');
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await writeFile(join(outside, 'target'), 'untouched');
    const tree = await openWorktree(root, {
      probe: async (step) => {
        if (step !== 'intended') return;
        await rm(at('f'));
        await symlink(join(outside, 'target'), at('f'));
      },
    });
    await expect(tree.change([{ path: 'f', content: 'new' }])).rejects.toMatchObject({ code: 'conflict' });
    expect(await readFile(join(outside, 'target'), 'utf8')).toBe('untouched');
    tree.close();
    await rm(outside, { recursive: true });
  });
});

test('a file that someone makes while it is being made is theirs', async () => {
  const tree = await openWorktree(root, {
    probe: async (step) => {
      if (step === 'place new') await writeFile(at('new'), 'theirs');
    },
  });
  await expect(tree.change([{ path: 'new', content: 'ours' }])).rejects.toMatchObject({ code: 'conflict' });
  expect(await readFile(at('new'), 'utf8')).toBe('theirs');
  tree.close();
});

test('a tree that must not be written can still be opened and read', async () => {
  await writeFile(at('a'), 'x');
  await chmod(root, 0o555);
  const tree = await openWorktree(root);
  expect((await tree.read('a')).bytes.toString()).toBe('x');
  expect(await tree.patches.list()).toEqual([]);
  expect(await readdir(root)).toEqual(['a']);
  await chmod(root, 0o755);
});

test('a clock that is set back does not put patches out of order', async () => {
  await writeFile(at('a'), '0');
  const tree = await openWorktree(root);
  const first = await tree.change([{ path: 'a', content: '1' }], { runId: 'r' });
  const future = `02ZZZZZZZZ${first.id.slice(10)}`;
  for (const ending of ['diff', 'json', 'images']) {
    await rename(at(`.capstan/patches/${first.id}.${ending}`), at(`.capstan/patches/${future}.${ending}`));
  }
  const json = at(`.capstan/patches/${future}.json`);
  await writeFile(json, (await readFile(json, 'utf8')).replaceAll(first.id, future));
  const again = await openWorktree(root);
  const second = await again.change([{ path: 'a', content: '2' }], { runId: 'r' });
  expect(second.id > future).toBe(true);
  await again.patches.rollbackRun();
  expect(await readFile(at('a'), 'utf8')).toBe('0');
});
