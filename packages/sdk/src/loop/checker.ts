import type { JsonSchema } from '../contract/json.ts';
import type { Schema } from '../contract/schema.ts';

/** A schema made ready: how a model sees it, and how a value is checked against it. */
export interface Checker {
  readonly jsonSchema: JsonSchema;
  readonly check: (value: unknown) => Checked | Promise<Checked>;
}

/** The value as the schema gives it, or one line for each thing wrong, such as `items[2].name: expected string`. */
export type Checked = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly string[] };

/** Tells a Standard Schema from plain JSON Schema. */
export function isStandardSchema(schema: Schema): schema is Exclude<Schema, JsonSchema> {
  return '~standard' in schema;
}
