import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { CodeIndex, IndexedFile } from '../context/code-index.ts';
import type { PlacedSymbol } from '../index/find-symbols.ts';
import type { Reference } from '../index/references.ts';
import type { CodeSymbol } from '../parse/facts.ts';
import { lineMap, type LineMap } from '../parse/line-map.ts';
import { measuredText, type MeasuredText, type Measures } from './measure.ts';
import { placeHistory, type PastChange } from './place-history.ts';
import { readPast, testsOf, type PlaceTest } from './tests-of.ts';

/** Where to look. */
export interface Place {
  /** Relative to the root. */
  readonly path: string;
  /** First and last line, from 1. */
  readonly lines?: readonly [first: number, last: number];
}

export interface DescribeOptions {
  /** Most references and callers that are told of one by one. Default 20. */
  readonly limit?: number;
  /** Most commits. Default 8. */
  readonly commits?: number;
  /** Tells which files must not be shown; they are as if they were not there. */
  readonly mask?: (path: string) => boolean;
  readonly signal?: AbortSignal;
}

/** A declaration with its figures. */
export interface DescribedSymbol extends Pick<
  CodeSymbol,
  'name' | 'kind' | 'container' | 'signature' | 'exported' | 'line' | 'endLine'
> {
  /** The comment of its own; absent where there is none. */
  readonly doc?: string;
  readonly measures?: Measures;
}

/** A place in a file, in few words: for lists. */
export interface NamedPlace {
  readonly name: string;
  readonly path: string;
  readonly line: number;
}

/** What is known of a place without any model. */
export interface PlaceDescription {
  readonly path: string;
  readonly lines?: readonly [number, number];
  readonly file: IndexedFile;
  /** The innermost declaration around the lines. */
  readonly symbol?: DescribedSymbol;
  /** Declarations of the file, or those that the lines touch. */
  readonly outline: readonly DescribedSymbol[];
  readonly imports: readonly { readonly specifier: string; readonly line: number; readonly files: readonly string[] }[];
  readonly importedBy: readonly string[];
  /** Uses of the symbol beside its declaration; of a file, of what it exports. */
  readonly references: {
    readonly total: number;
    /** Those that scope and imports make certain. */
    readonly sure: number;
    readonly shown: readonly Pick<Reference, 'path' | 'line' | 'role' | 'text' | 'sure'>[];
  };
  readonly callers: readonly NamedPlace[];
  readonly calls: readonly NamedPlace[];
  readonly tests: readonly PlaceTest[];
  /** The last commits that touched it, the newest first. */
  readonly history: readonly PastChange[];
  /** Commits that touched the file, at most 1,000. */
  readonly churn: number;
  /** Of the whole file; absent where it is not read by its syntax. */
  readonly measures?: Measures;
}

/**
 * Tells what is known of a file, or of the declaration around some lines of it, without any model.
 *
 * @throws {CapstanError} `not_found` for a file that the index has not or lines that the file has not.
 */
export async function describePlace(
  index: CodeIndex,
  { path, lines }: Place,
  options: DescribeOptions = {},
): Promise<PlaceDescription> {
  const { limit = 20, commits = 8, mask = () => true, signal } = options;
  const file = fileAt(index, path, lines);
  const text = textOf(index, path);
  await readPast(index, signal);
  const measured = measuredText(path, text);
  const all = index.outline(path);
  const around = lines && innermost(all, lines, lineMap(text));
  const symbol = around && { ...around, path };
  const within = lines && symbol ? ([Math.min(symbol.line, lines[0]), symbol.endLine] as const) : lines;
  const told = lines ? touching(all, lines) : all.filter(({ kind }) => kind !== 'field');
  const uses = (symbol ? [symbol] : exportedOf(all, path)).flatMap((one) => usesOf(index, one, mask));
  const named = (one: PlacedSymbol, line: number): NamedPlace => ({ name: fullName(one), path: one.path, line });
  const callers = symbol ? callersIn(index, uses) : [];
  const calls = symbol ? index.callsFrom(symbol).filter(({ to }) => mask(to.path)) : [];
  return {
    path,
    ...(lines ? { lines } : {}),
    file,
    ...(symbol ? { symbol: describe(symbol, measured) } : {}),
    outline: told.map((one) => describe(one, measured)),
    imports: index
      .importsOf(path)
      .map(({ specifier, line, files }) => ({ specifier, line, files: files.filter(mask) })),
    importedBy: index.importersOf(path).filter(mask),
    references: {
      total: uses.length,
      sure: uses.filter(({ sure }) => sure).length,
      shown: uses.toSorted(surestFirst).slice(0, limit).map(briefly),
    },
    callers: callers.slice(0, limit),
    calls: once(calls.map(({ to }) => named(to, to.line))).slice(0, limit),
    tests: testsOf(index, path, uses).filter((one) => mask(one.path)),
    ...(await pastOf(index.root, path, { lines: within, commits, signal })),
    ...(measured ? { measures: measured.of({ start: 0, end: text.length }) } : {}),
  };
}

