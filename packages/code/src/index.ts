export { openIndex } from './context/open-index.ts';
export type { OpenIndexOptions } from './context/open-index.ts';
export type {
  CodeIndex,
  ContextOptions,
  ContextPiece,
  ContextReport,
  IndexedFile,
  IndexStats,
  RepoMapOptions,
  SearchHit,
  SearchOptions,
  SkippedFile,
  WorkAtHand,
} from './context/code-index.ts';
export type { CallEdge } from './index/call-edges.ts';
export type { FileKind } from './index/file-kind.ts';
export type { PlacedSymbol, SymbolQuery } from './index/find-symbols.ts';
export type { IndexChange } from './index/live-index.ts';
export type { ResolvedImport } from './index/module-graph.ts';
export type { SkipReason } from './index/read-content.ts';
export type { Reference } from './index/references.ts';
export type { CodeSymbol, ExportFact, ImportFact, SymbolKind } from './parse/facts.ts';
export type { Language, Reading } from './parse/language.ts';
export type { Signal } from './rank/rank-files.ts';
export type { RelatedTest } from './rank/related-tests.ts';
export { codeTools } from './tools/code-tools.ts';
export type { CodeToolsOptions } from './tools/opened-index.ts';
