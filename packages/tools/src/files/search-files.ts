import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { walk } from '../worktree/walk.ts';
import { decodeText } from './text-encoding.ts';

/** What to search and how much of it to give. */
export interface Search {
  readonly root: string;
  /** Folder or file, relative to the root; `.` for all. */
  readonly from: string;
  readonly matches: (path: string) => boolean;
  /** Lines to give around each match. */
  readonly context: number;
  /** Most matching lines. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** What was found, in the order of paths and lines. */
export interface SearchResult {
  readonly files: readonly FileMatches[];
  /** There may be more. */
  readonly cut: boolean;
}

export interface FileMatches {
  readonly path: string;
  readonly lines: readonly FoundLine[];
}

export interface FoundLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** False for a line shown around a match. */
  readonly match: boolean;
}

/** Searches with JavaScript's own engine. */
export async function searchFiles(expression: RegExp, search: Search): Promise<SearchResult> {
  const files: FileMatches[] = [];
  let left = search.limit;
  for (const path of await candidates(search)) {
    search.signal.throwIfAborted();
    const text = await textOf(join(search.root, path));
    if (text === undefined) continue;
    const lines = searchText(text, expression, { left, context: search.context });
    if (lines.length === 0) continue;
    files.push({ path, lines });
    left -= lines.filter((line) => line.match).length;
    if (left <= 0) return { files, cut: true };
  }
  return { files, cut: false };
}

/** The order of paths: by their names from the root on. */
export function comparePaths(one: string, other: string): number {
  const [a, b] = [one.replaceAll('/', '\0'), other.replaceAll('/', '\0')];
  return a < b ? -1 : a > b ? 1 : 0;
}

async function candidates({ root, from, matches, signal }: Search): Promise<string[]> {
  const paths: string[] = [];
  let any = false;
  for await (const level of walk(root, { from, signal })) {
    any = true;
    for (const { path, kind } of level) if (kind === 'file' && matches(path)) paths.push(path);
  }
  if (!any && from !== '.') return [from];
  return paths.toSorted(comparePaths);
}

async function textOf(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  return bytes && decodeText(bytes)?.text;
}

function searchText(
  text: string,
  expression: RegExp,
  { left, context }: { left: number; context: number },
): FoundLine[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const found: FoundLine[] = [];
  let next = 0;
  let hits = 0;
  for (let index = 0; index < lines.length && hits < left; index++) {
    if (!expression.test(lineAt(lines, index))) continue;
    hits++;
    for (let at = Math.max(next, index - context); at < index; at++)
      found.push({ number: at + 1, text: lineAt(lines, at), match: false });
    found.push({ number: index + 1, text: lineAt(lines, index), match: true });
    next = index + 1;
    const last = Math.min(lines.length - 1, index + context);
    for (; next <= last && !expression.test(lineAt(lines, next)); next++) {
      found.push({ number: next + 1, text: lineAt(lines, next), match: false });
    }
  }
  return found;
}

function lineAt(lines: readonly string[], index: number): string {
  const line = lines[index] ?? '';
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
