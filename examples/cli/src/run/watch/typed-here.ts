import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { diffedFiles } from '../diff-files.ts';
import { tryGit } from '../git.ts';
import type { CommentOrder } from './comment-orders.ts';

/** Longest wait for git to end what it is doing, in milliseconds. */
const longestMs = 10_000;
const stepMs = 200;

/**
 * Keeps the orders that were typed into files here. What git itself wrote (checkout, pull, merge) may be a stranger's: it
 * is in git's index, or HEAD moves with it. Without git there is nothing to tell by, and all are kept.
 */
export async function typedHere(
  root: string,
  orders: readonly CommentOrder[],
  signal: AbortSignal,
): Promise<readonly CommentOrder[]> {
  const folder = tryGit(root, ['rev-parse', '--git-dir'])?.trim();
  if (folder === undefined) return orders;
  const head = tryGit(root, ['rev-parse', 'HEAD']);
  // Git writes files first, then its index, and moves HEAD last.
  const lock = resolve(root, folder, 'index.lock');
  for (let waited = 0; waited === 0 || (isThere(lock) && waited < longestMs); waited += stepMs)
    await pause(stepMs, undefined, { signal }).catch(() => {});
  if (isThere(lock) || tryGit(root, ['rev-parse', 'HEAD']) !== head) return [];
  return orders.filter((order) => isUnstaged(root, order));
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function isUnstaged(root: string, { path, source }: CommentOrder): boolean {
  const untracked = tryGit(root, ['ls-files', '--others', '--exclude-standard', '--', `:(literal)${path}`]);
  if (untracked?.trim()) return true;
  const diff = tryGit(root, ['diff', '--no-ext-diff', '--no-textconv', '--unified=0', '--', `:(literal)${path}`]) ?? '';
  return diffedFiles(diff).some(({ lines }) => [...lines.values()].includes(source));
}
