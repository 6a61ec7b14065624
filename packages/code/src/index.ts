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
export { detectStack } from './detect/detect-stack.ts';
export type { DetectStackOptions } from './detect/detect-stack.ts';
export type {
  CommandPurpose,
  Evidence,
  Fact,
  Stack,
  StackCommand,
  StackConflict,
  StackPackage,
  StackWarning,
  WorkflowStep,
  Workspace,
} from './detect/stack.ts';
export type { CallEdge } from './index/call-edges.ts';
export type { FileKind } from './index/file-kind.ts';
export type { PlacedSymbol, SymbolQuery } from './index/find-symbols.ts';
export type { IndexChange } from './index/live-index.ts';
export type { ResolvedImport } from './index/module-graph.ts';
export type { SkipReason } from './index/read-content.ts';
export type { Reference } from './index/references.ts';
export { diagnosticsAfterEdit } from './lsp/diagnostics-after-edit.ts';
export type { DiagnosticsAfterEditOptions } from './lsp/diagnostics-after-edit.ts';
export type { AfterEditOptions, EditedFile, EditVerdict } from './lsp/edit-problems.ts';
export { openLanguageServers } from './lsp/language-servers.ts';
export type {
  AskOptions,
  CodePlace,
  DiagnosticsReport,
  LanguageServers,
  LanguageServersOptions,
  LanguageServerStatus,
  RunEffect,
  Spot,
} from './lsp/language-servers.ts';
export type { Problem } from './lsp/problems.ts';
export type { LanguageServerChoice, LanguageServerConfig } from './lsp/server-spec.ts';
export type { CodeSymbol, ExportFact, ImportFact, SymbolKind } from './parse/facts.ts';
export type { Language, Reading } from './parse/language.ts';
export type { Signal } from './rank/rank-files.ts';
export type { RelatedTest } from './rank/related-tests.ts';
export { describePlace } from './study/describe-place.ts';
export type { DescribeOptions, DescribedSymbol, NamedPlace, Place, PlaceDescription } from './study/describe-place.ts';
export { reviewChanges } from './study/review-changes.ts';
export type { ChangeReview, ReviewOptions } from './study/review-changes.ts';
export type { ReviewedFile, ReviewedSymbol } from './study/reviewed-file.ts';
export type { TextChange } from './study/changed-file.ts';
export { severities } from './study/finding.ts';
export type { ReviewFinding, Severity } from './study/finding.ts';
export { onlyCommentsChanged } from './study/only-comments-changed.ts';
export type { CommentsCheck } from './study/only-comments-changed.ts';
export { placeHistory } from './study/place-history.ts';
export type { PastChange, PlaceHistoryOptions } from './study/place-history.ts';
export type { Measures } from './study/measure.ts';
export type { PlaceTest } from './study/tests-of.ts';
export { codeTools } from './tools/code-tools.ts';
export type { CodeToolsOptions } from './tools/opened-index.ts';
export { lspTools } from './tools/lsp-tools.ts';
export type { LspToolsOptions } from './tools/lsp-tools.ts';
export type { Coverage, FileCoverage } from './tests/coverage.ts';
export { failureKey } from './tests/failure.ts';
export type { FailureOptions, FailureSource, Frame, TestFailure } from './tests/failure.ts';
export { commonSuspects, failureHints } from './tests/failure-hints.ts';
export type { FailureHint } from './tests/failure-hints.ts';
export { coverageIn, findCoverage } from './tests/find-coverage.ts';
export { parseFailures } from './tests/parse-failures.ts';
export { recentChanges } from './tests/recent-changes.ts';
export type { LineRange, RecentChange, RecentChangesOptions } from './tests/recent-changes.ts';
export { reportFailures } from './tests/report-failures.ts';
export type { Suspect, SuspectSources } from './tests/suspects.ts';
export { testsOf } from './tests/tests-of.ts';
export type { CoveringTest, TestReason, TestsOfOptions } from './tests/tests-of.ts';
export { testsOfChange } from './tests/tests-of-change.ts';
export type { TestsOfChange, TestsOfChangeOptions } from './tests/tests-of-change.ts';
export { applyRefactor } from './refactor/apply-refactor.ts';
export type { AppliedRefactor, ApplyRefactorOptions } from './refactor/apply-refactor.ts';
export { planRefactor } from './refactor/plan-refactor.ts';
export type { RefactorOptions } from './refactor/plan-refactor.ts';
export type {
  ExportRequest,
  ExtractRequest,
  FilePosition,
  ImportsRequest,
  InlineRequest,
  MoveFileRequest,
  MoveRequest,
  PlannedFile,
  RefactorPlan,
  RefactorRequest,
  RenameRequest,
  SplitRequest,
} from './refactor/refactor-request.ts';
export { refactorTool } from './tools/refactor-tool.ts';
