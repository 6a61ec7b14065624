/** A place in a text: line and column from 0, the column in UTF-16 code units as JavaScript counts them. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The unit that a server counts columns in. */
export type PositionEncoding = 'utf-8' | 'utf-16' | 'utf-32';

/** A place as the protocol writes it. */
export interface WirePosition {
  readonly line: number;
  readonly character: number;
}

export interface WireRange {
  readonly start: WirePosition;
  readonly end: WirePosition;
}

/** A text cut into lines, so that places in it can be found and told in a server's unit. */
export class TextLines {
  readonly text: string;
  /** Where each line begins. */
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length);
    this.#starts = starts;
  }

  get count(): number {
    return this.#starts.length;
  }

  /** A line without its end; empty past the last one. */
  line(number: number): string {
    const start = this.#starts[number];
    if (start === undefined) return '';
    return this.text.slice(start, this.#starts[number + 1] ?? this.text.length).replace(/[\r\n]+$/, '');
  }

  /** Where a position of the protocol lies in the text; past the end of a line it is the end of that line. */
  offset({ line, character }: WirePosition, encoding: PositionEncoding): number {
    const start = this.#starts[line];
    if (start === undefined) return this.text.length;
    return start + columnOf(this.line(line), character, encoding);
  }

  /** A position of the protocol as a place. */
  place({ line, character }: WirePosition, encoding: PositionEncoding): Place {
    return { line, column: columnOf(this.line(line), character, encoding) };
  }

  /** A place as a position of the protocol. */
  position({ line, column }: Place, encoding: PositionEncoding): WirePosition {
    return { line, character: characterOf(this.line(line).slice(0, column), encoding) };
  }

  /** The place of an offset. */
  placeOf(offset: number): Place {
    let line = this.#starts.length - 1;
    while (line > 0 && (this.#starts[line] ?? 0) > offset) line -= 1;
    return { line, column: offset - (this.#starts[line] ?? 0) };
  }
}

function characterOf(before: string, encoding: PositionEncoding): number {
  if (encoding === 'utf-16') return before.length;
  return encoding === 'utf-8' ? Buffer.byteLength(before) : [...before].length;
}

function columnOf(line: string, character: number, encoding: PositionEncoding): number {
  if (encoding === 'utf-16') return Math.min(character, line.length);
  let column = 0;
  let counted = 0;
  for (const sign of line) {
    if (counted >= character) break;
    counted += encoding === 'utf-8' ? Buffer.byteLength(sign) : 1;
    column += sign.length;
  }
  return column;
}
