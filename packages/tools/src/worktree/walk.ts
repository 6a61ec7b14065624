import type { Dirent } from 'node:fs';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { folderRules, isIgnored, outerRules } from './ignore-rules.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { isStateFolder } from './portable-name.ts';

/** Something found in a tree. */
export interface Found {
  /** Relative to the root with forward slashes. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

export interface WalkOptions {
  /** Folder to begin in, relative to the root; default the root. In a folder that is itself ignored, nothing else is. */
  readonly from?: string;
  /** Levels below `from`; 1 is the folder itself. Default: all. */
  readonly depth?: number;
  /** Whether ignore files count. Default true. */
  readonly ignoring?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Walks a tree folder by folder, in the order of names, ignore files honoured; links are given, never followed.
 *
 * Git's and Capstan's own folders are left out, folders that cannot be read are skipped. Each step gives what one folder
 * holds, so that a caller with thousands of files waits seldom; between steps others get their turn.
 */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<readonly Found[]> {
  const { from = '', depth = Number.POSITIVE_INFINITY, signal } = options;
  const start = from === '' || from === '.' ? '' : `${from}/`;
  const ignoring = (options.ignoring ?? true) && !isIgnoredPath(root, from);
  const pending: Level[] = [{ folder: start, above: ignoring ? rulesAbove(root, start) : undefined, depth }];
  let since = performance.now();
  for (let level = pending.pop(); level; level = pending.pop()) {
    signal?.throwIfAborted();
    const { found, below } = walkFolder(root, level, ignoring);
    pending.push(...below.toReversed());
    if (found.length > 0) yield found;
    if (performance.now() - since < 8) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
}

interface Level {
  /** Relative, with a slash behind; empty for the root. */
  readonly folder: string;
  readonly above: IgnoreRules | undefined;
  readonly depth: number;
}

function walkFolder(
  root: string,
  { folder, above, depth }: Level,
  ignoring: boolean,
): { found: Found[]; below: Level[] } {
  const listed = entriesOf(join(root, folder));
  const names = listed.map((entry) => entry.name);
  const rules = ignoring ? folderRules(root, folder, { above, names }) : undefined;
  const found: Found[] = [];
  const below: Level[] = [];
  for (const entry of listed.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isStateFolder(entry.name)) continue;
    const path = folder + entry.name;
    const directory = entry.isDirectory();
    if (isIgnored(rules, directory ? `${path}/` : path)) continue;
    found.push({ path, kind: kindOf(entry) });
    if (directory && depth > 1) below.push({ folder: `${path}/`, above: rules, depth: depth - 1 });
  }
  return { found, below };
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Tells whether a file or folder of a tree is ignored, by itself or with a folder it lies in. */
export function isIgnoredPath(root: string, path: string): boolean {
  if (path === '' || path === '.') return false;
  let rules = outerRules(root);
  let folder = '';
  for (const name of path.split('/')) {
    rules = folderRules(root, folder, { above: rules, names: namesIn(root, folder) });
    if (isIgnored(rules, `${folder}${name}/`) || isIgnored(rules, folder + name)) return true;
    folder += `${name}/`;
  }
  return false;
}

function rulesAbove(root: string, start: string): IgnoreRules | undefined {
  let rules = outerRules(root);
  let folder = '';
  for (const name of start.split('/').slice(0, -1)) {
    rules = folderRules(root, folder, { above: rules, names: namesIn(root, folder) });
    folder += `${name}/`;
  }
  return rules;
}

function namesIn(root: string, folder: string): string[] {
  return entriesOf(join(root, folder)).map((entry) => entry.name);
}

function kindOf(entry: Dirent): Found['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
