import { isAbsolute } from 'node:path';
import type { Effect } from '@capstan/policy';
import type { Location } from '../worktree/locate.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { outside } from '../worktree/locate.ts';

/** Where the paths of a call led when its effects were judged; a call whose paths lead elsewhere by then is refused. */
const judged = new WeakMap<object, Map<string, string>>();

/** Declares a read of a path as the model wrote it, and remembers where it led. */
export async function readEffect(worktree: Worktree, input: object, path: string): Promise<Effect> {
  const found = await noted(worktree, input, path);
  return { kind: 'read', path: found.absolute };
}

/** Declares a write of a path as the model wrote it, and remembers where it led. */
export async function writeEffect(worktree: Worktree, input: object, path: string): Promise<Effect> {
  const found = await noted(worktree, input, path);
  return { kind: 'write', path: found.absolute, change: found.exists ? 'modify' : 'create' };
}

/** Declares a deletion, which takes a link itself and not what it leads to. */
export async function deleteEffect(worktree: Worktree, path: string): Promise<Effect> {
  const { absolute } = await worktree.locate(path, { last: 'keep' });
  return { kind: 'write', path: absolute, change: 'delete' };
}

async function noted(worktree: Worktree, input: object, path: string): Promise<Location> {
  const found = await worktree.locate(path);
  const paths = judged.get(input) ?? new Map<string, string>();
  judged.set(input, paths.set(path, found.absolute));
  return found;
}

/**
 * Resolves a path of a call that is about to act.
 *
 * @throws {CapstanError} `path_outside` when it leads out of the tree or elsewhere than when the call was judged.
 */
export async function resolveJudged(worktree: Worktree, input: object, path: string): Promise<string> {
  const absolute = await worktree.resolve(path);
  const before = judged.get(input)?.get(path);
  if (before !== undefined && before !== absolute) throw outside(path, 'leads elsewhere since it was approved');
  return absolute;
}

/** A path for people and models: relative to the root where it can be. */
export function shownPath(worktree: Worktree, absolute: string): string {
  if (absolute === worktree.root) return '.';
  const inside = isAbsolute(absolute) && absolute.startsWith(worktree.root);
  return inside ? absolute.slice(worktree.root.length + 1).replaceAll('\\', '/') : absolute;
}
