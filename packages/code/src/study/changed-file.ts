import { fileKind, type FileKind } from '../index/file-kind.ts';
import type { CodeSymbol } from '../parse/facts.ts';
import { languageOf, readingOf, type Language } from '../parse/language.ts';
import { readSource } from '../parse/read-source.ts';
import { lineChanges, type LineChanges } from './line-changes.ts';
import { measuredText, type MeasuredText } from './measure.ts';
import { onlyCommentsChanged } from './only-comments-changed.ts';

/** One file of a change, with its texts. */
export interface TextChange {
  /** Relative to the root; where it is after the change. */
  readonly path: string;
  /** Where it was before, when it moved. */
  readonly was?: string;
  /** Absent: it was not there. */
  readonly before?: string;
  /** Absent: it is not there any more. */
  readonly after?: string;
}

/** A declaration that a change adds, changes or takes away. */
export interface ChangedSymbol {
  readonly change: 'added' | 'removed' | 'signature' | 'body';
  /** As it is now; of a removed one as it was. */
  readonly symbol: CodeSymbol;
  /** As it was; absent for an added one. */
  readonly before?: CodeSymbol;
}

/** A file of a change as it is looked at. */
export interface StudiedChange extends TextChange {
  readonly kind: FileKind;
  readonly language: Language | undefined;
  readonly lines: LineChanges;
  readonly symbols: readonly ChangedSymbol[];
  /** Nothing but comments is otherwise. */
  readonly commentsOnly: boolean;
  /** Of the new text; undefined for no source. */
  readonly measured: MeasuredText | undefined;
  readonly measuredBefore: MeasuredText | undefined;
}

/** Reads both texts of a changed file. */
export function studyChange(change: TextChange): StudiedChange {
  const { path, was = path, before, after } = change;
  const lines = lineChanges(before ?? '', after ?? '');
  const [old, now] = [symbolsOf(was, before), symbolsOf(path, after)];
  const language = languageOf(path);
  const commentsOnly =
    language !== undefined &&
    before !== undefined &&
    after !== undefined &&
    onlyCommentsChanged(path, before, after).same;
  return {
    ...change,
    kind: fileKind(path),
    language,
    lines,
    symbols: commentsOnly ? [] : changedSymbols(old, now, lines),
    commentsOnly,
    measured: after === undefined ? undefined : measuredText(path, after),
    measuredBefore: before === undefined ? undefined : measuredText(was, before),
  };
}

function symbolsOf(path: string, text: string | undefined): readonly CodeSymbol[] {
  const reading = readingOf(path);
  return text === undefined || reading === undefined ? [] : readSource(path, text, reading).symbols;
}

function changedSymbols(
  old: readonly CodeSymbol[],
  now: readonly CodeSymbol[],
  { places }: LineChanges,
): readonly ChangedSymbol[] {
  const known = keyed(old);
  const kept = keyed(now);
  const touched = new Set(places.flatMap((line) => innermostAt(now, line) ?? []));
  const changed = [...kept].flatMap(([key, symbol]): ChangedSymbol[] => {
    const before = known.get(key);
    if (!before) return touched.has(symbol) ? [{ change: 'added', symbol }] : [];
    if (before.signature !== symbol.signature && symbol.kind !== 'variable' && symbol.kind !== 'field')
      return [{ change: 'signature', symbol, before }];
    return touched.has(symbol) ? [{ change: 'body', symbol, before }] : [];
  });
  const removed = [...known].flatMap(([key, symbol]): ChangedSymbol[] =>
    kept.has(key) || symbol.kind === 'field' ? [] : [{ change: 'removed', symbol, before: symbol }],
  );
  return [...changed, ...removed];
}

/** Symbols by name; of several of one name by their order. */
function keyed(symbols: readonly CodeSymbol[]): Map<string, CodeSymbol> {
  const found = new Map<string, CodeSymbol>();
  for (const symbol of symbols) {
    const name = `${symbol.container}.${symbol.name}`;
    let key = name;
    for (let count = 2; found.has(key); count++) key = `${name}#${count}`;
    found.set(key, symbol);
  }
  return found;
}

function innermostAt(symbols: readonly CodeSymbol[], line: number): CodeSymbol | undefined {
  const around = symbols.filter((one) => one.kind !== 'field' && one.line <= line && one.endLine >= line);
  return around.toSorted((one, other) => one.end - one.start - (other.end - other.start))[0];
}
