import type { Reading } from './language.ts';

export type SymbolKind =
  | 'function'
  | 'class'
  | 'method'
  | 'interface'
  | 'type'
  | 'enum'
  | 'variable'
  | 'field'
  | 'namespace';

/** A named thing that a file declares. Offsets count UTF-16 units from 0, lines and columns from 1. */
export interface CodeSymbol {
  readonly name: string;
  readonly kind: SymbolKind;
  /** Names of what holds it, dotted from the outside in; empty at the top of the file. */
  readonly container: string;
  /** Seen from other files: exported in TypeScript and JavaScript, no leading `_` in Python, upper case in Go. */
  readonly exported: boolean;
  /** Of the declaration, its decorators and `export` included. */
  readonly start: number;
  /** Behind the last character of the declaration. */
  readonly end: number;
  /** Of the name itself. */
  readonly nameStart: number;
  /** Of the name. */
  readonly line: number;
  /** Of the name. */
  readonly column: number;
  /** Of the end of the declaration. */
  readonly endLine: number;
  /** The declaration's head in one line, at most 200 characters. */
  readonly signature: string;
}

/** One import, re-export or load of another module as it is written. */
export interface ImportFact {
  /** As written; in Python with its leading dots. */
  readonly specifier: string;
  readonly kind: 'import' | 'export' | 'dynamic' | 'require';
  /**
   * What comes in and its name here. `*` stands for the whole module, `default` for the default export. Of a re-export
   * the second is the name it is given on, `*` when all names are.
   */
  readonly names: readonly (readonly [imported: string, local: string])[];
  readonly line: number;
}

/** A name that a file gives to others, and its name inside. */
export type ExportFact = readonly [exported: string, local: string];

/** A run of lines that is scored and shown as one, cut at borders of the syntax. Lines count from 1, both included. */
export interface Chunk {
  readonly line: number;
  readonly endLine: number;
}

/** All that the index keeps of one content, whatever its path. */
export interface FileFacts {
  readonly reading: Reading;
  /** In the order of the text. */
  readonly symbols: readonly CodeSymbol[];
  readonly imports: readonly ImportFact[];
  readonly exports: readonly ExportFact[];
  readonly chunks: readonly Chunk[];
  readonly lines: number;
  /** The parser met errors; symbols are then a best effort. */
  readonly broken: boolean;
}

/** What a parser gives of a text. */
export interface Syntax {
  readonly symbols: readonly CodeSymbol[];
  readonly imports: readonly ImportFact[];
  readonly exports: readonly ExportFact[];
  readonly broken: boolean;
}
