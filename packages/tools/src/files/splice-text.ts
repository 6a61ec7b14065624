import { diffLines, splitLines } from '../worktree/line-diff.ts';
import type { TextMatch } from './text-match.ts';

/** A piece of the replacement: kept from the file because `old` has it too, or new. */
interface Piece {
  readonly text: string;
  /** Where in `old` it stands; undefined for a new piece. */
  readonly from: number | undefined;
}

/**
 * Gives what to put in the place of a match.
 *
 * What `old` and its replacement have in common keeps the bytes of the file: its quotes, blanks, indentation and line
 * endings. What is new takes the line ending and the indentation of its surroundings.
 *
 * @returns `undefined` when the replacement changes a part that the file has otherwise than `old` says, or when an
 * indentation has no counterpart in the file.
 */
export function spliceText(
  text: string,
  match: TextMatch,
  edit: { readonly old: string; readonly new: string },
): string | undefined {
  const pieces = align(edit.old, edit.new);
  if (match.isLoose && touchesLoose(match.isLoose, pieces, edit.old.length)) return undefined;
  const near = endingNear(text, match.start);
  let result = '';
  let lineStart = startsLine(text, match.start);
  for (const piece of pieces) {
    const put =
      piece.from === undefined
        ? newText(piece.text, { match, lineStart, ending: lastEnding(result) ?? near })
        : keptText(text, match, { piece, from: piece.from, old: edit.old, lineStart });
    if (put === undefined) return undefined;
    result += put;
    lineStart = piece.text.endsWith('\n');
  }
  return result;
}

interface NewPlace {
  readonly match: TextMatch;
  readonly lineStart: boolean;
  readonly ending: string;
}

function newText(text: string, { match, lineStart, ending }: NewPlace): string | undefined {
  let result = '';
  let atStart = lineStart;
  for (const token of tokensOf(text)) {
    if (token === '\n') {
      result += ending;
    } else if (atStart && match.reindent) {
      const blank = /^\s/.test(token);
      const lead = match.reindent(blank ? token : '');
      if (lead === undefined) return undefined;
      result += blank ? lead : lead + token;
    } else {
      result += token;
    }
    atStart = token === '\n';
  }
  return result;
}

interface KeptPlace {
  readonly piece: Piece;
  readonly from: number;
  readonly old: string;
  readonly lineStart: boolean;
}

function keptText(text: string, match: TextMatch, { piece, from, old, lineStart }: KeptPlace): string | undefined {
  const whole = from === 0 || old[from - 1] === '\n';
  // A kept word that has lost its own indentation in the replacement.
  const bare = lineStart && !whole && match.reindent !== undefined && !/^\s/.test(piece.text);
  const lead = bare ? match.reindent?.('') : '';
  if (lead === undefined) return undefined;
  return lead + text.slice(match.startOf(from, lineStart), match.endOf(from + piece.text.length));
}

/** Aligns a replacement with what it replaces: by lines, then by words inside the lines that differ. */
function align(old: string, replacement: string): Piece[] {
  const a = splitLines(old);
  const b = splitLines(replacement);
  const offsets = offsetsOf(a);
  const pieces: Piece[] = [];
  let aAt = 0;
  let bAt = 0;
  const keepUntil = (aEnd: number) => {
    for (; aAt < aEnd; aAt++, bAt++) keep(pieces, a[aAt] ?? '', offsets[aAt] ?? 0);
  };
  for (const { aStart, aCount, bCount } of diffLines(a, b)) {
    keepUntil(aStart);
    const gone = a.slice(aStart, aStart + aCount).join('');
    alignWords(pieces, { old: gone, replacement: b.slice(bAt, bAt + bCount).join(''), offset: offsets[aStart] ?? 0 });
    aAt += aCount;
    bAt += bCount;
  }
  keepUntil(a.length);
  return pieces;
}

function alignWords(
  pieces: Piece[],
  { old, replacement, offset }: { readonly old: string; readonly replacement: string; readonly offset: number },
): void {
  const a = tokensOf(old);
  const b = tokensOf(replacement);
  const offsets = offsetsOf(a);
  let aAt = 0;
  let bAt = 0;
  const keepUntil = (aEnd: number) => {
    for (; aAt < aEnd; aAt++, bAt++) keep(pieces, a[aAt] ?? '', offset + (offsets[aAt] ?? 0));
  };
  for (const { aStart, aCount, bCount } of diffLines(keysOf(a), keysOf(b))) {
    keepUntil(aStart);
    const added = b.slice(bAt, bAt + bCount).join('');
    if (added !== '') pieces.push({ text: added, from: undefined });
    aAt += aCount;
    bAt += bCount;
  }
  keepUntil(a.length);
}

/** Adds a kept piece, joined to the one before when they also stand together in `old`. */
function keep(pieces: Piece[], text: string, from: number): void {
  const last = pieces.at(-1);
  if (last?.from !== undefined && last.from + last.text.length === from) {
    pieces[pieces.length - 1] = { text: last.text + text, from: last.from };
  } else {
    pieces.push({ text, from });
  }
}

/** Cuts a text into words, blanks, line ends and single signs. */
export function tokensOf(text: string): string[] {
  return text.match(/\n|[^\S\n]+|[\p{L}\p{M}\p{N}_]+|\.{3}|[\s\S]\p{M}*/gu) ?? [];
}

/** Tells an indentation from blanks inside a line, so that the two are never aligned. */
function keysOf(tokens: readonly string[]): string[] {
  return tokens.map((token, index) => {
    const indent = (index === 0 || tokens[index - 1] === '\n') && /^[^\S\n]/.test(token);
    return indent ? `\0${token}` : token;
  });
}

/** Where each of some adjoining parts starts, and the end of the last. */
function offsetsOf(parts: readonly string[]): number[] {
  const offsets = [0];
  let at = 0;
  for (const part of parts) offsets.push((at += part.length));
  return offsets;
}

function touchesLoose(isLoose: (index: number) => boolean, pieces: readonly Piece[], length: number): boolean {
  let at = 0;
  for (const piece of [...pieces, { text: '', from: length }]) {
    if (piece.from === undefined) {
      if (isLoose(at) || isLoose(at - 1)) return true;
      continue;
    }
    for (let index = at; index < piece.from; index++) if (isLoose(index)) return true;
    at = piece.from + piece.text.length;
  }
  return false;
}

function startsLine(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === '\n' || (text[at - 1] === '\r' && text[at] !== '\n');
}

function lastEnding(text: string): string | undefined {
  const at = text.lastIndexOf('\n');
  if (at === -1) return undefined;
  return text[at - 1] === '\r' ? '\r\n' : '\n';
}

/** The line ending in use at a place: that of its own line, else of the line before, else a line feed. */
export function endingNear(text: string, at: number): string {
  const own = text.indexOf('\n', at);
  const end = own === -1 ? text.lastIndexOf('\n', at) : own;
  if (end === -1) return text.includes('\r') ? '\r' : '\n';
  return text[end - 1] === '\r' ? '\r\n' : '\n';
}
