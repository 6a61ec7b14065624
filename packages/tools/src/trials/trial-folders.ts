import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { processMark } from '../worktree/process-mark.ts';
import type { Git } from '../git/git.ts';

/** The folder of this process's trials, whose name tells whose it is: what a dead process left is known by it. */
export function makeTrialFolder(parent: string): Promise<string> {
  return mkdtemp(join(realpathSync(parent), `capstan-trials-${process.pid}-${printOf(process.pid)}-`));
}

/** Adds a git work tree of the current commit, without a branch. No hook runs. */
export async function addTree(git: Git, path: string, signal: AbortSignal): Promise<void> {
  await git.run(['worktree', 'add', '--detach', '--no-guess-remote', '--', path, 'HEAD'], {
    signal,
    timeoutMs: 600_000,
  });
}

/** Takes a work tree away, whatever is in it, and its folder once that is empty. */
export async function removeTree(git: Git, path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
  // Two removals at once would meet in git's own lock.
  await git.attempt(['worktree', 'remove', '--force', '--force', '--', path]);
  await rmdir(dirname(path)).catch(() => {});
}

/**
 * Takes away what trials of dead processes left: in this repository and, where another repository left only files, in the
 * folder of trials.
 *
 * @returns The work trees that were taken away.
 */
export async function pruneTrials(git: Git, parent: string): Promise<readonly string[]> {
  const listed = (await git.run(['worktree', 'list', '--porcelain', '-z'])).split('\0');
  const trees = listed.flatMap((line) => (line.startsWith('worktree ') ? [line.slice('worktree '.length)] : []));
  const left = trees.filter((path) => isLeft(basename(dirname(path))));
  for (const path of left) await removeTree(git, path);
  for (const path of foldersLeft(realpathSync(parent))) await rm(path, { recursive: true, force: true });
  return left;
}

function foldersLeft(parent: string): readonly string[] {
  const mine = process.getuid?.();
  return readdirSync(parent)
    .filter(isLeft)
    .map((name) => join(parent, name))
    .filter((path) => {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      return stats?.isDirectory() === true && (mine === undefined || stats.uid === mine);
    });
}

function isLeft(name: string): boolean {
  const [, pid, print] = /^capstan-trials-(\d+)-([0-9a-f]{8})-\w{6}$/.exec(name) ?? [];
  return pid !== undefined && printOf(Number(pid)) !== print;
}

/** Tells a process from a later one of the same number. */
function printOf(pid: number): string {
  return createHash('sha256').update(processMark(pid)).digest('hex').slice(0, 8);
}
