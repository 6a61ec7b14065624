/** Replaces a range of a text. Offsets count UTF-16 units. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Puts edits in order, each once. Where two overlap, none of them can be meant: that gives undefined. */
export function inOrder(edits: readonly TextEdit[]): readonly TextEdit[] | undefined {
  const sorted = edits.toSorted((one, other) => one.start - other.start || one.end - other.end);
  const kept: TextEdit[] = [];
  for (const edit of sorted) {
    const last = kept.at(-1);
    if (last && last.start === edit.start && last.end === edit.end && last.text === edit.text) continue;
    if (last && edit.start < last.end) return undefined;
    kept.push(edit);
  }
  return kept;
}

/** Applies edits that are in order. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: put } of edits) {
    parts.push(text.slice(at, start), put);
    at = end;
  }
  return parts.join('') + text.slice(at);
}

/** Where places of a text lie after edits. All within an edit, old text or new, count as the place where it begins. */
export interface Shift {
  /** A place of the old text in the new one. */
  forward(offset: number): number;
  /** A place of the new text with what an edit put in brought to where the edit begins. */
  settle(offset: number): number;
}

export function shiftOf(edits: readonly TextEdit[]): Shift {
  return {
    forward(offset) {
      let moved = 0;
      for (const { start, end, text } of edits) {
        if (offset < start) break;
        if (offset < end) return start + moved;
        moved += text.length - (end - start);
      }
      return offset + moved;
    },
    settle(offset) {
      let moved = 0;
      for (const { start, end, text } of edits) {
        if (offset < start + moved) break;
        if (offset < start + moved + text.length) return start + moved;
        moved += text.length - (end - start);
      }
      return offset;
    },
  };
}
