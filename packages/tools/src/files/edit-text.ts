import { otherReadings } from './other-readings.ts';
import { findBlocks, lineTable } from './block-match.ts';
import { describeClosest, describePlaces } from './describe-places.ts';
import { findFuzzy } from './fuzzy-match.ts';
import { endingNear, spliceText } from './splice-text.ts';
import { findExact, findLoose } from './text-match.ts';
import type { TextMatch, Tier } from './text-match.ts';

/** One search and replacement. */
export interface TextEdit {
  readonly old: string;
  readonly new: string;
  /** Replace every occurrence. Default: exactly one must exist. */
  readonly all?: boolean;
}

/** What became of an edit, or why nothing did, in words for the model. */
export type EditOutcome = EditDone | { readonly refused: string };

export interface EditDone {
  readonly text: string;
  readonly tier: Tier;
  /** First line of each replacement, from 1, in the text as it was. */
  readonly lines: readonly number[];
}

/**
 * Replaces `old` by `new` in a text, literally.
 *
 * Looks for `old` as it stands; then without regard to line endings and blanks before them; then indented otherwise;
 * then with look-alike characters; then for the one place that is nearly the same. The first of these that finds a
 * place decides; more than one place is refused unless `all` is set. Whatever the replacement has in common with `old`
 * keeps the characters of the file.
 */
export function editText(text: string, edit: TextEdit): EditOutcome {
  if (edit.old === edit.new) return { refused: 'old and new are the same, so there is nothing to change.' };
  if (edit.old === '') return intoEmpty(text, edit);
  const literal = findExact(text, edit.old);
  if (literal.length > 0 && edit.old.includes('\r')) return replaceAt(text, { matches: literal, edit, literal: true });
  const plain = { ...edit, old: edit.old.replaceAll('\r\n', '\n'), new: edit.new.replaceAll('\r\n', '\n') };
  const outcome = replacePlain(text, plain, literal);
  if (outcome) return outcome;
  for (const other of otherReadings(plain)) {
    const second = replacePlain(text, other, []);
    if (second) return 'text' in second && second.tier === 'exact' ? { ...second, tier: 'line endings' } : second;
  }
  return { refused: describeClosest(text, edit.old) };
}

/** Replaces `plain.old`, whose line endings are line feeds; `undefined` when it is not found. */
function replacePlain(text: string, plain: TextEdit, literal: readonly TextMatch[]): EditOutcome | undefined {
  const padded = pad(text, plain.old);
  const found = literal.length > 0 && !plain.all ? literal : findMatches(padded.text, plain);
  if (found.length === 0) return undefined;
  const outcome = replaceAt(padded.text, { matches: found, edit: plain, literal: false });
  if ('refused' in outcome || padded.ending === '') return outcome;
  const atEnd = found.some((match) => match.end === padded.text.length);
  const tier = atEnd && outcome.tier === 'exact' ? 'line endings' : outcome.tier;
  return {
    ...outcome,
    tier,
    text: atEnd && !plain.new.endsWith('\n') ? outcome.text : unpad(outcome.text, padded.ending),
  };
}

function intoEmpty(text: string, edit: TextEdit): EditOutcome {
  if (text === '') return { text: edit.new, tier: 'exact', lines: [1] };
  return { refused: 'old is empty. Give the text to replace, or use write to replace the whole file.' };
}

/** Finds the places of `old`, as loosely as it takes; `all` keeps to what is certain. */
export function findMatches(text: string, edit: Pick<TextEdit, 'old' | 'all'>): readonly TextMatch[] {
  const exact = findExact(text, edit.old);
  if (exact.length > 0 && !edit.all) return exact;
  const endings = findLoose(text, edit.old, 'endings');
  if (edit.all && endings.length > exact.length) return endings;
  if (exact.length > 0) return exact;
  if (endings.length > 0) return endings;
  const table = lineTable(text);
  const indented = findBlocks(table, edit.old, 'endings');
  if (indented.length > 0) return indented;
  const alike = findLoose(text, edit.old, 'look-alikes');
  if (alike.length > 0) return alike;
  const both = findBlocks(table, edit.old, 'look-alikes');
  if (both.length > 0 || edit.all) return both;
  return findFuzzy(table, edit.old);
}

interface Replacement {
  readonly matches: readonly TextMatch[];
  readonly edit: TextEdit;
  /** Whether `new` goes in as it is, line endings included. */
  readonly literal: boolean;
}

function replaceAt(text: string, { matches, edit, literal }: Replacement): EditOutcome {
  const chosen = edit.all ? apart(matches) : matches;
  const [first] = chosen;
  if (!first) return { refused: describeClosest(text, edit.old) };
  if (chosen.length > 1 && !edit.all) return { refused: describePlaces(text, chosen) };
  let result = text;
  for (const match of chosen.toReversed()) {
    const put = literal ? edit.new : spliceText(text, match, edit);
    if (put === undefined) return { refused: describeClosest(text, edit.old) };
    result = result.slice(0, match.start) + put + result.slice(match.end);
  }
  return { text: result, tier: first.tier, lines: chosen.map((match) => lineAt(text, match.start)) };
}

/** Leaves out matches that overlap an earlier one. */
function apart(matches: readonly TextMatch[]): TextMatch[] {
  let end = -1;
  return matches.filter((match) => {
    if (match.start < end) return false;
    ({ end } = match);
    return true;
  });
}

/** A last line without an ending is found by an `old` that has one; the ending is put there for the search only. */
export function pad(text: string, old: string): { readonly text: string; readonly ending: string } {
  if (!old.endsWith('\n') || text === '' || /[\r\n]$/.test(text)) return { text, ending: '' };
  const ending = endingNear(text, text.length);
  return { text: text + ending, ending };
}

/** Takes the ending away again that `pad` put there. */
export function unpad(text: string, ending: string): string {
  return ending !== '' && text.endsWith(ending) ? text.slice(0, -ending.length) : text;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split(/\r\n|\n|\r/).length;
}
