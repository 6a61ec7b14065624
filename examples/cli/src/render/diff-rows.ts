import { plainText } from './plain-text.ts';

/** One side of a row: the line's number in its file and its text without the mark. */
export interface DiffSide {
  readonly number: number;
  readonly text: string;
}

/** A row of a diff that shows both sides: a heading across, or a line with what stands left and right of it. */
export type DiffRow =
  | { readonly kind: 'file'; readonly text: string }
  | { readonly kind: 'hunk'; readonly text: string }
  | { readonly kind: 'same'; readonly left: DiffSide; readonly right: DiffSide }
  | { readonly kind: 'change'; readonly left?: DiffSide; readonly right?: DiffSide };

/** Lays a unified diff out in rows of two sides: removed lines stand beside the added ones that follow them. */
export function diffRows(diff: string): DiffRow[] {
  const rows: DiffRow[] = [];
  const at = { old: 0, new: 0, oldLeft: 0, newLeft: 0 };
  let removed: DiffSide[] = [];
  let added: DiffSide[] = [];
  const flush = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      const [left, right] = [removed[index], added[index]];
      rows.push({ kind: 'change', ...(left ? { left } : {}), ...(right ? { right } : {}) });
    }
    removed = [];
    added = [];
  };
  for (const line of plainText(diff).replace(/\n$/, '').split('\n')) {
    const inHunk = at.oldLeft > 0 || at.newLeft > 0;
    const header = inHunk ? null : /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/.exec(line);
    if (header) {
      flush();
      [at.old, at.oldLeft, at.new, at.newLeft] = [1, 2, 3, 4].map((group) => Number(header[group] ?? 1)) as [
        number,
        number,
        number,
        number,
      ];
      rows.push({ kind: 'hunk', text: line });
    } else if (!inHunk) {
      flush();
      if (/^(?:index |diff --git |\\)/.test(line)) continue;
      rows.push({ kind: 'file', text: line });
    } else if (line.startsWith('-')) {
      if (added.length > 0) flush();
      removed.push({ number: at.old, text: line.slice(1) });
      at.old += 1;
      at.oldLeft -= 1;
    } else if (line.startsWith('+')) {
      added.push({ number: at.new, text: line.slice(1) });
      at.new += 1;
      at.newLeft -= 1;
    } else if (!line.startsWith('\\')) {
      flush();
      const text = line.slice(1);
      rows.push({ kind: 'same', left: { number: at.old, text }, right: { number: at.new, text } });
      at.old += 1;
      at.new += 1;
      at.oldLeft -= 1;
      at.newLeft -= 1;
    }
  }
  flush();
  return rows;
}

/** The part of two lines that differs: what both begin with and both end with is left out. */
export function changedPart(left: string, right: string): { readonly from: number; readonly tail: number } {
  const most = Math.min(left.length, right.length);
  let from = 0;
  while (from < most && left[from] === right[from]) from += 1;
  let tail = 0;
  while (tail < most - from && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  return { from, tail };
}
