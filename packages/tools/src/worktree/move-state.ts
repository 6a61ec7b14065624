import { sameContent, sameState } from './file-state.ts';
import type { Entry, FileState } from './file-state.ts';
import { isBinary } from './git-binary.ts';
import { splitLines } from './line-diff.ts';
import { mergeLines } from './merge-lines.ts';

/** What becomes of a file when an entry is played over it, or the places where both changed it. */
export type Moved = { readonly state: FileState | undefined } | { readonly conflicts: readonly string[] };

/**
 * Plays one entry of a patch forward or backward over a file as it is by now.
 *
 * A file that changed since is merged line by line; what both sides changed is a conflict.
 */
export function moveState(entry: Entry, current: FileState | undefined, kind: 'apply' | 'rollback'): Moved {
  const [from, to] = kind === 'apply' ? [entry.before, entry.after] : [entry.after, entry.before];
  if (sameState(current, from) || sameState(current, to)) return { state: to };
  if (sameContent(current, from)) return { state: to && current && withModeOf(to, { from, current }) };
  if (!current) return { conflicts: ['it was deleted since'] };
  if (!from) return { conflicts: ['it exists by now with another content'] };
  if (!to) return { conflicts: ['it was changed since, and would be deleted'] };
  if (sameContent(current, to)) return { state: withModeOf(to, { from, current }) };
  return merged(current, from, to);
}

/** Keeps a mode that someone set since. */
function withModeOf(to: FileState, { from, current }: { from: FileState | undefined; current: FileState }): FileState {
  return from && current.mode !== from.mode ? { ...to, mode: current.mode } : to;
}

function merged(current: FileState, from: FileState, to: FileState): Moved {
  const sides = [from, current, to];
  if (sides.some((side) => side.kind === 'link' || isBinary(side.bytes))) {
    return { conflicts: ['it was changed since and is no text that could be merged'] };
  }
  const [base = [], ours = [], theirs = []] = sides.map((side) => splitLines(side.bytes.toString('latin1')));
  const result = mergeLines(base, ours, theirs);
  if ('conflicts' in result) return { conflicts: result.conflicts.map((place) => whereOf(place)) };
  const bytes = Buffer.from(result.lines.join(''), 'latin1');
  return { state: { ...withModeOf(to, { from, current }), bytes } };
}

function whereOf({ from, to }: { readonly from: number; readonly to: number }): string {
  if (to < from) return `a hunk meets lines deleted since before line ${from}`;
  return from === to
    ? `a hunk meets a later change of line ${from}`
    : `a hunk meets a later change of lines ${from}–${to}`;
}
