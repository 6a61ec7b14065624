import { readdir } from 'node:fs/promises';
import { isAbsolute, join, posix } from 'node:path';
import type { Policy } from '@capstan/policy';
import { CapstanError, isCapstanError } from '../contract/errors.ts';
import type { TextCache } from './text-cache.ts';

/** The part of a work tree that prompt layers read; `openWorktree` of `@capstan/tools` gives it. */
export interface PromptTree {
  /** Absolute, links followed. */
  readonly root: string;
  /** Follows a path, links too. @throws {CapstanError} `path_outside` for one that leads out of the tree. */
  resolve(path: string): string | Promise<string>;
}

/** A folder that texts of the prompt come from. */
export interface PromptSource {
  readonly owner: 'user' | 'workspace';
  readonly root: string;
  /** Reads a text. `undefined` where no file is; `refused` with the reason for one that must not be taken. */
  read(path: string): Promise<SourceText | undefined>;
  /** Names in a folder, sorted; empty where none is. */
  list(folder: string): Promise<readonly string[]>;
}

export type SourceText =
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly refused: string };

/** The user's own folder: its links may lead anywhere. */
export function userSource(root: string, cache: TextCache): PromptSource {
  const locate = (path: string) => join(root, path);
  return {
    owner: 'user',
    root,
    read: async (path) => found(locate(path), await cache.read(locate(path))),
    list: (folder) => names(locate(folder)),
  };
}

/** A work tree: what leads out of it, and what a policy does not allow to be read unasked, is refused. */
export function treeSource(tree: PromptTree, cache: TextCache, policy?: Policy): PromptSource {
  return {
    owner: 'workspace',
    root: tree.root,
    async read(path) {
      const place = await placeOf(tree, path);
      if ('refused' in place) return place;
      const text = await cache.read(place.file);
      if (!text) return undefined;
      const verdict = policy && (await verdictOn(policy, place.file));
      if (verdict) return { file: place.file, refused: verdict };
      return found(place.file, text);
    },
    async list(folder) {
      const place = await placeOf(tree, folder);
      return 'refused' in place ? [] : names(place.file);
    },
  };
}

/**
 * Works out the path of a file named by another, relative to its folder.
 *
 * @returns Relative to the source's root; `undefined` for what would leave it.
 */
export function pathFrom(from: string, target: string): string | undefined {
  if (isAbsolute(target) || /^[a-z]:|^~|\\/i.test(target)) return undefined;
  const path = posix.normalize(posix.join(posix.dirname(from), target));
  return path === '..' || path.startsWith('../') ? undefined : path;
}

async function placeOf(tree: PromptTree, path: string): Promise<{ file: string } | { file: string; refused: string }> {
  try {
    return { file: await tree.resolve(path) };
  } catch (error) {
    if (!isCapstanError(error) || error.code !== 'path_outside') throw error;
    return { file: join(tree.root, path), refused: 'leads out of the work tree' };
  }
}

async function verdictOn(policy: Policy, path: string): Promise<string | undefined> {
  const { decide } = await import('@capstan/policy');
  const { verdict, rule } = decide(policy, { effects: [{ kind: 'read', path }] });
  return verdict === 'allow' ? undefined : `is not to be read unasked (rule ${rule})`;
}

function found(file: string, cached: Awaited<ReturnType<TextCache['read']>>): SourceText | undefined {
  return cached && { file, ...cached };
}

async function names(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.toSorted((a, b) => (a < b ? -1 : 1));
}

/** An error that names a file of prompts. */
export function wrongPrompt(where: string, why: string): CapstanError {
  return new CapstanError('invalid_config', `${where}: ${why}`, { where });
}
