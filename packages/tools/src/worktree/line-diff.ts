/** A run of lines that differ: `aCount` lines of the old text from `aStart` give way to `bCount` of the new. */
export interface LineChange {
  /** From 0. */
  readonly aStart: number;
  readonly aCount: number;
  readonly bStart: number;
  readonly bCount: number;
}

interface Range {
  aStart: number;
  aEnd: number;
  bStart: number;
  bEnd: number;
}

/** Splits a text after each line feed; every line keeps its ending, so joining gives the text back. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
    lines.push(text.slice(start, end + 1));
    start = end + 1;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

/**
 * Finds what changed between two lists of lines, in order.
 *
 * Exact shortest difference while that is cheap; anchored on lines that occur once where texts differ much, so that
 * the cost stays bounded for any input.
 */
export function diffLines(a: readonly string[], b: readonly string[]): LineChange[] {
  const ids = new Map<string, number>();
  const number = (line: string) => {
    const known = ids.get(line);
    if (known !== undefined) return known;
    ids.set(line, ids.size);
    return ids.size - 1;
  };
  const left = Int32Array.from(a, number);
  const right = Int32Array.from(b, number);
  const changes: LineChange[] = [];
  compare(left, right, { aStart: 0, aEnd: left.length, bStart: 0, bEnd: right.length }, changes);
  return changes;
}

function compare(a: Int32Array, b: Int32Array, whole: Range, changes: LineChange[]): void {
  const range = trim(a, b, whole);
  const { aStart, aEnd, bStart, bEnd } = range;
  if (aStart === aEnd && bStart === bEnd) return;
  if (aStart === aEnd || bStart === bEnd) return push(changes, range);
  const matches = shortest(a, b, range) ?? anchors(a, b, range);
  if (!matches) return push(changes, range);
  let at = { a: aStart, b: bStart };
  for (const [x, y, length] of matches.pairs) {
    const gap = { aStart: at.a, aEnd: x, bStart: at.b, bEnd: y };
    if (matches.exact) pushGap(changes, gap);
    else compare(a, b, gap, changes);
    at = { a: x + length, b: y + length };
  }
  const gap = { aStart: at.a, aEnd, bStart: at.b, bEnd };
  if (matches.exact) pushGap(changes, gap);
  else compare(a, b, gap, changes);
}

function trim(a: Int32Array, b: Int32Array, range: Range): Range {
  let { aStart, aEnd, bStart, bEnd } = range;
  while (aStart < aEnd && bStart < bEnd && a[aStart] === b[bStart]) {
    aStart++;
    bStart++;
  }
  while (aStart < aEnd && bStart < bEnd && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  return { aStart, aEnd, bStart, bEnd };
}

function pushGap(changes: LineChange[], gap: Range): void {
  if (gap.aStart !== gap.aEnd || gap.bStart !== gap.bEnd) push(changes, gap);
}

function push(changes: LineChange[], { aStart, aEnd, bStart, bEnd }: Range): void {
  const last = changes.at(-1);
  if (last && last.aStart + last.aCount === aStart && last.bStart + last.bCount === bStart) {
    const aCount = aEnd - last.aStart;
    const bCount = bEnd - last.bStart;
    changes[changes.length - 1] = { aStart: last.aStart, aCount, bStart: last.bStart, bCount };
    return;
  }
  changes.push({ aStart, aCount: aEnd - aStart, bStart, bCount: bEnd - bStart });
}

interface Matches {
  /** Runs of equal lines: start in a, start in b, length. */
  readonly pairs: readonly (readonly [number, number, number])[];
  /** Whether the gaps between them are known to have nothing in common. */
  readonly exact: boolean;
}

const maxEdits = 400;

/** Myers' greedy shortest edit script; undefined when the texts differ in more than `maxEdits` lines. */
function shortest(a: Int32Array, b: Int32Array, range: Range): Matches | undefined {
  const { aStart, aEnd, bStart, bEnd } = range;
  const n = aEnd - aStart;
  const m = bEnd - bStart;
  const limit = Math.min(n + m, maxEdits);
  const offset = limit + 1;
  const reach = new Int32Array(2 * limit + 3);
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= limit; edits++) {
    trace.push(reach.slice(offset - edits - 1, offset + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && at(reach, offset + k - 1) < at(reach, offset + k + 1));
      let x = down ? at(reach, offset + k + 1) : at(reach, offset + k - 1) + 1;
      while (x < n && x - k < m && a[aStart + x] === b[bStart + x - k]) x++;
      reach[offset + k] = x;
      if (x >= n && x - k >= m) return { pairs: backtrack(trace, range), exact: true };
    }
  }
  return undefined;
}

function backtrack(trace: readonly Int32Array[], { aStart, aEnd, bStart, bEnd }: Range): [number, number, number][] {
  const pairs: [number, number, number][] = [];
  let x = aEnd - aStart;
  let y = bEnd - bStart;
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reach = trace[edits] ?? new Int32Array();
    const middle = edits + 1;
    const k = x - y;
    const down = k === -edits || (k !== edits && at(reach, middle + k - 1) < at(reach, middle + k + 1));
    const fromX = edits === 0 ? 0 : down ? at(reach, middle + k + 1) : at(reach, middle + k - 1);
    const fromY = edits === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    const startX = edits === 0 ? 0 : down ? fromX : fromX + 1;
    if (x > startX) pairs.push([aStart + startX, bStart + startX - k, x - startX]);
    x = fromX;
    y = fromY;
  }
  return pairs.toReversed();
}

/** Lines that occur exactly once on both sides, the longest increasing run of them; undefined when there are none. */
function anchors(a: Int32Array, b: Int32Array, range: Range): Matches | undefined {
  const once = occurringOnce(b, range.bStart, range.bEnd);
  const candidates: [number, number][] = [];
  for (const [line, x] of occurringOnce(a, range.aStart, range.aEnd)) {
    const y = x < 0 ? undefined : once.get(line);
    if (y !== undefined && y >= 0) candidates.push([x, y]);
  }
  const kept = increasing(candidates.toSorted((one, other) => one[0] - other[0]));
  if (kept.length === 0) return undefined;
  return { pairs: kept.map(([x, y]) => [x, y, 1] as const), exact: false };
}

/** Positions of lines, -1 for those that occur more than once. */
function occurringOnce(lines: Int32Array, start: number, end: number): Map<number, number> {
  const positions = new Map<number, number>();
  for (let index = start; index < end; index++) {
    const line = at(lines, index);
    positions.set(line, positions.has(line) ? -1 : index);
  }
  return positions;
}

function increasing(pairs: readonly [number, number][]): [number, number][] {
  const tails: number[] = [];
  const previous: number[] = [];
  pairs.forEach(([, y], index) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tails[middle] ?? 0]?.[1] ?? 0) < y) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? (tails[low - 1] ?? -1) : -1;
    tails[low] = index;
  });
  const kept: [number, number][] = [];
  for (let index = tails.at(-1) ?? -1; index !== -1; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair) kept.push(pair);
  }
  return kept.toReversed();
}

function at(list: Int32Array, index: number): number {
  return list[index] ?? 0;
}
