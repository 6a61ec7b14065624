import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ignore from 'ignore';
import type { Ignore } from 'ignore';
import { findGit } from './git-index.ts';
import { toPosix } from './locate.ts';

/** Ignore rules of one folder and, through `above`, of those that hold it. */
export interface IgnoreRules {
  readonly above: IgnoreRules | undefined;
  /** Turns a path relative to the root into one relative to the folder of the rules. */
  readonly localPath: (path: string) => string;
  readonly own: Ignore;
}

/** Names of the files whose rules every tool honours. */
export const ignoreFiles: readonly string[] = ['.gitignore', '.ignore'];

/**
 * Reads the rules that hold for a whole tree from outside it: those of the folders above, up to the top of the
 * repository, and the repository's own exclude file.
 */
export function outerRules(root: string): IgnoreRules | undefined {
  const place = findGit(root);
  if (!place) return undefined;
  const inside = toPosix(relative(place.top, root));
  const exclude = join(place.gitFolder, 'info', 'exclude');
  let rules = withRules(
    undefined,
    [exclude].filter((file) => existsSync(file)),
    prefixed(inside),
  );
  if (inside === '') return rules;
  const names = inside.split('/');
  for (let depth = 0; depth < names.length; depth++) {
    const folder = join(place.top, ...names.slice(0, depth));
    const files = ignoreFiles.map((name) => join(folder, name)).filter((file) => existsSync(file));
    rules = withRules(rules, files, prefixed(names.slice(depth).join('/')));
  }
  return rules;
}

function prefixed(prefix: string): (path: string) => string {
  return prefix === '' ? (path) => path : (path) => `${prefix}/${path}`;
}

export interface FolderRulesOptions {
  readonly above: IgnoreRules | undefined;
  /** What the folder holds. */
  readonly names: readonly string[];
  readonly files?: readonly string[];
}

/**
 * Adds the rules of one folder of the tree, from its `.gitignore` and `.ignore`.
 *
 * @param folder Relative to the root with a slash behind; empty for the root.
 * @param options `files` names other files to read rules from than these two.
 * @returns `above` itself when the folder has no rules of its own.
 */
export function folderRules(
  root: string,
  folder: string,
  { above, names, files = ignoreFiles }: FolderRulesOptions,
): IgnoreRules | undefined {
  const found = files.filter((name) => names.includes(name)).map((name) => join(root, folder, name));
  return withRules(above, found, (path) => path.slice(folder.length));
}

function withRules(
  above: IgnoreRules | undefined,
  files: readonly string[],
  localPath: (path: string) => string,
): IgnoreRules | undefined {
  if (files.length === 0) return above;
  const own = ignore({ ignorecase: false });
  for (const file of files) own.add(textOf(file));
  return { above, localPath, own };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Tells whether rules exclude a path; the innermost rule that speaks of it decides.
 *
 * @param path Relative to the root, with a slash behind when it is a folder.
 */
export function isIgnored(rules: IgnoreRules | undefined, path: string): boolean {
  for (let level = rules; level; level = level.above) {
    const { ignored, unignored } = level.own.test(level.localPath(path));
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}
