/** The lines of a text, for turning offsets into lines and columns. */
export interface LineMap {
  readonly count: number;
  /** Line of an offset, from 1. */
  lineAt(offset: number): number;
  /** Column of an offset in UTF-16 units, from 1. */
  columnAt(offset: number): number;
  /** Offset of the first character of a line; the text's length behind the last line. */
  startOf(line: number): number;
}

/** Finds the lines of a text. A last line that is empty does not count. */
export function lineMap(text: string): LineMap {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const count = starts.length > 1 && starts[starts.length - 1] === text.length ? starts.length - 1 : starts.length;
  const lineAt = (offset: number): number => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
  return {
    count,
    lineAt,
    columnAt: (offset) => offset - (starts[lineAt(offset) - 1] ?? 0) + 1,
    startOf: (line) => starts[line - 1] ?? text.length,
  };
}
