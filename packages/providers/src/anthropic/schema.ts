import type { JsonSchema } from '@capstan/sdk/contract';

const unions = ['anyOf', 'oneOf', 'allOf'] as const;

/**
 * Makes a tool's schema one that the Messages API takes: an object at its root, without a union there.
 *
 * The branches of a union are merged: all their properties, and as required what every branch (of `allOf`: any) requires.
 * The loop checks the arguments against the tool's own schema, so nothing is let through.
 */
export function objectSchema(schema: JsonSchema): JsonSchema {
  const union = unions.find((name) => Array.isArray(schema[name]));
  if (union === undefined) return schema['type'] === 'object' ? schema : { ...schema, type: 'object' };
  const { [union]: branches, ...rest } = schema;
  const objects = (branches as readonly unknown[]).filter(isObject).map(objectSchema);
  const properties: { [name: string]: unknown } = {};
  for (const one of [rest, ...objects]) Object.assign(properties, isObject(one['properties']) ? one['properties'] : {});
  const required = requiredOf(rest, objects, union);
  return objectSchema({ ...rest, type: 'object', properties, ...(required.length > 0 ? { required } : {}) });
}

function requiredOf(root: JsonSchema, branches: readonly JsonSchema[], union: (typeof unions)[number]): string[] {
  const lists = branches.map(requiredNames);
  const common =
    union === 'allOf' ? lists.flat() : (lists[0] ?? []).filter((name) => lists.every((list) => list.includes(name)));
  return [...new Set([...requiredNames(root), ...common])];
}

function requiredNames(schema: JsonSchema): string[] {
  const required = schema['required'];
  return Array.isArray(required) ? required.filter((name): name is string => typeof name === 'string') : [];
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
