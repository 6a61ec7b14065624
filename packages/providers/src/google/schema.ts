import type { JsonSchema } from '@capstan/sdk/contract';

/** A schema that Gemini takes. */
export interface GeminiSchema {
  readonly schema: JsonSchema;
  /** Where and what was left out, for example `properties.age: multipleOf`. */
  readonly dropped: readonly string[];
}

/** Keywords that Gemini takes as they are (https://ai.google.dev/api/generate-content, 2026-11-21). */
const plain = new Set([
  '$id',
  '$anchor',
  'type',
  'format',
  'title',
  'description',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'required',
  'propertyOrdering',
]);

/** Keywords that say nothing about which values are valid; leaving them out changes nothing. */
const silent = new Set([
  '$schema',
  '$comment',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
]);

/**
 * Translates a JSON Schema to the subset that Gemini takes.
 *
 * What has an equal in the subset is rewritten: `const` as `enum`, `oneOf` as `anyOf`, `allOf` of objects as one object,
 * `definitions` as `$defs`, open bounds of integers as closed ones. What has none is left out, told in `dropped`, and
 * added to the description, so that the model still reads it.
 */
export function geminiSchema(schema: JsonSchema): GeminiSchema {
  const dropped: string[] = [];
  return { schema: translate(schema, [], dropped), dropped };
}

type Draft = { [keyword: string]: unknown };

function translate(schema: JsonSchema, path: readonly string[], dropped: string[]): JsonSchema {
  const into: Draft = {};
  const lost: Draft = {};
  const merged = mergeAllOf(schema);
  if (typeof merged['$ref'] === 'string') return reference(merged, path, dropped);
  for (const [keyword, value] of Object.entries(merged)) {
    if (plain.has(keyword)) into[keyword] = value;
    else if (!silent.has(keyword) && !rewrite(keyword, value, { into, schema: merged, path, dropped }))
      lost[keyword] = value;
  }
  for (const [keyword, value] of Object.entries(lost)) if (!isSlight(keyword, value)) dropped.push(at(path, keyword));
  return told(into, lost);
}

interface Place {
  readonly into: Draft;
  readonly schema: JsonSchema;
  readonly path: readonly string[];
  readonly dropped: string[];
}

/** "Not empty" is said well enough in words, and half of all schemas say it. */
function isSlight(keyword: string, value: unknown): boolean {
  return keyword === 'minLength' && Number(value) <= 1;
}

/** Tells whether the keyword has an equal in the subset, and adds that. */
function rewrite(keyword: string, value: unknown, { into, schema, path, dropped }: Place): boolean {
  const one = (child: unknown, ...steps: string[]): unknown =>
    isSchema(child) ? translate(child, [...path, keyword, ...steps], dropped) : child === true ? {} : child;
  switch (keyword) {
    case 'properties':
      into[keyword] = isSchema(value)
        ? Object.fromEntries(Object.entries(value).map(([name, child]) => [name, one(child, name)]))
        : {};
      return true;
    case '$defs':
    case 'definitions':
      into['$defs'] = {
        ...(into['$defs'] as object | undefined),
        ...(isSchema(value)
          ? Object.fromEntries(Object.entries(value).map(([name, child]) => [name, one(child, name)]))
          : {}),
      };
      return true;
    case 'items':
    case 'additionalProperties':
      into[keyword] = keyword === 'additionalProperties' && typeof value === 'boolean' ? value : one(value);
      return true;
    case 'anyOf':
    case 'oneOf':
    case 'prefixItems':
      if (!Array.isArray(value)) return false;
      into[keyword === 'oneOf' ? 'anyOf' : keyword] = value.map((child, index) => one(child, String(index)));
      return true;
    case 'const':
      return rewriteEnum([value], into);
    case 'enum':
      return Array.isArray(value) && rewriteEnum(value, into);
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return rewriteBound(keyword, value, { into, schema });
    default:
      return false;
  }
}

/** Gemini takes lists of strings and of numbers; `null` among them is a type of its own. */
function rewriteEnum(values: readonly unknown[], into: Draft): boolean {
  const rest = values.filter((value) => value !== null);
  const kind = typeof rest[0];
  if (kind === 'boolean' && rest.length === 2) return true;
  if (rest.length === 0 || (kind !== 'string' && kind !== 'number') || rest.some((value) => typeof value !== kind))
    return false;
  into['enum'] = rest;
  into['type'] ??= rest.length < values.length ? [kind, 'null'] : kind;
  return true;
}

function rewriteBound(keyword: string, value: unknown, { into, schema }: Pick<Place, 'into' | 'schema'>): boolean {
  if (schema['type'] !== 'integer' || typeof value !== 'number') return false;
  if (keyword === 'exclusiveMinimum') into['minimum'] ??= Math.floor(value) + 1;
  else into['maximum'] ??= Math.ceil(value) - 1;
  return true;
}

/** Beside a reference Gemini takes only keywords that begin with `$`. */
function reference(schema: JsonSchema, path: readonly string[], dropped: string[]): JsonSchema {
  const into: Draft = { $ref: String(schema['$ref']).replace('#/definitions/', '#/$defs/') };
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$defs' || keyword === 'definitions') rewrite(keyword, value, { into, schema, path, dropped });
    else if (keyword !== '$ref' && !silent.has(keyword) && keyword !== 'description' && keyword !== 'title')
      dropped.push(at(path, keyword));
  }
  return into;
}

/** Joins the objects of an `allOf` with the schema around it. */
function mergeAllOf(schema: JsonSchema): JsonSchema {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf)) return schema;
  let merged: JsonSchema = rest;
  for (const one of allOf.filter(isSchema).map(mergeAllOf)) {
    const properties = {
      ...(merged['properties'] as object | undefined),
      ...(one['properties'] as object | undefined),
    };
    const required = [...new Set([...names(merged['required']), ...names(one['required'])])];
    merged = {
      ...one,
      ...merged,
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
      ...(required.length > 0 ? { required } : {}),
    };
  }
  return merged;
}

/** Adds what was left out to the description. */
function told(into: Draft, lost: Draft): JsonSchema {
  const words = Object.entries(lost).map(([keyword, value]) => `${keyword}: ${JSON.stringify(value)}`);
  if (words.length === 0) return into;
  const before = typeof into['description'] === 'string' ? `${into['description']} ` : '';
  return { ...into, description: `${before}(${words.join(', ')})` };
}

function at(path: readonly string[], keyword: string): string {
  return path.length === 0 ? keyword : `${path.join('.')}: ${keyword}`;
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
