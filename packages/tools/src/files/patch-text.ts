import { describeClosest, describePlaces } from './describe-places.ts';
import { findMatches, pad, unpad } from './edit-text.ts';
import { lineTable } from './block-match.ts';
import { newText, oldText } from './file-patch.ts';
import type { HunkLine, PatchHunk } from './file-patch.ts';
import { endingNear, spliceText } from './splice-text.ts';
import { findExact } from './text-match.ts';
import type { TextMatch } from './text-match.ts';

/** The patched text, or why a hunk does not fit, in words for the model. */
export type PatchOutcome = { readonly text: string; readonly notes: readonly string[] } | { readonly refused: string };

/**
 * Applies hunks to a text, each at the one place where it fits.
 *
 * Line numbers only choose between places that fit equally; context that moved is found, counts do not matter.
 */
export function patchText(text: string, hunks: readonly PatchHunk[]): PatchOutcome {
  const { text: padded, ending } = pad(text, '\n');
  let result = padded;
  let cursor = 0;
  let moved = 0;
  const notes: string[] = [];
  let literal = false;
  for (const [index, hunk] of hunks.entries()) {
    if (hunk.lines.every((line) => line.mark === ' ')) continue;
    const expected = hunk.line === undefined ? undefined : hunk.line + moved;
    const placed = placeHunk(result, hunk, { cursor, expected, ending });
    if ('refused' in placed) return { refused: `Hunk ${index + 1} of ${hunks.length}: ${placed.refused}` };
    const { match, edit } = placed;
    literal = placed.literal === true;
    const put = replacement(result, placed);
    if (put === undefined)
      return { refused: `Hunk ${index + 1} of ${hunks.length}: ${describeClosest(result, edit.old)}` };
    const line = lineOf(result, match.start);
    if (expected !== undefined) moved += line - expected;
    moved += newLineCount(put) - newLineCount(result.slice(match.start, match.end));
    if (match.tier === 'fuzzy' || match.tier === 'indentation')
      notes.push(`hunk ${index + 1} at line ${line}, tier ${match.tier}`);
    result = result.slice(0, match.start) + put + result.slice(match.end);
    cursor = match.start + put.length;
  }
  return { text: ended(result, { ending, last: hunks.at(-1), literal }), notes };
}

/** Gives the final line ending that the patch says, or that the text had. */
function ended(
  text: string,
  {
    ending,
    last,
    literal,
  }: { readonly ending: string; readonly last: PatchHunk | undefined; readonly literal: boolean },
): string {
  if (last?.newUnended) return text.replace(literal ? /\n$/ : /\r?\n$/, '');
  return last?.oldUnended ? text : unpad(text, ending);
}

function replacement(text: string, { match, edit, literal }: Placed): string | undefined {
  if (literal) return edit.new;
  return match.start === match.end ? inserted(text, match.start, edit.new) : spliceText(text, match, edit);
}

interface Placed {
  readonly match: TextMatch;
  /** The patch spells out line endings and the file has them so. */
  readonly literal?: boolean;
  readonly edit: { readonly old: string; readonly new: string };
}

interface Expectation {
  /** Where the hunk before ended. */
  readonly cursor: number;
  /** The line the patch names, corrected by how far earlier hunks had moved. */
  readonly expected: number | undefined;
  /** The line ending that was put behind a text without one. */
  readonly ending: string;
}

function placeHunk(text: string, hunk: PatchHunk, expectation: Expectation): Placed | { readonly refused: string } {
  if (!hunk.lines.some((line) => line.mark !== '+')) return placeAddition(text, hunk, expectation);
  const spelled = placeSpelled(text, hunk, expectation);
  if (spelled) return spelled;
  const plain = hunk.lines.map((line) => ({ ...line, text: line.text.replace(/\r$/, '') }));
  for (const { lines, skipped } of trimmed(plain)) {
    const edit = { old: oldText(lines), new: newText(lines) };
    const found = findMatches(text, edit).filter((match) => isWholeLines(text, match));
    if (found.length === 0) continue;
    const expected = expectation.expected === undefined ? undefined : expectation.expected + skipped;
    const match = choose(text, found, { ...expectation, hunk, expected });
    if (match) return { match, edit };
    return {
      refused: describePlaces(text, found)
        .replace(/^old is/, 'what it looks for is')
        .replace('or set all', 'or an @@ line with the function or class it is in'),
    };
  }
  return { refused: whyMissing(text, plain) };
}

function whyMissing(text: string, lines: readonly HunkLine[]): string {
  const wanted = newText(lines);
  const [there] = wanted.trim() === '' ? [] : findExact(text, wanted);
  if (there)
    return `it seems to be applied already: the lines it would leave are at line ${lineOf(text, there.start)}.`;
  return describeClosest(text, oldText(lines)).replace(/^old is/, 'what it looks for is');
}

