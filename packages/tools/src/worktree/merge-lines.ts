import { diffLines } from './line-diff.ts';
import type { LineChange } from './line-diff.ts';

/** A place where both sides changed the same lines of their common base. */
export interface MergeConflict {
  /** Lines of our side, from 1; an empty range has `to` below `from`. */
  readonly from: number;
  readonly to: number;
}

export type Merged = { readonly lines: readonly string[] } | { readonly conflicts: readonly MergeConflict[] };

/** Merges two changes of one base line by line; both sides may make the same change. */
export function mergeLines(base: readonly string[], ours: readonly string[], theirs: readonly string[]): Merged {
  const mine = diffLines(base, ours);
  const other = diffLines(base, theirs);
  const lines: string[] = [];
  const conflicts: MergeConflict[] = [];
  let at = 0;
  for (let i = 0, j = 0; i < mine.length || j < other.length;) {
    const group = nextGroup(mine, other, { i, j });
    lines.push(...base.slice(at, group.start));
    const our = sideOf(ours, mine.slice(i, group.i), group);
    const their = sideOf(theirs, other.slice(j, group.j), group);
    if (group.i === i || same(our.lines, their.lines)) lines.push(...their.lines);
    else if (group.j === j) lines.push(...our.lines);
    else conflicts.push({ from: our.start + 1, to: our.start + our.lines.length });
    at = group.end;
    ({ i, j } = group);
  }
  lines.push(...base.slice(at));
  return conflicts.length > 0 ? { conflicts } : { lines };
}

interface Group {
  /** Lines of the base. */
  readonly start: number;
  readonly end: number;
  /** First changes of each side behind the group. */
  readonly i: number;
  readonly j: number;
}

/** Takes the next change and all of either side that overlap or touch it. */
function nextGroup(mine: readonly LineChange[], other: readonly LineChange[], from: { i: number; j: number }): Group {
  let { i, j } = from;
  const first = Math.min(mine[i]?.aStart ?? Number.POSITIVE_INFINITY, other[j]?.aStart ?? Number.POSITIVE_INFINITY);
  let end = first;
  const joins = (change: LineChange | undefined) => change !== undefined && change.aStart <= end;
  while (joins(mine[i]) || joins(other[j])) {
    const change = joins(mine[i]) ? mine[i++] : other[j++];
    if (change) end = Math.max(end, change.aStart + change.aCount);
  }
  return { start: first, end, i, j };
}

/** What one side has in the place of a group. */
function sideOf(
  side: readonly string[],
  changes: readonly LineChange[],
  group: Group,
): { lines: readonly string[]; start: number } {
  const [first] = changes;
  const last = changes.at(-1);
  if (!first || !last) return { lines: [], start: 0 };
  const start = first.bStart - (first.aStart - group.start);
  const end = last.bStart + last.bCount + (group.end - last.aStart - last.aCount);
  return { lines: side.slice(start, end), start };
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}
