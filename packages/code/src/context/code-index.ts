import type { CallEdge } from '../index/call-edges.ts';
import type { FileKind } from '../index/file-kind.ts';
import type { PlacedSymbol, SymbolQuery } from '../index/find-symbols.ts';
import type { Reference } from '../index/references.ts';
import type { IndexChange } from '../index/live-index.ts';
import type { ResolvedImport } from '../index/module-graph.ts';
import type { SkipReason } from '../index/read-content.ts';
import type { CodeSymbol, ExportFact } from '../parse/facts.ts';
import type { Language } from '../parse/language.ts';
import type { Signal } from '../rank/rank-files.ts';
import type { RelatedTest } from '../rank/related-tests.ts';

/** A file of the index. */
export interface IndexedFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** Absent for text without a grammar of its own. */
  readonly language?: Language;
  readonly kind: FileKind;
  readonly lines: number;
  /** Its parser met errors; symbols are a best effort. */
  readonly broken: boolean;
}

/** A file that could be indexed and is not. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: SkipReason;
}

export interface SearchOptions {
  /** Most files. Default 10. */
  readonly limit?: number;
  /** Only files below this folder, or this file. */
  readonly path?: string;
  /** Only files of these kinds. Default: all, source before tests and documents. */
  readonly kinds?: readonly FileKind[];
  /** What the user works on now: files count more that lie near it in the graph of imports. */
  readonly work?: WorkAtHand;
  /** Tells which files must not be shown; they are as if they were not there. */
  readonly mask?: (path: string) => boolean;
  /** Whether past commits count. Default true. */
  readonly history?: boolean;
  /** Gives vectors of texts from a local model, one a text; the best files are then ordered by meaning too. */
  readonly embed?: (texts: readonly string[], signal?: AbortSignal) => Promise<readonly (readonly number[])[]>;
  readonly signal?: AbortSignal;
}

export interface WorkAtHand {
  /** Files that are open or were just changed; what the last 20 commits changed counts a little beside them. */
  readonly files?: readonly string[];
  /** Texts of issues and tasks that are open; their words count a little. */
  readonly issues?: readonly string[];
}

/** A file that answers a query. */
export interface SearchHit {
  readonly path: string;
  /** Higher is better; only comparable within one search. */
  readonly score: number;
  /** What speaks for it, from 0 to 1 each. */
  readonly signals: Readonly<Partial<Record<Signal, number>>>;
  /** The same in words. */
  readonly why: string;
  /** The lines that answer best. */
  readonly line: number;
  readonly endLine: number;
  /** Names declared in those lines. */
  readonly symbols: readonly string[];
}

export interface ContextOptions extends SearchOptions {
  /** Tokens that the pieces may take. Default 8,000. */
  readonly tokens?: number;
  /** Changes the text of each piece before it is given, for example to mask secrets. */
  readonly redact?: (text: string) => string;
}

/** A piece of a file for a prompt. */
export interface ContextPiece {
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  /** `outline` holds signatures instead of the text. */
  readonly form: 'lines' | 'outline';
  readonly text: string;
  readonly tokens: number;
  /** Why it is in. */
  readonly why: string;
}

export interface ContextReport {
  readonly pieces: readonly ContextPiece[];
  /** Estimated: a token for each three and a half characters. */
  readonly tokens: number;
  /** Files that fitted the query and not the budget. */
  readonly left: readonly string[];
}

export interface RepoMapOptions {
  /** Default 2,000. */
  readonly tokens?: number;
  readonly work?: WorkAtHand;
  readonly mask?: (path: string) => boolean;
  readonly signal?: AbortSignal;
}

export interface IndexStats {
  readonly files: number;
  readonly skipped: number;
  readonly symbols: number;
  readonly languages: Readonly<Record<string, number>>;
  /** Why the index was made anew when it was opened; absent when what was kept could be used. */
  readonly rebuilt?: string;
  /** Why it could not be kept on disk. */
  readonly unsaved?: string;
}

/**
 * What is known of a repository: files, symbols, imports, references, and search over all of it. Opened by `openIndex`.
 *
 * Answers are of the last `refresh`. Paths are relative to the root, with forward slashes.
 */
export interface CodeIndex {
  /** Absolute, links followed. */
  readonly root: string;
  stats(): IndexStats;
  /** All files, in the order of their paths. */
  files(): readonly IndexedFile[];
  file(path: string): IndexedFile | undefined;
  skipped(): readonly SkippedFile[];
  /** Symbols of a file in the order of its text; empty for a file that is not there. */
  outline(path: string): readonly CodeSymbol[];
  exportsOf(path: string): readonly ExportFact[];
  /** Finds symbols by name and kind, the best first: the exact name, then its beginning, then its words. */
  symbols(query: SymbolQuery): readonly PlacedSymbol[];
  /** Symbols of exactly this name; `Holder.name` narrows it down. */
  definitions(name: string): readonly PlacedSymbol[];
  /** The innermost symbol around a line. */
  symbolAt(path: string, line: number): PlacedSymbol | undefined;
  /** Uses of a symbol in all files, its declaration included, in the order of paths and lines. Reads files anew. */
  references(symbol: PlacedSymbol): readonly Reference[];
  /** The symbol that the name at an offset of a file means, when scope and imports make it certain. */
  definitionAt(path: string, offset: number): PlacedSymbol | undefined;
  /** Calls that lead out of a symbol to others of the repository. */
  callsFrom(symbol: PlacedSymbol): readonly CallEdge[];
  /** Calls of a symbol. */
  callsTo(symbol: PlacedSymbol): readonly CallEdge[];
  importsOf(path: string): readonly ResolvedImport[];
  importersOf(path: string): readonly string[];
  /** Test files for a source file, the surest first. */
  relatedTests(path: string): readonly RelatedTest[];
  /** Finds what changed since, and keeps it on disk soon after. */
  refresh(signal?: AbortSignal): Promise<IndexChange>;
  /**
   * As `refresh`, but looks at these files alone when the index knows them all: for an editor or a watcher, which knows
   * what changed.
   */
  update(paths: readonly string[], signal?: AbortSignal): Promise<IndexChange>;
  /** Ranks files for a question, a task or a name. */
  search(query: string, options?: SearchOptions): Promise<readonly SearchHit[]>;
  /** Gathers pieces of files for a prompt within a budget of tokens, and says why each is in. */
  context(query: string, options?: ContextOptions): Promise<ContextReport>;
  /** Gives an overview of the repository for a prompt: its most used files with the heads of what they declare. */
  repoMap(options?: RepoMapOptions): Promise<string>;
  /** Writes what is not yet on disk. */
  close(): Promise<void>;
}
