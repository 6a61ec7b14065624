/** Cuts a line to a number of columns, marking the cut. Counts characters, not bytes. */
export function fit(text: string, columns: number): string {
  if (text.length <= columns) return text;
  const characters = [...text];
  if (characters.length <= columns) return text;
  return `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
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
  return [...cell.replace(/\u001B\[[0-9;]*m/g, '')].length;
}
