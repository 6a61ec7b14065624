import { graphemes, graphemeWidth, widthOf } from './width.ts';

/** Cuts a line to a number of columns, marking the cut. Wide characters and pictures take two. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const each of graphemes(text)) {
    width += graphemeWidth(each);
    if (width > columns - 1) break;
    kept += each;
  }
  return `${kept}…`;
}

/** Puts rows under one another with columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, visible(cell))));
  const lines = rows.map((row) =>
    row.map((cell, at) => pad(cell, at === row.length - 1 ? 0 : (widths[at] ?? 0))).join('  '),
  );
  return lines.map((line) => line.trimEnd()).join('\n') + (rows.length > 0 ? '\n' : '');
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - visible(cell)));
}

function visible(cell: string): number {
  return widthOf(cell.replace(/\u001B\[[0-9;]*m/g, ''));
}
