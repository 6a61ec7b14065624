import { CapstanError } from '@capstan/sdk/contract';
import type { CodeIndex } from '../context/code-index.ts';
import type { PlacedSymbol } from '../index/find-symbols.ts';
import { lineMap } from '../parse/line-map.ts';
import type { SourceFiles } from './source-files.ts';
import { treePath } from './tree-path.ts';

/** The place of a name. */
export interface Target {
  /** Relative to the root. */
  readonly path: string;
  /** Within the name, in the text without its mark. */
  readonly offset: number;
}

/**
 * Finds the place that a target names.
 *
 * @param text `path:line`, `path:line:column`, `path#symbol` or a name.
 * @throws {CapstanError} `not_found`, `invalid_config` where several fit, `path_outside`.
 */
export function findTarget(text: string, index: CodeIndex, files: SourceFiles): Target {
  const place = /^(.+?):(\d+)(?::(\d+))?$/.exec(text);
  if (place) {
    const [, path = '', line = '', column] = place;
    return atPlace(treePath(files.root, path), { line: Number(line), column: column && Number(column) }, index, files);
  }
  const [, path, symbol = text] = /^(.+)#(.+)$/.exec(text) ?? [];
  const found =
    path === undefined ? index.definitions(symbol) : named(index, treePath(files.root, path), symbol.split('.'));
  return targetOf(onlyOne(found, text), files);
}

function named(index: CodeIndex, path: string, parts: readonly string[]): readonly PlacedSymbol[] {
  if (!index.file(path)) throw notThere(path);
  const holder = parts.slice(0, -1).join('.');
  const own = index.outline(path).filter(({ name }) => name === parts.at(-1));
  const exact = own.filter(({ container }) => container === holder);
  const inside = own.filter(({ container }) => holder === '' || container.endsWith(`.${holder}`));
  return (exact.length > 0 ? exact : inside).map((symbol) => ({ ...symbol, path }));
}

function onlyOne(found: readonly PlacedSymbol[], text: string): PlacedSymbol {
  // Overloads, and a type and a value of one name, are one symbol.
  const places = new Map(found.map((one) => [`${one.path}#${one.container}`, one] as const));
  const [first, ...others] = [...places.values()];
  if (!first) {
    throw new CapstanError(
      'not_found',
      `No symbol is called ${text}. Find it with "capstan search" or give path:line.`,
      {
        where: text,
      },
    );
  }
  if (others.length === 0) return first;
  const rows = [first, ...others]
    .slice(0, 10)
    .map(({ path, line, column, kind }) => `  ${path}:${line}:${column}  ${kind}`);
  throw new CapstanError(
    'invalid_config',
    [`Several symbols are called ${text}. Name one by its place:`, ...rows].join('\n'),
    {
      where: text,
    },
  );
}

function targetOf({ path, nameStart }: PlacedSymbol, files: SourceFiles): Target {
  return { path, offset: nameStart - (files.disk(path)?.mark.length ?? 0) };
}

interface Place {
  readonly line: number;
  readonly column: number | string | undefined;
}

function atPlace(path: string, { line, column }: Place, index: CodeIndex, files: SourceFiles): Target {
  const text = files.text(path);
  if (text === undefined) throw notThere(path);
  if (typeof column === 'number') return { path, offset: offsetAt(path, text, { line, column }) };
  const own = index.outline(path).filter((one) => one.line === line);
  const top = own.filter(({ container }) => own.every((other) => other.container.length >= container.length));
  return targetOf(
    onlyOne(
      (top.length > 0 ? top : own).map((one) => ({ ...one, path })),
      `${path}:${line}`,
    ),
    files,
  );
}

/**
 * Gives the offset of a line and column.
 *
 * @throws {CapstanError} `not_found` behind the end of the line or text.
 */
export function offsetAt(
  path: string,
  text: string,
  { line, column }: { readonly line: number; readonly column: number },
): number {
  const lines = lineMap(text);
  const offset = lines.startOf(line) + column - 1;
  if (line >= 1 && line <= lines.count && column >= 1 && offset <= lines.startOf(line + 1)) return offset;
  throw new CapstanError('not_found', `${path} has no line ${line} with column ${column}.`, {
    where: `${path}:${line}:${column}`,
  });
}

function notThere(path: string): CapstanError {
  return new CapstanError('not_found', `There is no source file ${path}. Give a path below the root.`, { where: path });
}

/** Names a place of a text as `path:line:column`. */
export function placeOf(path: string, text: string, offset: number): string {
  const lines = lineMap(text);
  return `${path}:${lines.lineAt(offset)}:${lines.columnAt(offset)}`;
}
