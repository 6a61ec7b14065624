import { applyEdits, inOrder, type TextEdit } from '../text-edit.ts';

/** A place of a name with what must be written around the new one. */
export interface NameLocation {
  readonly start: number;
  readonly end: number;
  readonly prefix: string;
  readonly suffix: string;
  /** A range around it that the new name alone can stand for: `{ a: b }` becomes `{ a }` when b becomes a. */
  readonly fold?: { readonly start: number; readonly end: number };
}

/**
 * Puts a new name in place of the old one.
 *
 * @returns undefined when places overlap.
 */
export function nameEdits(
  text: string,
  places: readonly NameLocation[],
  name: string,
): { readonly edits: readonly TextEdit[]; readonly text: string } | undefined {
  const edits = inOrder(
    places.map(({ start, end, prefix, suffix, fold }) =>
      prefix + suffix === '' && fold ? { ...fold, text: name } : { start, end, text: prefix + name + suffix },
    ),
  );
  return edits && { edits, text: applyEdits(text, edits) };
}
