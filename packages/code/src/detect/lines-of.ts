/** Tells the line of an offset, and where a pattern first stands. Lines count from 1. */
export interface Lines {
  readonly text: string;
  at(offset: number): number;
  /** The line of the first match; undefined without one. */
  of(pattern: RegExp): number | undefined;
}

export function linesOf(text: string): Lines {
  const at = (offset: number): number => text.slice(0, offset).split('\n').length;
  return {
    text,
    at,
    of(pattern) {
      const found = text.search(pattern);
      return found < 0 ? undefined : at(found);
    },
  };
}

/** Makes a text safe inside a regular expression. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
