import type { JsonSchema } from '@capstan/sdk/contract';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';

/**
 * Makes a schema one that the API takes, as its own SDK does: what it does not know becomes words of the description. A
 * schema that the SDK cannot read goes as it is; the API then says what it does not take.
 */
export function apiSchema(schema: JsonSchema): JsonSchema {
  try {
    return transformJSONSchema({ ...schema }) as JsonSchema;
  } catch {
    return schema;
  }
}
