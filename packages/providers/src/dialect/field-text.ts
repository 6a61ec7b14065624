/** Fields of a body; those that are `undefined` are left out. */
export type Fields = { readonly [name: string]: unknown };

/**
 * Writes fields as JSON text that goes on after others, each with its comma before it.
 *
 * @param taken Fields that are in the body already.
 */
export function fieldText(fields: Fields, taken: Fields = {}): string {
  let text = '';
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && !(name in taken)) text += `,"${name}":${JSON.stringify(value)}`;
  return text;
}
