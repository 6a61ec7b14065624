import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isIgnored, readIgnoreRules } from './ignore-rules.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { isStateFolder } from './portable-name.ts';

/** Something found in a tree. */
export interface Found {
  /** Relative to the root with forward slashes. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

export interface WalkOptions {
  /** Folder to begin in, relative to the root; default the root. Its own being ignored does not matter. */
  readonly from?: string;
  /** Levels below `from`; 1 is the folder itself. Default: all. */
  readonly depth?: number;
  /** Whether ignore files count. Default true. */
  readonly ignoring?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Walks a tree in the order of names, ignore files honoured; links are given, never followed.
 *
 * Git's and Capstan's own folders are left out, folders that cannot be read are skipped.
 */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<Found> {
  const { from = '', depth = Number.POSITIVE_INFINITY, ignoring = true, signal } = options;
  const start = from === '' || from === '.' ? '' : `${from}/`;
  const above = ignoring ? await rulesAbove(root, start) : undefined;
  yield* walkFolder({ root, ignoring, signal }, { folder: start, above, depth });
}

interface WalkContext {
  readonly root: string;
  readonly ignoring: boolean;
  readonly signal: AbortSignal | undefined;
}

interface WalkLevel {
  /** Relative, with a slash behind; empty for the root. */
  readonly folder: string;
  readonly above: IgnoreRules | undefined;
  readonly depth: number;
}

async function* walkFolder(context: WalkContext, { folder, above, depth }: WalkLevel): AsyncGenerator<Found> {
  context.signal?.throwIfAborted();
  const listed = await readdir(join(context.root, folder), { withFileTypes: true }).catch((): Dirent[] => []);
  const names = listed.map((entry) => entry.name);
  const rules = context.ignoring ? await readIgnoreRules(context.root, folder, { above, names }) : undefined;
  for (const entry of listed.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isStateFolder(entry.name)) continue;
    const path = folder + entry.name;
    const directory = entry.isDirectory();
    if (isIgnored(rules, directory ? `${path}/` : path)) continue;
    yield { path, kind: kindOf(entry) };
    if (directory && depth > 1) yield* walkFolder(context, { folder: `${path}/`, above: rules, depth: depth - 1 });
  }
}

async function rulesAbove(root: string, start: string): Promise<IgnoreRules | undefined> {
  let rules: IgnoreRules | undefined;
  let folder = '';
  for (const name of start.split('/').slice(0, -1)) {
    const names = await readdir(join(root, folder)).catch((): string[] => []);
    rules = await readIgnoreRules(root, folder, { above: rules, names });
    folder += `${name}/`;
  }
  return rules;
}

function kindOf(entry: Dirent): Found['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
