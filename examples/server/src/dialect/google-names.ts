import { type Fields } from './fields.ts';

/** Reads a field that Google takes in either spelling, `inlineData` or `inline_data`. */
export function fieldOf(fields: Fields, name: string): unknown {
  const value = fields[name];
  if (value !== undefined) return value;
  return fields[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}

/** Reads a list of which Google takes a single member for the whole. */
export function manyOf(value: unknown): unknown {
  return value === undefined || value === null || Array.isArray(value) ? value : [value];
}