/** Looks for a hunk that spells out carriage returns where they stand: it may be about them. */
function placeSpelled(text: string, hunk: PatchHunk, expectation: Expectation): Placed | undefined {
  if (!hunk.lines.some((line) => line.text.endsWith('\r'))) return undefined;
  const old = oldText(hunk.lines);
  const unended = hunk.oldUnended === true && expectation.ending !== '';
  const edit = { old: unended ? old.replace(/\n$/, expectation.ending) : old, new: newText(hunk.lines) };
  const found = findExact(text, edit.old).filter((match) => isWholeLines(text, match));
  const match = choose(text, found, { hunk, ...expectation });
  return match && { match, edit, literal: true };
}

interface Trimmed {
  readonly lines: readonly HunkLine[];
  /** Lines left out at the start. */
  readonly skipped: number;
}

/** The hunk as it is, then with up to two lines of its outer context left out, as long as enough remains. */
function* trimmed(lines: readonly HunkLine[]): Generator<Trimmed> {
  yield { lines, skipped: 0 };
  const lead = lines.findIndex((line) => line.mark !== ' ');
  const tail = lines.toReversed().findIndex((line) => line.mark !== ' ');
  for (let cut = 1; cut <= 2; cut++) {
    const skipped = Math.min(cut, lead);
    const kept = lines.slice(skipped, lines.length - Math.min(cut, tail));
    const telling = kept.filter((line) => line.mark !== '+' && line.text.trim() !== '').length;
    if (kept.length < lines.length && telling >= 2) yield { lines: kept, skipped };
  }
}

function isWholeLines(text: string, { start, end }: TextMatch): boolean {
  const startsLine = start === 0 || /[\r\n]/.test(text[start - 1] ?? '');
  return startsLine && (end === text.length || /[\r\n]/.test(text[end - 1] ?? ''));
}

/** Chooses between places: the only one; the one on the very line named; the only one behind the anchors or the hunk before. */
function choose(
  text: string,
  found: readonly TextMatch[],
  { hunk, cursor, expected }: Expectation & { readonly hunk: PatchHunk },
): TextMatch | undefined {
  const ends = hunk.atEnd ? found.filter((match) => match.end === text.length) : found;
  const places = ends.length > 0 ? ends : found;
  if (places.length === 1) return places[0];
  if (expected !== undefined) {
    const named = places.find((match) => lineOf(text, match.start) === expected);
    if (named && named.start >= cursor) return named;
  }
  const anchor = hunk.anchors.length > 0 ? afterAnchors(text, hunk.anchors, cursor) : undefined;
  if (anchor !== undefined) return places.find((match) => match.start >= anchor);
  const later = places.filter((match) => match.start >= cursor);
  return cursor > 0 && later.length === 1 ? later[0] : undefined;
}

/** A hunk of new lines only goes behind its anchor, at its line, or where the patch says the end is. */
function placeAddition(
  text: string,
  hunk: PatchHunk,
  { cursor, expected }: Expectation,
): Placed | { readonly refused: string } {
  const at = (place: number): Placed => ({
    match: { tier: 'exact', start: place, end: place, startOf: () => place, endOf: () => place },
    edit: { old: '', new: newText(hunk.lines) },
  });
  if (hunk.anchors.length > 0) {
    const place = afterAnchors(text, hunk.anchors, cursor);
    if (place !== undefined) return at(place);
    return {
      refused: `the line "${hunk.anchors.join('", "')}" is not in the file once. Give a few lines of context instead.`,
    };
  }
  if (hunk.atEnd || text === '') return at(text.length);
  if (expected !== undefined) {
    const start = lineTable(text).starts[expected - 1];
    return at(expected <= 0 ? 0 : (start ?? text.length));
  }
  return {
    refused: 'it only adds lines and does not say where. Give the lines before and after, each with a blank in front.',
  };
}

/** The place behind the line that the last anchor names, each anchor looked for behind the one before. */
function afterAnchors(text: string, anchors: readonly string[], cursor: number): number | undefined {
  const { lines, starts } = lineTable(text);
  let from = 0;
  for (const anchor of anchors) {
    const wanted = anchor.trim();
    const same = placesOf(lines, from, (line) => line.trim() === wanted);
    const alike = same.length > 0 ? same : placesOf(lines, from, (line) => line.trim().startsWith(wanted));
    const later = alike.filter((index) => (starts[index] ?? 0) >= cursor);
    const [only] = alike.length === 1 || anchors.indexOf(anchor) > 0 ? alike : later.length === 1 ? later : [];
    if (only === undefined) return undefined;
    from = only + 1;
  }
  return starts[from] ?? text.length;
}

function placesOf(lines: readonly string[], from: number, test: (line: string) => boolean): number[] {
  return lines.flatMap((line, index) => (index >= from && test(line) ? [index] : []));
}

function inserted(text: string, at: number, put: string): string {
  return put.replaceAll('\n', endingNear(text, Math.max(0, at - 1)));
}

function lineOf(text: string, at: number): number {
  return newLineCount(text.slice(0, at)) + 1;
}

function newLineCount(text: string): number {
  return text.split('\n').length - 1;
}