interface Past {
  readonly lines: Place['lines'];
  readonly commits: number;
  readonly signal: AbortSignal | undefined;
}

async function pastOf(root: string, path: string, { lines, commits, signal }: Past) {
  const [whole, ofLines] = await Promise.all([
    placeHistory(root, path, { limit: 1000, signal }),
    lines && placeHistory(root, path, { lines, limit: commits, signal }),
  ]);
  return { history: (ofLines ?? whole).slice(0, commits), churn: whole.length };
}

function fileAt(index: CodeIndex, path: string, lines: Place['lines']): IndexedFile {
  const file = index.file(path);
  if (!file) {
    const skipped = index.skipped().find((one) => one.path === path);
    const why = skipped ? `it is ${skipped.reason}` : 'git ignores it, or there is none';
    throw new CapstanError('not_found', `The index has no ${path}: ${why}.`, { where: path });
  }
  if (lines && lines[1] > Math.max(1, file.lines)) {
    const range = lines[0] === lines[1] ? `${lines[0]}` : `${lines[0]}-${lines[1]}`;
    const text = `${path} has ${file.lines} lines; ${range} lies behind its end.`;
    throw new CapstanError('not_found', text, { where: path });
  }
  return file;
}

function textOf({ root }: CodeIndex, path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (cause) {
    throw new CapstanError('not_found', `${path} cannot be read any more.`, { where: path }, { cause });
  }
}

/** The smallest declaration that holds all lines; decorators stand above its name. */
function innermost(
  symbols: readonly CodeSymbol[],
  [first, last]: readonly [number, number],
  map: LineMap,
): CodeSymbol | undefined {
  const around = symbols.filter((one) => map.lineAt(one.start) <= first && one.endLine >= last);
  return around.toSorted((one, other) => one.end - one.start - (other.end - other.start))[0];
}

function touching(symbols: readonly CodeSymbol[], [first, last]: readonly [number, number]): readonly CodeSymbol[] {
  return symbols.filter((one) => one.line <= last && one.endLine >= first);
}

const maxExports = 40;

function exportedOf(symbols: readonly CodeSymbol[], path: string): PlacedSymbol[] {
  return symbols
    .filter(({ exported, container }) => exported && container === '')
    .slice(0, maxExports)
    .map((one) => ({ ...one, path }));
}

function usesOf(index: CodeIndex, symbol: PlacedSymbol, mask: (path: string) => boolean): Reference[] {
  return index.references(symbol).filter(({ role, path }) => role !== 'declaration' && mask(path));
}

function surestFirst(one: Reference, other: Reference): number {
  const weight = ({ sure, role }: Reference): number => (sure ? 2 : 0) + (role === 'import' ? 0 : 1);
  return weight(other) - weight(one);
}

function briefly({ path, line, role, text, sure }: Reference) {
  return { path, line, role, text, sure };
}

function describe(symbol: CodeSymbol, measured: MeasuredText | undefined): DescribedSymbol {
  const { name, kind, container, signature, exported, line, endLine } = symbol;
  const doc = measured?.docOf(symbol) ?? '';
  return {
    name,
    kind,
    container,
    signature,
    exported,
    line,
    endLine,
    ...(doc === '' ? {} : { doc }),
    ...(measured ? { measures: measured.of(symbol) } : {}),
  };
}

/** The declarations that certain calls stand in, each call once; calls at the top of tests are told as tests. */
export function callersIn(index: CodeIndex, uses: readonly Reference[]): readonly NamedPlace[] {
  return uses
    .filter(({ role, sure }) => role === 'call' && sure)
    .flatMap(({ path, line }): NamedPlace[] => {
      const holder = index.symbolAt(path, line);
      if (!holder && index.file(path)?.kind === 'test') return [];
      return [{ name: holder ? fullName(holder) : path.slice(path.lastIndexOf('/') + 1), path, line }];
    });
}

/** A symbol's name with what holds it: `Store.open`. */
export function fullName({ name, container }: Pick<CodeSymbol, 'name' | 'container'>): string {
  return container === '' ? name : `${container}.${name}`;
}

function once(places: readonly NamedPlace[]): NamedPlace[] {
  return [...new Map(places.map((one) => [`${one.path}:${one.line}`, one])).values()];
}
