import type { CodeSymbol, ExportFact, FileFacts, ImportFact, SymbolKind } from '../parse/facts.ts';

const kinds: readonly SymbolKind[] = [
  'function',
  'class',
  'method',
  'interface',
  'type',
  'enum',
  'variable',
  'field',
  'namespace',
];

type SymbolRow = readonly [
  name: string,
  kind: number,
  container: string,
  exported: 0 | 1,
  start: number,
  end: number,
  nameStart: number,
  line: number,
  column: number,
  endLine: number,
  signature: string,
];
type ImportRow = readonly [specifier: string, kind: ImportFact['kind'], names: ImportFact['names'], line: number];

/** What a file links to and gives, apart from its symbols, so that the graph of modules is read without them. */
export interface Links {
  readonly imports: readonly ImportFact[];
  readonly exports: readonly ExportFact[];
}

/** Symbols as they are kept. */
export function encodeSymbols(symbols: readonly CodeSymbol[]): string {
  const rows = symbols.map((one): SymbolRow => {
    const { name, kind, container, exported, start, end, nameStart, line, column, endLine, signature } = one;
    const flag = exported ? 1 : 0;
    return [name, kinds.indexOf(kind), container, flag, start, end, nameStart, line, column, endLine, signature];
  });
  return rows.length === 0 ? '' : JSON.stringify(rows);
}

/** Reads what `encodeSymbols` wrote. */
export function decodeSymbols(text: string): readonly CodeSymbol[] {
  if (text === '') return [];
  return (JSON.parse(text) as SymbolRow[]).map(
    ([name, kind, container, flag, start, end, nameStart, line, column, endLine, signature]) => ({
      name,
      kind: kinds[kind] ?? 'variable',
      container,
      exported: flag === 1,
      start,
      end,
      nameStart,
      line,
      column,
      endLine,
      signature,
    }),
  );
}

/** Imports and exports as they are kept. */
export function encodeLinks({ imports, exports }: Pick<FileFacts, 'imports' | 'exports'>): string {
  if (imports.length === 0 && exports.length === 0) return '';
  const rows = imports.map(({ specifier, kind, names, line }): ImportRow => [specifier, kind, names, line]);
  return JSON.stringify([rows, exports]);
}

/** Reads what `encodeLinks` wrote. */
export function decodeLinks(text: string): Links {
  if (text === '') return { imports: [], exports: [] };
  const [rows, exports] = JSON.parse(text) as [ImportRow[], ExportFact[]];
  return { imports: rows.map(([specifier, kind, names, line]) => ({ specifier, kind, names, line })), exports };
}
