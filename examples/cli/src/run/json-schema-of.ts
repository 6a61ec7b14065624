import type { JsonSchema, Tool } from '@capstan/sdk/contract';

/** Gives the JSON Schema of a tool's input, where its library can say it. */
export function jsonSchemaOf(tool: Tool): JsonSchema {
  const { input } = tool;
  if (!('~standard' in input)) return input;
  const standard = input['~standard'] as {
    readonly jsonSchema?: { readonly input: (options: { target: string }) => JsonSchema };
  };
  return standard.jsonSchema?.input({ target: 'draft-2020-12' }) ?? {};
}
