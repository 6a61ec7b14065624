import type { JsonSchema } from '@capstan/sdk/contract';
import type { GbnfJsonSchema } from 'node-llama-cpp';

/** A schema as the grammars of node-llama-cpp take it; what they do not know is left out. */
export function grammarSchema(schema: JsonSchema): GbnfJsonSchema {
  return convert(schema) as GbnfJsonSchema;
}

const anything = { type: 'object', additionalProperties: true };
const scalars = ['string', 'number', 'integer', 'boolean', 'null'];
const formats = ['date-time', 'time', 'date'];

function convert(schema: unknown): object {
  if (!isSchema(schema)) return anything;
  const { description, $defs, definitions } = schema;
  const more = {
    ...(typeof description === 'string' ? { description } : {}),
    ...(isSchema($defs) || isSchema(definitions)
      ? { $defs: convertAll({ ...(definitions as object), ...($defs as object) }) }
      : {}),
  };
  return { ...more, ...shape(schema) };
}

/** The first keyword that says what a value looks like decides. */
function shape(schema: JsonSchema): object {
  const { type, properties, items, $ref, enum: list } = schema;
  const branches = schema['oneOf'] ?? schema['anyOf'];
  if (typeof $ref === 'string') return { $ref: $ref.replace('#/definitions/', '#/$defs/') };
  if ('const' in schema && isScalar(schema['const'])) return { const: schema['const'] };
  if (Array.isArray(list)) return { enum: list.filter(isScalar) };
  if (Array.isArray(branches)) return { oneOf: branches.map(convert) };
  if (Array.isArray(type)) return ofTypes(schema, type);
  if (type === 'string') return string(schema);
  if (typeof type === 'string' && scalars.includes(type)) return { type };
  if (type === 'array' || (type === undefined && items !== undefined)) return array(schema);
  return type === 'object' || isSchema(properties) ? object(schema) : anything;
}

function ofTypes(schema: JsonSchema, types: readonly unknown[]): object {
  if (types.every((type) => scalars.includes(String(type)))) return { type: types };
  return { oneOf: types.map((type) => convert({ ...schema, type })) };
}

function object({ properties, additionalProperties }: JsonSchema): object {
  const open = additionalProperties !== false && !isSchema(properties);
  return {
    type: 'object',
    ...(isSchema(properties) ? { properties: convertAll(properties) } : {}),
    ...(isSchema(additionalProperties)
      ? { additionalProperties: convert(additionalProperties) }
      : open
        ? { additionalProperties: true }
        : {}),
  };
}

function array(schema: JsonSchema): object {
  const { items, prefixItems, minItems, maxItems } = schema;
  return {
    type: 'array',
    ...(isSchema(items) ? { items: convert(items) } : {}),
    ...(Array.isArray(prefixItems) ? { prefixItems: prefixItems.map(convert) } : {}),
    ...(typeof minItems === 'number' ? { minItems } : {}),
    ...(typeof maxItems === 'number' ? { maxItems } : {}),
  };
}

function string({ format, minLength, maxLength }: JsonSchema): object {
  if (typeof format === 'string' && formats.includes(format)) return { type: 'string', format };
  return {
    type: 'string',
    ...(typeof minLength === 'number' ? { minLength } : {}),
    ...(typeof maxLength === 'number' ? { maxLength } : {}),
  };
}

function convertAll(schemas: object): object {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, convert(schema)]));
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
