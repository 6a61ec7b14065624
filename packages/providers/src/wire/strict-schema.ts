import type { JsonSchema } from '@capstan/sdk/contract';

/**
 * Tells whether a schema fits OpenAI's strict mode: every object closed, every property required, no keyword it refuses
 * (https://platform.openai.com/docs/guides/structured-outputs).
 */
export function strictSchema(schema: JsonSchema): boolean {
  return schema['type'] === 'object' && schema['anyOf'] === undefined && fits(schema, 0);
}

const refused = [
  'allOf',
  'oneOf',
  'not',
  'dependentRequired',
  'dependentSchemas',
  'if',
  'then',
  'else',
  'patternProperties',
  'propertyNames',
  'unevaluatedProperties',
  'prefixItems',
];

function fits(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > 10) return false;
  const schema = value as { readonly [key: string]: unknown };
  if (refused.some((keyword) => keyword in schema)) return false;
  const types = [schema['type']].flat();
  if (types.includes('object') || schema['properties'] !== undefined) {
    const properties = (schema['properties'] ?? {}) as { readonly [key: string]: unknown };
    const required = Array.isArray(schema['required']) ? schema['required'] : [];
    if (schema['additionalProperties'] !== false) return false;
    if (!Object.keys(properties).every((key) => required.includes(key))) return false;
    if (!Object.values(properties).every((property) => fits(property, depth + 1))) return false;
  }
  if (types.includes('array') && !fits(schema['items'], depth + 1)) return false;
  if (Array.isArray(schema['anyOf']) && !schema['anyOf'].every((one) => fits(one, depth + 1))) return false;
  const definitions = { ...(schema['$defs'] as object | undefined), ...(schema['definitions'] as object | undefined) };
  return Object.values(definitions).every((one) => fits(one, depth + 1));
}
