import type { JsonSchema } from '@capstan/sdk/contract';

const deepest = 64;

/** Turns a schema in Google's own words (types in capitals, `nullable`) into a JSON Schema. */
export function jsonSchemaOf(schema: JsonSchema): JsonSchema {
  return convert(schema, 0) as JsonSchema;
}

function convert(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.map((one) => convert(one, depth + 1));
  if (typeof value !== 'object' || value === null || depth > deepest) return value;
  const { nullable, propertyOrdering: _, property_ordering: __, ...fields } = value as JsonSchema;
  const made = Object.fromEntries(Object.entries(fields).map(([name, inner]) => [name, fieldOf(name, inner, depth)]));
  if (nullable !== true || typeof made['type'] !== 'string') return made;
  return { ...made, type: [made['type'], 'null'] };
}

function fieldOf(name: string, value: unknown, depth: number): unknown {
  if (name === 'type') return typeof value === 'string' ? value.toLowerCase() : value;
  // Counts come as texts, as Google writes 64-bit numbers.
  if (/^(min|max)(Items|Length|Properties)$/.test(name) && typeof value === 'string') return Number(value);
  if (name === 'properties' && typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, convert(inner, depth + 1)]));
  }
  return ['items', 'anyOf', 'prefixItems', 'additionalProperties'].includes(name) ? convert(value, depth + 1) : value;
}
