import { isSourcePath } from '../scan/repository-files.ts';

/** How much an unasked-for patch may change. */
export interface PatchLimits {
  /** Default 5. */
  readonly maxFiles?: number;
  /** Lines added and removed together. Default 200. */
  readonly maxLines?: number;
}

/** What a patch would change, file by file. */
export interface ChangedFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly added: number;
  readonly removed: number;
}

/**
 * Says which hard limit a patch breaks, in words that end with what to do; `undefined` when it keeps them all.
 *
 * A patch that improves what works changes few lines of source, and no configuration, test or dependency.
 */
export function brokenLimit(
  files: readonly ChangedFile[],
  { maxFiles = 5, maxLines = 200 }: PatchLimits = {},
): string | undefined {
  if (files.length > maxFiles)
    return `The patch changes ${files.length} files; at most ${maxFiles} may change at once. Split it.`;
  const lines = files.reduce((sum, file) => sum + file.added + file.removed, 0);
  if (lines > maxLines) return `The patch changes ${lines} lines; at most ${maxLines} may change at once. Split it.`;
  const outside = files.find((file) => !isSourcePath(file.path));
  return outside && `${outside.path} is a test, a configuration, a dependency or no source; leave it as it is.`;
}

/** Counts the lines that a unified diff adds and removes in each file. */
export function countDiff(diff: string): ChangedFile[] {
  const files: { path: string; added: number; removed: number }[] = [];
  let left = { before: 0, after: 0 };
  for (const line of diff.split('\n')) {
    const file = files.at(-1);
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (hunk) left = { before: Number(hunk[1] ?? 1), after: Number(hunk[2] ?? 1) };
    else if (file && (left.before > 0 || left.after > 0)) {
      if (line.startsWith('+')) file.added += 1;
      if (line.startsWith('-')) file.removed += 1;
      if (!line.startsWith('+') && !line.startsWith('\\')) left.before -= 1;
      if (!line.startsWith('-') && !line.startsWith('\\')) left.after -= 1;
    } else if (line.startsWith('diff --git ')) {
      files.push({ path: line.slice(line.lastIndexOf(' b/') + 3), added: 0, removed: 0 });
    }
  }
  return files;
}
