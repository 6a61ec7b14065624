import type { CodeIndex } from '../context/code-index.ts';
import type { FileKind } from '../index/file-kind.ts';
import type { PlacedSymbol } from '../index/find-symbols.ts';
import type { CodeSymbol } from '../parse/facts.ts';
import type { ChangedSymbol, StudiedChange } from './changed-file.ts';
import { callersIn, fullName, type NamedPlace } from './describe-place.ts';
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

/** How many declarations are still followed to who uses them, which takes reading other files. */
export interface FollowBudget {
  left: number;
}

/** Tells what a changed file touches and what hangs on it; of tests and beyond the budget only what is declared. */
export function reviewFile(index: CodeIndex, change: StudiedChange, budget: FollowBudget): ReviewedFile {
  const { path, was, before, after, kind, lines, commentsOnly, symbols } = change;
  const reviewed = symbols.map((one) =>
    reviewSymbol(index, change, { one, follows: kind !== 'test' && budget.left-- > 0 }),
  );
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
    tests: after === undefined ? [] : testsOf(index, path, []),
  };
}

interface SymbolToReview {
  readonly one: ChangedSymbol;
  readonly follows: boolean;
}

function reviewSymbol(
  index: CodeIndex,
  { path, measured }: StudiedChange,
  { one, follows }: SymbolToReview,
): ReviewedSymbol {
  const { change, symbol, before } = one;
  const { kind, exported, line, endLine, signature } = symbol;
  const placed = follows && change !== 'removed' ? inIndex(index, path, symbol) : undefined;
  const uses = placed ? index.references(placed) : [];
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
    callers: callersIn(index, uses),
    tests: placed ? testsOf(index, path, uses) : [],
  };
}

/** The same declaration in the tree as the index knows it. */
function inIndex(index: CodeIndex, path: string, { name, container, kind }: CodeSymbol): PlacedSymbol | undefined {
  const found = index
    .outline(path)
    .find((one) => one.name === name && one.container === container && one.kind === kind);
  return found && { ...found, path };
}
