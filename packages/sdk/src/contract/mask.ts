/** Hides parts of text from models, stores and readers. A redactor of `@capstan/policy` makes one. */
export interface Mask {
  /** Masks a whole text; a text that is masked already stays as it is. */
  readonly text: (text: string) => string;
  /** The same for live text in pieces, wherever it is split. Absent: live text is shown as it is. */
  readonly stream?: () => MaskStream;
}

/** Text in, safe text out. */
export interface MaskStream {
  /** Takes a piece; returns what is sure by now. */
  write(piece: string): string;
  /** Returns the rest. */
  end(): string;
}
