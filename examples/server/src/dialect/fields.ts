import { CapstanError } from '@capstan/sdk/contract';
import { isDeeper } from '../http/parse-json.ts';

/** A JSON object from outside, of which nothing is sure. */
export type Fields = { readonly [name: string]: unknown };

/** Makes the error for a body that cannot be answered. @param where For example `messages[2].content`. */
export function refused(where: string, what: string): CapstanError {
  return new CapstanError('invalid_config', `${where}: ${what}`, { where, status: 400 });
}

/** Reads an object. */
export function objectAt(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(where, 'give an object.');
  return value as Fields;
}

/** Reads a list; nothing, or `null`, is an empty one. */
export function listAt(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refused(where, 'give a list.');
  return value as readonly unknown[];
}

/** Reads a list that must be there and hold something. */
export function someAt(value: unknown, where: string): readonly unknown[] {
  const list = listAt(value, where);
  if (list.length === 0) throw refused(where, 'give a list of at least one.');
  return list;
}

/** Reads a text that must be there. */
export function textAt(value: unknown, where: string): string {
  if (typeof value !== 'string') throw refused(where, 'give a text.');
  return value;
}

/** Reads a text that holds JSON, as the arguments of a call do; broken JSON is a text as well. */
export function jsonTextAt(value: unknown, where: string): string {
  const text = maybeText(value, where) ?? '';
  if (isDeeper(Buffer.from(text), deepest)) throw refused(where, `the JSON is nested deeper than ${deepest} levels.`);
  return text;
}

/** Levels of JSON inside a text: far more than any tool has, far fewer than writing it could bear. */
export const deepest = 128;

/** Reads a text that must be there and hold something. */
export function nameAt(value: unknown, where: string): string {
  const text = textAt(value, where);
  if (text.trim() === '') throw refused(where, 'give a text that is not empty.');
  return text;
}

/** Reads a text that may be missing. */
export function maybeText(value: unknown, where: string): string | undefined {
  return value === undefined || value === null ? undefined : textAt(value, where);
}

/** Reads `true` or `false`, or nothing. */
export function maybeFlag(value: unknown, where: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw refused(where, 'give true or false.');
  return value;
}

/** Reads an object that may be missing. */
export function maybeObject(value: unknown, where: string): Fields | undefined {
  return value === undefined || value === null ? undefined : objectAt(value, where);
}

/** Reads a number that may be missing, within limits that all vendors keep. */
export function maybeNumber(
  value: unknown,
  where: string,
  { least = -Infinity, most = Infinity }: { readonly least?: number; readonly most?: number } = {},
): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw refused(where, 'give a number.');
  if (value < least || value > most) throw refused(where, `give a number from ${least} to ${most}.`);
  return value;
}

/** Reads a whole number of at least `least` that may be missing. */
export function maybeCount(value: unknown, where: string, least = 1): number | undefined {
  const number = maybeNumber(value, where);
  if (number === undefined) return undefined;
  if (!Number.isSafeInteger(number) || number < least)
    throw refused(where, `give a whole number of at least ${least}.`);
  return number;
}

/** Reads one text, or a list of texts, or nothing. */
export function textsAt(value: unknown, where: string): readonly string[] {
  if (typeof value === 'string') return [value];
  return listAt(value, where).map((one, index) => textAt(one, `${where}[${index}]`));
}

/** Leaves out what is `undefined`, so that an absent field stays absent. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept: { [name: string]: unknown } = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept as { [K in keyof T]: Exclude<T[K], undefined> };
}
