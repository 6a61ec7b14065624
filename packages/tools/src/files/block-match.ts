import { diffLines, splitLines } from '../worktree/line-diff.ts';
import { indentOf, indentShift } from './indent-shift.ts';
import { loosen, plainLine } from './loose-text.ts';
import type { Leniency } from './loose-text.ts';
import { tokensOf } from './splice-text.ts';
import type { TextMatch, Tier } from './text-match.ts';

/** The lines of a text and where each starts. */
export interface LineTable {
  readonly lines: readonly string[];
  readonly starts: readonly number[];
}

/** Splits a text into lines with their places; lone carriage returns end lines where there are no line feeds. */
export function lineTable(text: string): LineTable {
  const lines = text.includes('\n') ? splitLines(text) : text.split(/(?<=\r)/);
  const starts: number[] = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += line.length;
  }
  return { lines, starts };
}

/** Finds every place where the lines of `old` stand, each indented otherwise by the same rule. */
export function findBlocks(table: LineTable, old: string, leniency: Leniency): TextMatch[] {
  const wanted = lineTable(old);
  const key = leniency === 'endings' ? (line: string) => line.trim() : (line: string) => plainLine(line).trim();
  const wantedKeys = wanted.lines.map(key);
  const keys = table.lines.map(key);
  const first = wantedKeys.findIndex((line) => line !== '');
  if (first === -1) return [];
  const found: TextMatch[] = [];
  for (let at = 0; at + wantedKeys.length <= keys.length; at++) {
    if (keys[at + first] !== wantedKeys[first]) continue;
    if (!wantedKeys.every((line, index) => line === keys[at + index])) continue;
    const tier = leniency === 'endings' ? 'indentation' : 'look-alikes';
    const match = blockMatch({ table, wanted, at }, old, { tier, leniency });
    if (match) found.push(match);
  }
  return found;
}

interface Block {
  readonly table: LineTable;
  readonly wanted: LineTable;
  /** Index of the first line. */
  readonly at: number;
}

/** Aligns the lines of `old` with as many lines of the file; `undefined` when their indentation follows no rule. */
export function blockMatch(
  block: Block,
  old: string,
  { tier, leniency }: { readonly tier: Tier; readonly leniency: Leniency },
): TextMatch | undefined {
  const { table, wanted, at } = block;
  const pairs = wanted.lines.flatMap((line, index): [string, string][] => {
    return line.trim() === '' ? [] : [[indentOf(line), indentOf(table.lines[at + index] ?? '')]];
  });
  const reindent = indentShift(pairs);
  if (!reindent) return undefined;
  const places = emptyPlaces(old.length, table.starts[at] ?? 0);
  wanted.lines.forEach((line, index) => {
    const place = {
      offset: wanted.starts[index] ?? 0,
      real: table.lines[at + index] ?? '',
      start: table.starts[at + index] ?? 0,
    };
    alignLine(places, line, { ...place, leniency, ended: /[\r\n]$/.test(line) });
  });
  const { starts, ends, loose, lineStarts } = places;
  return {
    tier,
    start: table.starts[at] ?? 0,
    end: ends[old.length] ?? 0,
    startOf: (index, atLineStart = false) => (atLineStart ? lineStarts.get(index) : undefined) ?? starts[index] ?? 0,
    endOf: (index) => ends[index] ?? 0,
    reindent,
    ...(tier === 'fuzzy' ? { isLoose: (index: number) => loose[index] === 1 } : {}),
  };
}

interface Places {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly loose: Uint8Array;
  /** Where the lines of the file start, by the index at which they start in `old`. */
  readonly lineStarts: Map<number, number>;
}

function emptyPlaces(length: number, start: number): Places {
  return {
    starts: new Int32Array(length + 1).fill(start),
    ends: new Int32Array(length + 1).fill(start),
    loose: new Uint8Array(length + 1),
    lineStarts: new Map(),
  };
}

interface LinePlace {
  /** Where the line starts in `old`. */
  readonly offset: number;
  /** The line of the file and where it starts. */
  readonly real: string;
  readonly start: number;
  readonly leniency: Leniency;
  /** Whether the line of `old` has a line ending; else that of the file is not part of the match. */
  readonly ended: boolean;
}

function alignLine(places: Places, line: string, { offset, real, start, leniency, ended }: LinePlace): void {
  const given = indentOf(line);
  const own = indentOf(real);
  places.lineStarts.set(offset, start);
  for (let index = 0; index < given.length; index++) {
    places.starts[offset + index] = start;
    places.ends[offset + index + 1] = start + own.length;
  }
  const body = line.slice(given.length);
  const realBody = ended ? real.slice(own.length) : real.slice(own.length).replace(/[\r\n]+$/, '');
  const shift = { offset: offset + given.length, start: start + own.length };
  const exact = loosen(body, leniency);
  const same = loosen(realBody, leniency);
  if (exact.text === same.text) alignEqual(places, { body, exact, same, ...shift });
  else alignTokens(places, { body, realBody, ...shift });
  const end = shift.offset + body.length;
  places.starts[end] = start + real.length;
}

interface BodyPlace {
  readonly body: string;
  /** Where the body starts in `old`, and in the file. */
  readonly offset: number;
  readonly start: number;
}

function alignEqual(
  places: Places,
  { body, exact, same, offset, start }: BodyPlace & Record<'exact' | 'same', ReturnType<typeof loosen>>,
): void {
  const count = exact.text.length;
  let plain = 0;
  for (let index = 0; index < body.length; index++) {
    while (plain < count - 1 && (exact.ends[plain] ?? 0) <= index) plain++;
    places.starts[offset + index] = start + (same.starts[plain] ?? 0);
    places.ends[offset + index + 1] = start + (same.ends[Math.min(plain, count - 1)] ?? 0);
  }
  if (count === 0) places.ends[offset + body.length] = start;
}

/** Aligns two lines that differ, word by word; what has no equal is marked loose. */
function alignTokens(
  places: Places,
  { body, realBody, offset, start }: BodyPlace & { readonly realBody: string },
): void {
  const a = tokensOf(body.replace(/\r\n$/, '\n'));
  const b = tokensOf(realBody.replace(/\r\n$/, '\n'));
  const put = (from: number, length: number, range: readonly [number, number]) => {
    places.starts.fill(range[0], offset + from, offset + from + length);
    places.ends.fill(range[1], offset + from + 1, offset + from + length + 1);
  };
  let at = { a: 0, b: 0, index: 0, real: 0 };
  const equalUntil = (end: number) => {
    for (; at.a < end; at.a++, at.b++) {
      const length = a[at.a]?.length ?? 0;
      const realLength = a[at.a] === '\n' ? realBody.length - at.real : length;
      for (let index = 0; index < length; index++)
        put(at.index + index, 1, [
          start + at.real + index,
          start + at.real + (realLength > length ? realLength : index + 1),
        ]);
      at = { ...at, index: at.index + length, real: at.real + realLength };
    }
  };
  for (const change of diffLines(a, b)) {
    equalUntil(change.aStart);
    const length = a.slice(at.a, at.a + change.aCount).join('').length;
    const realLength = b.slice(at.b, at.b + change.bCount).join('').length;
    put(at.index, length, [start + at.real, start + at.real + realLength]);
    places.loose.fill(1, Math.max(offset, offset + at.index - 1), offset + at.index + Math.max(length, 1));
    at = { a: at.a + change.aCount, b: at.b + change.bCount, index: at.index + length, real: at.real + realLength };
  }
  equalUntil(a.length);
}
