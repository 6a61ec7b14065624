/** A JSON object from outside, of which nothing is sure. */
export type Fields = { readonly [name: string]: unknown };

const none: Fields = {};

/** Reads an object; anything else counts as one without fields. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : none;
}

/** Reads a text; anything else counts as none, which is empty. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Reads a list; anything else counts as an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** Reads a count of tokens; anything else counts as unknown. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
