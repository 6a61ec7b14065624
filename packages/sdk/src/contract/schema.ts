import type { JsonSchema } from './json.ts';

/**
 * The part of the Standard Schema interface that Capstan reads (https://standardschema.dev, version 1).
 *
 * Zod 3.24 and later, Zod 4, Valibot, ArkType and others implement it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** Standard JSON Schema, where the library gives it. */
    readonly jsonSchema?: { readonly input: (options: { target: string }) => Record<string, unknown> };
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a tool's `input` and an agent's `output` may be. */
export type Schema = StandardSchema<any, any> | JsonSchema; // eslint-disable-line @typescript-eslint/no-explicit-any

/** The value a schema gives once checked; `any`-free `Record` for plain JSON Schema. */
export type SchemaOutput<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T> extends { readonly output: infer Output }
    ? Output
    : unknown
  : Record<string, unknown>;
