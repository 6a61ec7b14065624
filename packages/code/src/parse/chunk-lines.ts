import type { Chunk, CodeSymbol } from './facts.ts';

/** Lines that a chunk has at most, unless a piece has no border within. */
const most = 60;
/** Lines below which a piece is put together with its neighbour. */
const few = 24;

/**
 * Cuts a file into runs of lines at the borders of its declarations; a long declaration is cut between its members, and
 * where it has none, at blank lines.
 */
export function chunkLines(lines: number, symbols: readonly CodeSymbol[], text: readonly number[]): readonly Chunk[] {
  if (lines <= most) return [{ line: 1, endLine: Math.max(1, lines) }];
  const borders = bordersOf(symbols, lines);
  const chunks: Chunk[] = [];
  let start = 1;
  while (start <= lines) {
    const end = endFrom(start, { lines, borders, blanks: text });
    chunks.push({ line: start, endLine: end });
    start = end + 1;
  }
  return chunks;
}

/** Lines on which a declaration begins. */
function bordersOf(symbols: readonly CodeSymbol[], lines: number): Uint8Array {
  const borders = new Uint8Array(lines + 2);
  for (const { line, endLine, container } of symbols) {
    const rank = container === '' ? 2 : 1;
    borders[line] = Math.max(borders[line] ?? 0, rank);
    if (endLine + 1 <= lines && endLine > line) borders[endLine + 1] = Math.max(borders[endLine + 1] ?? 0, rank);
  }
  return borders;
}

interface Cuts {
  readonly lines: number;
  readonly borders: Uint8Array;
  /** Numbers of blank lines, ascending. */
  readonly blanks: readonly number[];
}

function endFrom(start: number, { lines, borders, blanks }: Cuts): number {
  const last = start + most - 1;
  if (last >= lines) return lines;
  for (const rank of [2, 1]) {
    for (let line = last + 1; line > start + few; line--) if ((borders[line] ?? 0) >= rank) return line - 1;
  }
  const blank = blanks.findLast((line) => line <= last && line > start + few);
  return blank ?? last;
}
