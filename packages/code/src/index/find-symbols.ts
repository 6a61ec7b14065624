import type { CodeSymbol, SymbolKind } from '../parse/facts.ts';
import { wordsOf } from '../parse/words.ts';
import type { LiveIndex } from './live-index.ts';
import { exactPrefix, namePrefix } from './segment-builder.ts';

/** A symbol with the file that declares it. */
export interface PlacedSymbol extends CodeSymbol {
  /** Relative to the root. */
  readonly path: string;
}

/** Which symbols to find. What is absent does not matter. */
export interface SymbolQuery {
  /** The name or the beginning or words of it, in any case. */
  readonly name?: string;
  readonly kind?: SymbolKind;
  /** Only in this file, or below this folder. */
  readonly path?: string;
  /** Default 50. */
  readonly limit?: number;
}

/** Finds symbols by name in the segments of an index, without decoding what cannot match. */
export interface SymbolFinder {
  outline(path: string): readonly CodeSymbol[];
  find(query: SymbolQuery): readonly PlacedSymbol[];
  /** Symbols of exactly this name; `Holder.name` narrows it down. */
  definitions(name: string): readonly PlacedSymbol[];
  /** Paths of the files whose text holds a name, whatever its case; undefined for a name that is not kept as a word. */
  filesWith(name: string): readonly string[] | undefined;
}

const maxKept = 512;

/** Makes a finder for an index as it is now. */
export function symbolFinder(index: LiveIndex): SymbolFinder {
  const kept = new Map<string, readonly CodeSymbol[]>();
  const pathsOf = pathsByKey(index);
  const outline = (path: string): readonly CodeSymbol[] => {
    const key = index.files.get(path)?.key ?? '';
    const known = kept.get(key);
    if (known) return known;
    const place = index.placeOf(key);
    const symbols = place ? place.segment.symbolsOf(place.doc) : [];
    if (kept.size >= maxKept) kept.clear();
    kept.set(key, symbols);
    return symbols;
  };
  const filesOfTerm = (term: string): string[] => {
    const paths = new Set<string>();
    for (const segment of index.segments) {
      const chunks = segment.postings(term)?.chunks ?? [];
      for (const chunk of chunks) for (const path of pathsOf(segment.keyOf(segment.docOfChunk(chunk)))) paths.add(path);
    }
    return [...paths].toSorted();
  };
  const definitions = (name: string): readonly PlacedSymbol[] => {
    const parts = name.split(/[.#]|::/);
    const last = parts.at(-1) ?? '';
    const holder = parts.slice(0, -1).join('.');
    const found = filesOfTerm(exactPrefix + last).flatMap((path) => placed(path, outline(path)));
    return found.filter((one) => one.name === last && (holder === '' || endsWithPart(one.container, holder)));
  };
  return {
    outline,
    definitions,
    filesWith(name) {
      const word = wordsOf(name).at(-1);
      return word === undefined ? undefined : filesOfTerm(word);
    },
    find: (query) => findSymbols(query, { index, outline, filesOfTerm }),
  };
}

function placed(path: string, symbols: readonly CodeSymbol[]): PlacedSymbol[] {
  return symbols.map((symbol) => ({ ...symbol, path }));
}

function endsWithPart(container: string, holder: string): boolean {
  return container === holder || container.endsWith(`.${holder}`);
}

function pathsByKey(index: LiveIndex): (key: string) => readonly string[] {
  const paths = new Map<string, string[]>();
  for (const { path, key } of index.files.values()) {
    if (key === undefined) continue;
    const known = paths.get(key);
    if (known) known.push(path);
    else paths.set(key, [path]);
  }
  return (key) => paths.get(key) ?? [];
}

interface Sources {
  readonly index: LiveIndex;
  readonly outline: (path: string) => readonly CodeSymbol[];
  readonly filesOfTerm: (term: string) => string[];
}

function findSymbols(query: SymbolQuery, sources: Sources): readonly PlacedSymbol[] {
  const { name = '', kind, path = '', limit = 50 } = query;
  const inside = (file: string): boolean =>
    path === '' || file === path || file.startsWith(`${path.replace(/\/$/, '')}/`);
  const wanted = (name.split(/[.#]|::/).at(-1) ?? '').trim();
  const files = wanted === '' ? [...sources.index.files.keys()] : candidateFiles(wanted, sources);
  const found: { readonly symbol: PlacedSymbol; readonly rank: number }[] = [];
  for (const file of files) {
    if (!inside(file)) continue;
    for (const symbol of sources.outline(file)) {
      if (kind !== undefined && symbol.kind !== kind) continue;
      const rank = wanted === '' ? 1 : rankOf(symbol, wanted);
      if (rank > 0) found.push({ symbol: { ...symbol, path: file }, rank });
    }
  }
  found.sort((one, other) => other.rank - one.rank || compare(one.symbol, other.symbol));
  return found.slice(0, limit).map(({ symbol }) => symbol);
}

/** Files that declare the name, one that begins with it, or one that holds its words. */
function candidateFiles(name: string, { index, filesOfTerm }: Sources): string[] {
  const files = new Set(filesOfTerm(exactPrefix + name));
  const lower = name.toLowerCase();
  const starts = new Set([
    name,
    lower,
    lower.charAt(0).toUpperCase() + lower.slice(1),
    name.charAt(0).toUpperCase() + name.slice(1),
  ]);
  for (const segment of index.segments) {
    for (const start of starts) {
      for (const term of segment.termsFrom(exactPrefix + start)) for (const path of filesOfTerm(term)) files.add(path);
    }
  }
  const words = wordsOf(name);
  const lists = (words.length > 1 ? words.slice(0, -1) : words).map((word) => new Set(filesOfTerm(namePrefix + word)));
  const [first, ...rest] = lists;
  for (const path of first ?? []) if (rest.every((list) => list.has(path))) files.add(path);
  return [...files];
}

function rankOf(symbol: CodeSymbol, wanted: string): number {
  const { name } = symbol;
  const bonus = (symbol.exported ? 0.2 : 0) + (symbol.container === '' ? 0.1 : 0);
  if (name === wanted) return 5 + bonus;
  const [lower, sought] = [name.toLowerCase(), wanted.toLowerCase()];
  if (lower === sought) return 4 + bonus;
  if (lower.startsWith(sought)) return 3 + bonus;
  const words = new Set(wordsOf(name));
  const parts = wordsOf(wanted);
  if ((parts.length > 1 ? parts.slice(0, -1) : parts).every((word) => words.has(word))) return 2 + bonus;
  return 0;
}

function compare(one: PlacedSymbol, other: PlacedSymbol): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.start - other.start;
}
