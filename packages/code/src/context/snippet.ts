import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeSymbol } from '../parse/facts.ts';

/** Estimates tokens of a text: one for each three and a half characters, as code mostly goes. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 3.5);
}

/** Reads a file's lines; undefined when it cannot be read any more. */
export function readLines(root: string, path: string): readonly string[] | undefined {
  try {
    return readFileSync(join(root, path), 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

/**
 * Widens a run of lines to the borders of the largest declaration around it that has fewer than `most` lines; leaves it
 * as it is where there is none.
 */
export function widen(
  { line, endLine }: { readonly line: number; readonly endLine: number },
  symbols: readonly CodeSymbol[],
  most: number,
): { readonly line: number; readonly endLine: number } {
  const around = symbols.filter((one) => one.line <= line && one.endLine >= endLine && one.endLine - one.line < most);
  const best = around.toSorted((one, other) => one.endLine - one.line - (other.endLine - other.line)).at(-1);
  return best ? { line: Math.min(best.line, line), endLine: best.endLine } : { line, endLine };
}

/** Prints the heads of declarations, one a line with its number, members indented. */
export function outlineText(symbols: readonly CodeSymbol[], maxLines = 80): string {
  const shown = symbols.filter(({ kind }) => kind !== 'field').slice(0, maxLines);
  const rows = shown.map(({ line, container, signature }) => {
    const depth = container === '' ? 0 : container.split('.').length;
    return `${String(line).padStart(5)}  ${'  '.repeat(depth)}${signature}`;
  });
  const rest = symbols.length - shown.length;
  return rest > 0 && shown.length === maxLines ? [...rows, `       … ${rest} more`].join('\n') : rows.join('\n');
}
