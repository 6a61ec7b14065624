import type { Colour } from './colour.ts';
import { plainText } from './plain-text.ts';

export interface DiffOptions {
  /** Lines shown before the rest is only counted. Default: all. */
  readonly maxLines?: number;
  /** Put before each line. */
  readonly indent?: string;
}

/** Colours a unified diff, a line for a line. The text is made harmless for a terminal first. */
export function renderDiff(
  diff: string,
  colour: Colour,
  { maxLines = Infinity, indent = '' }: DiffOptions = {},
): string {
  const left = { old: 0, new: 0 };
  const painted: string[] = [];
  for (const line of plainText(diff).replace(/\n$/, '').split('\n')) {
    const inHunk = left.old > 0 || left.new > 0;
    if (!inHunk && /^(?:index [0-9a-f]+\.\.|diff --git )/.test(line)) continue;
    painted.push(indent + (inHunk ? paintHunkLine(line, colour) : paintHeader(line, colour)));
    countDown(line, left, inHunk);
  }
  const rest = painted.length - maxLines;
  if (rest > 0) painted.splice(maxLines, Infinity, indent + colour.dim(`… ${rest} more lines`));
  return `${painted.join('\n')}\n`;
}

/** Follows the counts of a hunk header, so that a removed `-- x` is not taken for a file header. */
function countDown(line: string, left: { old: number; new: number }, inHunk: boolean): void {
  const header = inHunk ? null : /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
  if (header) {
    left.old = Number(header[1] ?? 1);
    left.new = Number(header[2] ?? 1);
    return;
  }
  if (!inHunk || line.startsWith('\\')) return;
  if (!line.startsWith('+')) left.old -= 1;
  if (!line.startsWith('-')) left.new -= 1;
}

function paintHeader(line: string, colour: Colour): string {
  if (line.startsWith('@@')) return colour.cyan(line);
  if (line.startsWith('\\')) return colour.dim(line);
  return colour.bold(line);
}

function paintHunkLine(line: string, colour: Colour): string {
  if (line.startsWith('+')) return colour.green(line);
  if (line.startsWith('-')) return colour.red(line);
  return line.startsWith('\\') ? colour.dim(line) : line;
}
