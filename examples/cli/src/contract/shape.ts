/** A JSON Schema (draft 2020-12), written with the few words below. */
export interface Shape {
  readonly [keyword: string]: unknown;
}

export const text: Shape = { type: 'string' };
export const number: Shape = { type: 'number' };
export const whole: Shape = { type: 'integer' };
export const flag: Shape = { type: 'boolean' };
export const nothing: Shape = { type: 'null' };
/** Any JSON: what comes from a model, a vendor or a user's own file. */
export const json: Shape = {};

/** One of these values. */
export function oneOf(...values: readonly (string | number | boolean)[]): Shape {
  return { enum: values };
}

/** Any of these shapes. */
export function either(...shapes: readonly Shape[]): Shape {
  return { anyOf: shapes };
}

/** This shape, or null where it is not known or not there. */
export function orNull(shape: Shape): Shape {
  return either(shape, nothing);
}

export function list(items: Shape): Shape {
  return { type: 'array', items };
}

/** An object of names that are the user's own, each with such a value. */
export function record(values: Shape): Shape {
  return { type: 'object', additionalProperties: values };
}

/** A part that is described once, under `$defs`. */
export function part(name: string): Shape {
  return { $ref: `#/$defs/${name}` };
}

/** An object with these fields and no other; one whose name ends in `?` may be absent. */
export function object(fields: Readonly<Record<string, Shape>>): Shape {
  const names = Object.keys(fields);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), fields[name]])),
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  };
}
