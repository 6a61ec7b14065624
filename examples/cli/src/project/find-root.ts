import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface FindRootOptions {
  /** The user's home folder: it and what lies above are never taken as a work tree by search. */
  readonly home: string;
}

/**
 * Finds the root of the work tree around a folder: the nearest one with `.capstan` or `.git`, else the folder itself.
 *
 * Never a folder at or above the user's home, so that a stray `.git` there does not open everything to an agent.
 */
export function findRoot(folder: string, { home }: FindRootOptions): string {
  const start = real(folder);
  const above = ancestors(real(home));
  for (let at = start; !above.has(at); at = dirname(at)) {
    if (existsSync(join(at, '.git')) || existsSync(join(at, '.capstan'))) return at;
  }
  return start;
}

function ancestors(folder: string): ReadonlySet<string> {
  const all = new Set([folder]);
  for (let at = folder; dirname(at) !== at; at = dirname(at)) all.add(dirname(at));
  return all;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
