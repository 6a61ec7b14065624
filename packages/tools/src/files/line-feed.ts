/** Lines read one after the other, with a look ahead. */
export interface LineFeed {
  /** The next line, not taken; `undefined` at the end. */
  peek(ahead?: number): string | undefined;
  /** Takes the next line. */
  take(): string | undefined;
  /** Number of the next line, from 1. */
  readonly number: number;
}

/** Feeds the lines of a text. A carriage return at the end is kept unless the first line has one too. */
export function lineFeed(text: string): LineFeed {
  const lines = text.split(/^[^\n]*\r\n/.test(text) ? /\r?\n/ : '\n');
  if (lines.at(-1) === '') lines.pop();
  let at = 0;
  return {
    peek: (ahead = 0) => lines[at + ahead],
    take: () => lines[at++],
    get number() {
      return at + 1;
    },
  };
}
