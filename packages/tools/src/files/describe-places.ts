import { diffLines } from '../worktree/line-diff.ts';
import { lineTable } from './block-match.ts';
import type { LineTable } from './block-match.ts';
import { resemblances } from './fuzzy-match.ts';
import { wellFormed } from './text-encoding.ts';
import type { TextMatch } from './text-match.ts';

const shownPlaces = 5;
const shownLines = 12;

/** Says where a text stands when it stands in more than one place, each with a line around it. */
export function describePlaces(text: string, matches: readonly TextMatch[]): string {
  const table = lineTable(text);
  const places = matches.slice(0, shownPlaces).map((match) => {
    const from = lineIndex(table, match.start);
    const to = lineIndex(table, Math.max(match.start, match.end - 1));
    return numbered(table, Math.max(0, from - 1), Math.min(to + 1, from + shownLines));
  });
  const more = matches.length > shownPlaces ? `\n[and ${matches.length - shownPlaces} more]` : '';
  return `old is there ${matches.length} times:\n${places.join('\n--\n')}${more}\nAdd lines around it so that it is found once, or set all.`;
}

/** Says that a text was not found, and shows the closest place with what differs. */
export function describeClosest(text: string, old: string): string {
  const table = lineTable(text);
  const wanted = lineTable(old);
  const [best] = resemblances(table, wanted);
  const missing = 'old is not in the file.';
  if (!best || best.score < 0.3) return `${missing} Nothing like it is there; read the file and copy the text from it.`;
  const given = wanted.lines.slice(0, shownLines * 2).map(shown);
  const real = table.lines.slice(best.at, best.at + given.length + 2).map(shown);
  const rows = rowsOf(given, real);
  const last = Math.min(best.at + wanted.lines.length, table.lines.length);
  return `${missing} The closest is at lines ${best.at + 1}–${last} (- what you gave, + what the file has):\n${rows.join('\n')}\nCopy the text from the file and try again.`;
}

/** The lines of both, those in common once; what the file goes on with is left out. */
function rowsOf(given: readonly string[], real: readonly string[]): string[] {
  const rows: string[] = [];
  let at = 0;
  for (const { aStart, aCount, bStart, bCount } of diffLines(given, real)) {
    rows.push(...given.slice(at, aStart).map((line) => `  ${line}`));
    rows.push(...given.slice(aStart, aStart + aCount).map((line) => `- ${line}`));
    at = aStart + aCount;
    const atEnd = at === given.length;
    const kept = atEnd ? Math.min(bCount, Math.max(aCount, bCount - 2)) : bCount;
    rows.push(...real.slice(bStart, bStart + kept).map((line) => `+ ${line}`));
  }
  rows.push(...given.slice(at).map((line) => `  ${line}`));
  return rows;
}

function numbered(table: LineTable, from: number, to: number): string {
  const lines = table.lines.slice(from, to + 1);
  return lines.map((line, index) => `${from + index + 1}: ${shown(line)}`).join('\n');
}

/** A line for the model, with what it cannot see made visible at the end. */
function shown(line: string): string {
  const body = line.replace(/\r?\n$|\r$/, '');
  const cut = body.length > 300 ? `${body.slice(0, 300)} […]` : body;
  return wellFormed(cut);
}

function lineIndex(table: LineTable, at: number): number {
  let low = 0;
  let high = table.starts.length;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if ((table.starts[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return low;
}
