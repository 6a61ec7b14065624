import { truncateToWidth, visibleWidth, wrapTextWithAnsi } from '@earendil-works/pi-tui';
import type { Colour } from '../render/colour.ts';
import { renderDiff } from '../render/diff.ts';
import { changedPart, diffRows, type DiffRow, type DiffSide } from '../render/diff-rows.ts';
import { hanging } from './hanging.ts';

/** Columns from which a diff is shown side by side. */
const wideFrom = 120;

export interface DiffLinesOptions {
  readonly width: number;
  readonly colour: Colour;
  /** Put before each line. */
  readonly indent?: string;
  readonly bar: string;
}

/** Shows a unified diff: side by side where the terminal is wide, else line under line. */
export function diffLines(diff: string, { width, colour, indent = '', bar }: DiffLinesOptions): string[] {
  if (width < wideFrom) {
    const lines = renderDiff(diff, colour, { indent }).trimEnd().split('\n');
    return lines.flatMap((line) => hanging(line, width));
  }
  const rows = diffRows(diff);
  const numbers = Math.max(3, ...rows.map((row) => String(highest(row)).length));
  const half = Math.floor((width - visibleWidth(indent) - 3) / 2);
  const options = { half, numbers, colour, bar };
  return rows.flatMap((row) => rowLines(row, options)).map((line) => indent + line);
}

interface RowOptions {
  readonly half: number;
  readonly numbers: number;
  readonly colour: Colour;
  readonly bar: string;
}

function highest(row: DiffRow): number {
  if (row.kind === 'file' || row.kind === 'hunk') return 0;
  return Math.max(row.left?.number ?? 0, row.right?.number ?? 0);
}

function rowLines(row: DiffRow, options: RowOptions): string[] {
  const { colour, half } = options;
  const across = half * 2 + 3;
  switch (row.kind) {
    case 'file':
      return [colour.bold(truncateToWidth(row.text, across))];
    case 'hunk':
      return [colour.cyan(truncateToWidth(row.text, across))];
    case 'same':
      return beside(
        side(row.left, (text) => text, options),
        side(row.right, (text) => text, options),
        options,
      );
    case 'change': {
      const { left, right } = row;
      const part = left && right ? changedPart(left.text, right.text) : undefined;
      return beside(
        side(left, painted(colour.red, colour, part), options),
        side(right, painted(colour.green, colour, part), options),
        options,
      );
    }
    default:
      return row satisfies never;
  }
}

/** Puts two halves beside one another; the shorter one is filled up with blanks. */
function beside(left: readonly string[], right: readonly string[], { half, colour, bar }: RowOptions): string[] {
  const empty = ' '.repeat(half);
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, at) => `${left[at] ?? empty} ${colour.dim(bar)} ${right[at] ?? empty}`,
  );
}

type Paint = (text: string) => string;

/** Paints a changed line; what differs from the line beside it stands out, unless all of it does. */
function painted(paint: Paint, colour: Colour, part: ReturnType<typeof changedPart> | undefined): Paint {
  return (text) => {
    if (!part || part.from + part.tail === 0) return paint(text);
    const end = text.length - part.tail;
    return paint(text.slice(0, part.from)) + colour.inverse(paint(text.slice(part.from, end))) + paint(text.slice(end));
  };
}

/** One half of a row, exactly as wide as it is to be; a long line goes on below. */
function side(content: DiffSide | undefined, paint: Paint, { half, numbers, colour }: RowOptions): string[] {
  if (!content) return [];
  const width = half - numbers - 1;
  const lines = wrapTextWithAnsi(paint(content.text.replaceAll('\t', '    ')), width);
  return (lines.length === 0 ? [''] : lines).map((line, at) => {
    const head = at === 0 ? String(content.number) : '';
    // A colour that goes on below must not colour what stands beside it.
    const closed = line.includes('\u001B') ? `${line}\u001B[0m` : line;
    return `${colour.dim(head.padStart(numbers))} ${closed}${' '.repeat(Math.max(0, width - visibleWidth(line)))}`;
  });
}
