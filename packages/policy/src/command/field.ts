/** One word after the shell's expansions, as far as it can be told beforehand. */
export interface Field {
  /** The word; where `known` is false, its source text. */
  readonly text: string;
  readonly known: boolean;
  /** `text` is a pattern that the shell replaces by the files it matches. */
  readonly glob?: boolean;
  /** May turn into any number of words. */
  readonly many?: boolean;
  /** Letters that are sure to come first, where the rest is not known. */
  readonly start?: string;
  /** Only digits are not known: `text` shows them as 0. */
  readonly number?: boolean;
  /** What was unknown came from the network. */
  readonly remote?: boolean;
}

/** A word that is known. */
export function literal(text: string): Field {
  return { text, known: true };
}

/** A word that is known only when it runs. */
export function unknownField(text: string, more: Partial<Field> = {}): Field {
  return { text, known: false, ...more };
}

/** Tells whether a word can turn out to begin with a dash. */
export function mayBeOption(field: Field): boolean {
  if (field.known && !field.glob) return field.text.startsWith('-');
  const start = field.glob ? field.text : (field.start ?? '');
  return start === '' || /^[-*?[{+@!]/.test(start);
}
