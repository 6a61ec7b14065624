import type { TextEdit } from './template.ts';

/**
 * Applies edits to a text; what lies between them stays byte for byte.
 *
 * @param edits In any order, not overlapping.
 */
export function splice(text: string, edits: readonly TextEdit[]): string {
  const ordered = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const pieces: string[] = [];
  let from = 0;
  for (const edit of ordered) {
    pieces.push(text.slice(from, edit.start), edit.text);
    from = edit.end;
  }
  return pieces.join('') + text.slice(from);
}

/** Gives the line break a text uses at an offset: that of the line before, else that of the first line. */
export function lineBreak(text: string, offset: number): string {
  const before = text.lastIndexOf('\n', offset - 1);
  const at = before === -1 ? text.indexOf('\n') : before;
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n';
}

/** Gives the white space that the line of an offset begins with. */
export function indentation(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? '';
}

/** Gives one step of indentation as the text uses it: a tab, or the smallest run of spaces, two by default. */
export function indentationStep(text: string): string {
  if (/^\t/m.test(text)) return '\t';
  let step = 0;
  for (const match of text.matchAll(/^( {2,8})(?=[^\s*])/gm)) {
    const width = match[1]?.length ?? 0;
    if (step === 0 || width < step) step = width;
  }
  return ' '.repeat(step || 2);
}
