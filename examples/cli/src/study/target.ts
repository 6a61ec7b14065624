import { statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { CodeIndex, PlacedSymbol } from '@capstan/code';
import { CapstanError } from '@capstan/sdk/contract';
import { fileRange, type FileRange } from '../run/file-range.ts';

/** What is asked about. */
export type Target =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'place'; readonly path: string; readonly lines?: readonly [number, number] }
  | { readonly kind: 'symbol'; readonly symbol: PlacedSymbol; readonly others: readonly PlacedSymbol[] };

/**
 * Reads `path`, `path:12`, `path:12-40`, `path#name` or the name of a declaration, also with its holder (`Store.open`).
 * Paths are relative to the current folder, or else to the root.
 *
 * @param words Empty: the repository.
 * @throws {CapstanError} `not_found` for what is neither, naming what is near.
 */
export function findTarget(index: CodeIndex, words: string, cwd: string): Target {
  const { root } = index;
  if (words === '') return { kind: 'folder', path: '' };
  const range = rangeIn(words, root, cwd);
  if (range) {
    const way = relative(root, join(root, range.path)).replaceAll('\\', '/');
    if (way.startsWith('..')) throw outsideOf(words, root);
    if (statSync(join(root, way)).isDirectory()) return { kind: 'folder', path: way };
    return { kind: 'place', path: way, ...(range.lines ? { lines: range.lines } : {}) };
  }
  const [path = '', name = words] = words.includes('#') ? words.split('#') : ['', words];
  const found = index
    .definitions(name)
    .filter((one) => path === '' || one.path === path || one.path.endsWith(`/${path}`));
  const [first, ...others] = found.toSorted(publicFirst);
  if (first) return { kind: 'symbol', symbol: first, others };
  const near = index.symbols({ name, limit: 3 }).map((one) => `${one.name} (${one.path}:${one.line})`);
  const hint = near.length === 0 ? '' : ` Near it: ${near.join(', ')}.`;
  const text = `There is no file ${words} under ${root}, and no declaration of that name.${hint}`;
  throw new CapstanError('not_found', text, { where: words });
}

/** A range of the current folder, or else of the root, with its path relative to the root. */
function rangeIn(words: string, root: string, cwd: string): FileRange | undefined {
  const inside = !relative(root, cwd).startsWith('..');
  for (const folder of inside ? [cwd, root] : [root]) {
    const found = tryRange(words, folder);
    if (found)
      return { ...found, path: relative(root, isAbsolute(found.path) ? found.path : resolve(folder, found.path)) };
  }
  return undefined;
}

function tryRange(words: string, folder: string): FileRange | undefined {
  try {
    return fileRange(words, folder);
  } catch (error) {
    if (error instanceof CapstanError && error.code === 'not_found') return undefined;
    throw error;
  }
}

function outsideOf(words: string, root: string): CapstanError {
  return new CapstanError('path_outside', `${words} lies outside ${root}. Name a file of this repository.`, {
    where: words,
  });
}

function publicFirst(one: PlacedSymbol, other: PlacedSymbol): number {
  const weight = ({ exported, container, path }: PlacedSymbol): number =>
    (exported ? 2 : 0) + (container === '' ? 1 : 0) - (/test|spec|example|fixture/i.test(path) ? 4 : 0);
  return weight(other) - weight(one);
}

/**
 * Finds a file, or lines of it, for a command that writes there.
 *
 * @returns The path relative to the root.
 * @throws {CapstanError} `not_found`, `invalid_config` for lines that are not there or a folder, `path_outside`.
 */
function fileInTree(words: string, root: string, cwd: string): FileRange {
  const range = rangeIn(words, root, cwd) ?? fileRange(words, root);
  const path = range.path.replaceAll('\\', '/');
  if (path.startsWith('..')) throw outsideOf(words, root);
  if (statSync(join(root, path)).isFile()) return { ...range, path };
  throw new CapstanError('invalid_config', `${path || words} is a folder. Name one file.`, { where: words });
}

/** The same, looked up once: a change may take lines away that were named. */
export function foundOnce(words: string, cwd: string): (root: string) => FileRange {
  let found: FileRange | undefined;
  return (root) => (found ??= fileInTree(words, root, cwd));
}
