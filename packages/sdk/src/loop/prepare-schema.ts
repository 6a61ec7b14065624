import { CapstanError } from '../contract/errors.ts';
import type { JsonSchema } from '../contract/json.ts';
import type { Schema, StandardIssue, StandardSchema } from '../contract/schema.ts';
import type { Checker } from './checker.ts';
import { isStandardSchema } from './checker.ts';

const prepared = new WeakMap<Schema, Promise<Checker>>();

/**
 * Makes a schema ready for use: Zod 4, Zod 3, any Standard Schema that gives JSON Schema, or plain JSON Schema.
 * Remembered by schema object. Libraries are imported only when a schema needs them.
 *
 * @throws {CapstanError} `invalid_config` for a schema that gives no JSON Schema, or one that is not valid.
 */
export function prepareSchema(schema: Schema, where: string): Promise<Checker> {
  let checker = prepared.get(schema);
  if (!checker) {
    checker = prepare(schema, where);
    prepared.set(schema, checker);
  }
  return checker;
}

async function prepare(schema: Schema, where: string): Promise<Checker> {
  if (isStandardSchema(schema)) {
    const jsonSchema = await standardToJson(schema, where);
    return { jsonSchema, check: (value) => checkStandard(schema, value) };
  }
  if (isZodWithoutStandard(schema)) {
    return { jsonSchema: await zod3ToJson(schema), check: (value) => checkOldZod(schema, value) };
  }
  return prepareJsonSchema(schema, where);
}

async function standardToJson(schema: StandardSchema, where: string): Promise<JsonSchema> {
  const own = schema['~standard'].jsonSchema;
  if (own) return own.input({ target: 'draft-2020-12' });
  if ('_zod' in schema) {
    const { toJSONSchema } = await import('zod/v4/core');
    return toJSONSchema(schema as never, { io: 'input' });
  }
  if (schema['~standard'].vendor === 'zod') return zod3ToJson(schema);
  if (givesJsonSchema(schema)) return schema.toJsonSchema();
  throw new CapstanError(
    'invalid_config',
    `The ${schema['~standard'].vendor} schema of ${where} gives no JSON Schema. Pass a JSON Schema, or a library that implements Standard JSON Schema.`,
    { where },
  );
}

/** The way of ArkType. */
function givesJsonSchema(schema: object): schema is { toJsonSchema(): JsonSchema } {
  return 'toJsonSchema' in schema && typeof schema.toJsonSchema === 'function';
}

async function zod3ToJson(schema: object): Promise<JsonSchema> {
  const { zodToJsonSchema } = await import('zod-to-json-schema');
  return zodToJsonSchema(schema as never, { $refStrategy: 'none' }) as JsonSchema;
}

async function checkStandard(schema: StandardSchema, value: unknown) {
  const result = await schema['~standard'].validate(value);
  return result.issues ? { issues: result.issues.map(issueLine) } : { value: result.value };
}

function issueLine(issue: StandardIssue): string {
  const path = (issue.path ?? []).map((step) => (typeof step === 'object' ? step.key : step));
  return `${showPath(path)}: ${issue.message}`;
}

function showPath(path: readonly PropertyKey[]): string {
  const shown = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return shown.replace(/^\./, '') || 'input';
}

interface OldZod {
  safeParse(value: unknown): { success: true; data: unknown } | { success: false; error: { issues: StandardIssue[] } };
}

function isZodWithoutStandard(schema: JsonSchema): schema is JsonSchema & OldZod {
  return '_def' in schema && 'safeParse' in schema;
}

function checkOldZod(schema: OldZod, value: unknown) {
  const result = schema.safeParse(value);
  return result.success ? { value: result.data } : { issues: result.error.issues.map(issueLine) };
}

async function prepareJsonSchema(jsonSchema: JsonSchema, where: string): Promise<Checker> {
  const { Validator } = await import('@cfworker/json-schema');
  const validator = new Validator(jsonSchema, draftOf(jsonSchema), false);
  try {
    validator.validate({});
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CapstanError('invalid_config', `The JSON Schema of ${where} is not valid: ${why}`, { where }, { cause });
  }
  return {
    jsonSchema,
    check(value) {
      const { valid, errors } = validator.validate(value);
      if (valid) return { value };
      const leaves = errors.filter((e) => !/^(properties|items|allOf|\$ref)$/.test(e.keyword));
      const lines = leaves.map((e) => `${pointerPath(e.instanceLocation)}: ${e.error}`);
      return { issues: [...new Set(lines)] };
    },
  };
}

function draftOf(schema: JsonSchema): '4' | '7' | '2019-09' | '2020-12' {
  const named = String(schema['$schema'] ?? '');
  if (named.includes('draft-04')) return '4';
  if (named.includes('draft-06') || named.includes('draft-07')) return '7';
  return named.includes('2019-09') ? '2019-09' : '2020-12';
}

function pointerPath(pointer: string): string {
  const steps = pointer.split('/').slice(1);
  return showPath(steps.map((s) => (/^\d+$/.test(s) ? Number(s) : s.replace(/~1/g, '/').replace(/~0/g, '~'))));
}
