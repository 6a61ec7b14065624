import type { CodeSymbol, SymbolKind } from './facts.ts';
import { lineMap, type LineMap } from './line-map.ts';

const maxSignature = 200;

/** What a parser says of a declaration. */
export interface Declared {
  readonly name: string;
  readonly kind: SymbolKind;
  readonly container: string;
  readonly exported: boolean;
  readonly start: number;
  readonly end: number;
  readonly nameStart: number;
  /** Where the head begins, behind the decorators. Default: `start`. */
  readonly headStart?: number;
  /** Where the head ends and the body begins. */
  readonly headEnd: number;
}

/** Collects the symbols of one text. */
export interface SymbolList {
  readonly text: string;
  readonly lines: LineMap;
  add(declared: Declared): void;
  /** In the order of the text. */
  symbols(): readonly CodeSymbol[];
}

export function symbolList(text: string, lines: LineMap = lineMap(text)): SymbolList {
  const found: CodeSymbol[] = [];
  return {
    text,
    lines,
    add({ headStart = 0, headEnd, ...declared }) {
      if (declared.name === '') return;
      found.push({
        ...declared,
        line: lines.lineAt(declared.nameStart),
        column: lines.columnAt(declared.nameStart),
        endLine: lines.lineAt(Math.max(declared.start, declared.end - 1)),
        signature: signatureOf(text, Math.max(headStart, declared.start), headEnd),
      });
    },
    symbols: () => found.toSorted((one, other) => one.start - other.start || other.end - one.end),
  };
}

function signatureOf(text: string, start: number, end: number): string {
  const head = text.slice(start, Math.min(end, start + maxSignature * 3));
  const line = head
    .replace(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/[^\n]*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > maxSignature ? `${line.slice(0, maxSignature - 1)}…` : line;
}

/** Puts a name behind the names of what holds it. */
export function within(container: string, name: string): string {
  return container === '' ? name : `${container}.${name}`;
}
