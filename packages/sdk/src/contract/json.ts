/** Any value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON Schema (draft 2020-12 unless `$schema` says otherwise) as a plain object. */
export type JsonSchema = { readonly [key: string]: unknown };
