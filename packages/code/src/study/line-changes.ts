import { structuredPatch } from 'diff';

/** Which lines two texts of a file do not share. Lines count from 1. */
export interface LineChanges {
  /** Lines of the new text that the old has not. */
  readonly added: ReadonlySet<number>;
  /** Lines of the old text that the new has not. */
  readonly removed: ReadonlySet<number>;
  /** Lines of the new text at which something is otherwise: added ones, and those where lines were taken out. */
  readonly places: readonly number[];
}

/** Compares two texts line by line. */
export function lineChanges(before: string, after: string): LineChanges {
  const [added, removed, places] = [new Set<number>(), new Set<number>(), new Set<number>()];
  const patch = structuredPatch('', '', before, after, '', '', { context: 0, timeout: 5000 });
  // Texts that take too long to compare count as wholly other.
  if (patch === undefined) return wholly(before, after);
  for (const { oldStart, newStart, oldLines, newLines } of patch.hunks) {
    for (let at = 0; at < oldLines; at++) removed.add(oldStart + at);
    for (let at = 0; at < newLines; at++) {
      added.add(newStart + at);
      places.add(newStart + at);
    }
    if (newLines === 0) places.add(Math.max(1, newStart));
  }
  return { added, removed, places: [...places] };
}

function wholly(before: string, after: string): LineChanges {
  const lines = (text: string) => Array.from({ length: text === '' ? 0 : text.split('\n').length }, (_, at) => at + 1);
  return { added: new Set(lines(after)), removed: new Set(lines(before)), places: lines(after) };
}
