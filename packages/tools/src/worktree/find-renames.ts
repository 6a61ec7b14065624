import type { Entry, FileState } from './file-state.ts';
import { isBinary } from './git-binary.ts';
import { diffLines, splitLines } from './line-diff.ts';

/** A file that went and one that came with much the same content. */
export interface Rename {
  readonly from: string;
  readonly to: string;
  readonly before: FileState;
  readonly after: FileState;
  /** Percent. */
  readonly similarity: number;
}

const leastSimilarity = 50;
const maxCompared = 20;
const maxBytes = 200_000;

/** Pairs files that went with files that came: those of one content first, then texts that are at least half the same. */
export function findRenames(entries: readonly Entry[]): Rename[] {
  const gone = entries.filter((entry) => entry.before && !entry.after && entry.before.bytes.length > 0);
  const come = entries.filter((entry) => entry.after && !entry.before);
  if (gone.length === 0 || come.length === 0) return [];
  const renames: Rename[] = [];
  const taken = new Set<string>();
  const pair = (to: Entry, rate: (from: FileState, to: FileState) => number) => {
    const { after } = to;
    if (!after || taken.has(to.path)) return;
    const [best] = gone
      .filter((entry) => !taken.has(entry.path) && entry.before?.kind === after.kind)
      .map((entry) => ({ from: entry, similarity: entry.before ? rate(entry.before, after) : 0 }))
      .filter(({ similarity }) => similarity >= leastSimilarity)
      .toSorted((one, other) => other.similarity - one.similarity);
    if (!best?.from.before) return;
    taken.add(best.from.path).add(to.path);
    renames.push({ from: best.from.path, to: to.path, before: best.from.before, after, similarity: best.similarity });
  };
  for (const entry of come) pair(entry, (from, to) => (from.bytes.equals(to.bytes) ? 100 : 0));
  if (gone.length > maxCompared || come.length > maxCompared) return renames;
  for (const entry of come) pair(entry, similarityOf);
  return renames;
}

/** Bytes of the lines that both texts have, in percent of the larger one. */
function similarityOf(from: FileState, to: FileState): number {
  const sizes = [from.bytes.length, to.bytes.length].toSorted((one, other) => one - other);
  const [small = 0, large = 0] = sizes;
  if (large > maxBytes || small < large / 2 || isBinary(from.bytes) || isBinary(to.bytes)) return 0;
  const lines = splitLines(from.bytes.toString('latin1'));
  let kept = from.bytes.length;
  for (const { aStart, aCount } of diffLines(lines, splitLines(to.bytes.toString('latin1')))) {
    for (const line of lines.slice(aStart, aStart + aCount)) kept -= line.length;
  }
  return Math.min(99, Math.floor((kept / large) * 100));
}
