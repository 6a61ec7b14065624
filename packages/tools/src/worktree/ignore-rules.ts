import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from 'ignore';
import type { Ignore } from 'ignore';

/** Ignore rules of one folder and, through `above`, of those that hold it. */
export interface IgnoreRules {
  readonly above: IgnoreRules | undefined;
  /** Folder the patterns are relative to: relative to the root with a slash behind, empty for the root. */
  readonly folder: string;
  readonly own: Ignore;
}

/**
 * Reads the rules of one folder: `.gitignore`, then `.ignore`, and for the root also `.git/info/exclude`.
 *
 * @returns `above` itself when the folder has no rules of its own.
 */
export async function readIgnoreRules(
  root: string,
  folder: string,
  { above, names }: { readonly above: IgnoreRules | undefined; readonly names: readonly string[] },
): Promise<IgnoreRules | undefined> {
  const files = ignoreFiles.filter((name) => names.includes(name)).map((name) => join(root, folder, name));
  if (folder === '' && names.includes('.git')) files.unshift(join(root, '.git', 'info', 'exclude'));
  if (files.length === 0) return above;
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const own = ignore({ ignorecase: false });
  for (const text of texts) own.add(text);
  return { above, folder, own };
}

const ignoreFiles = ['.gitignore', '.ignore'];

/**
 * Tells whether rules exclude a path; the innermost rule that speaks of it decides.
 *
 * @param path Relative to the root, with a slash behind when it is a folder.
 */
export function isIgnored(rules: IgnoreRules | undefined, path: string): boolean {
  for (let level = rules; level; level = level.above) {
    const { ignored, unignored } = level.own.test(path.slice(level.folder.length));
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}
