import type { CodeIndex } from '../context/code-index.ts';
import type { FileKind } from '../index/file-kind.ts';
import type { PlacedSymbol } from '../index/find-symbols.ts';
import type { CodeSymbol } from '../parse/facts.ts';
import type { ChangedSymbol, StudiedChange } from './changed-file.ts';
import { fullName, type NamedPlace } from './describe-place.ts';
import type { Measures } from './measure.ts';
import { testsOf, type PlaceTest } from './tests-of.ts';

/** A declaration that a change touches, with what hangs on it. */
export interface ReviewedSymbol extends Pick<CodeSymbol, 'kind' | 'exported' | 'line' | 'endLine' | 'signature'> {
  /** With what holds it: `Store.open`. */
  readonly name: string;
  readonly change: ChangedSymbol['change'];
  /** The head as it was, where it is another now. */
  readonly was?: string;
  readonly measures?: Measures;
  /** Calls that scope and imports make certain. */
  readonly callers: readonly NamedPlace[];
  readonly tests: readonly PlaceTest[];
}

/** A file of a change, with what hangs on it. */
export interface ReviewedFile {
  readonly path: string;
  readonly was?: string;
  readonly change: 'create' | 'modify' | 'delete';
  readonly kind: FileKind;
  readonly added: number;
  readonly removed: number;
  /** Nothing but comments is otherwise. */
  readonly commentsOnly: boolean;
  readonly symbols: readonly ReviewedSymbol[];
  readonly importedBy: readonly string[];
  /** Tests of the file, whether the change touches them or not. */
  readonly tests: readonly PlaceTest[];
}

/** Beyond these only the declarations themselves are told of: who uses them takes reading other files. */
const maxFollowed = 40;

/** Tells what a changed file touches and what hangs on it. */
export async function reviewFile(index: CodeIndex, change: StudiedChange, signal?: AbortSignal): Promise<ReviewedFile> {
  const { path, was, before, after, kind, lines, commentsOnly, symbols } = change;
  const reviewed: ReviewedSymbol[] = [];
  for (const [at, one] of symbols.entries())
    reviewed.push(await reviewSymbol(index, change, { one, follows: at < maxFollowed, signal }));
  return {
    path,
    ...(was === undefined ? {} : { was }),
    change: before === undefined ? 'create' : after === undefined ? 'delete' : 'modify',
    kind,
    added: lines.added.size,
    removed: lines.removed.size,
    commentsOnly,
    symbols: reviewed,
    importedBy: index.importersOf(path),
    tests: after === undefined ? [] : await testsOf(index, path, [], signal),
  };
}

interface SymbolToReview {
  readonly one: ChangedSymbol;
  readonly follows: boolean;
  readonly signal: AbortSignal | undefined;
}

async function reviewSymbol(
  index: CodeIndex,
  { path, measured }: StudiedChange,
  { one, follows, signal }: SymbolToReview,
): Promise<ReviewedSymbol> {
  const { change, symbol, before } = one;
  const { kind, exported, line, endLine, signature } = symbol;
  const placed = follows && change !== 'removed' ? inIndex(index, path, symbol) : undefined;
  return {
    name: fullName(symbol),
    change,
    kind,
    exported,
    line,
    endLine,
    signature,
    ...(change === 'signature' && before ? { was: before.signature } : {}),
    ...(measured && change !== 'removed' ? { measures: measured.of(symbol) } : {}),
    callers: placed
      ? index.callsTo(placed).map(({ from, line: at }) => ({ name: fullName(from), path: from.path, line: at }))
      : [],
    tests: placed ? await testsOf(index, path, index.references(placed), signal) : [],
  };
}

/** The same declaration in the tree as the index knows it. */
function inIndex(index: CodeIndex, path: string, { name, container, kind }: CodeSymbol): PlacedSymbol | undefined {
  const found = index
    .outline(path)
    .find((one) => one.name === name && one.container === container && one.kind === kind);
  return found && { ...found, path };
}
