import { expect, test } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import type { Schema } from '../contract/schema.ts';
import { prepareSchema } from './prepare-schema.ts';

const shape = {
  type: 'object',
  properties: { name: { type: 'string' }, ages: { type: 'array', items: { type: 'number' } } },
  required: ['name', 'ages'],
};

const old = z3.object({ name: z3.string(), ages: z3.array(z3.number()) });

/** Zod 3 before 3.24, which had no Standard Schema. */
const older = new Proxy(old, { has: (target, key) => key !== '~standard' && key in target });

const { '~standard': standard } = z.object({ name: z.string(), ages: z.array(z.number()) });

const schemas: [string, Schema][] = [
  ['Zod 4', z.object({ name: z.string(), ages: z.array(z.number()) })],
  ['Zod 3', old],
  ['Zod 3 without Standard Schema', older as unknown as Schema],
  ['plain JSON Schema', shape],
  ['a Standard Schema that gives JSON Schema', { '~standard': { ...standard, vendor: 'other' } }],
];

test.each(schemas)('%s gives JSON Schema and checks values', async (_, schema) => {
  const { jsonSchema, check } = await prepareSchema(schema, 'a test');
  expect(jsonSchema).toMatchObject(shape);
  expect(await check({ name: 'a', ages: [1] })).toEqual({ value: { name: 'a', ages: [1] } });
  const checked = await check({ name: 1, ages: [1, 'x'] });
  expect(checked.issues?.join('\n')).toMatch(/^name: /m);
  expect(checked.issues?.join('\n')).toMatch(/^ages\[1\]: /m);
});

test('a Standard Schema without JSON Schema is refused, with what to do', async () => {
  const schema: Schema = { '~standard': { version: 1, vendor: 'homemade', validate: (value) => ({ value }) } };
  await expect(prepareSchema(schema, 'tool "x"')).rejects.toThrow(
    'The homemade schema of tool "x" gives no JSON Schema',
  );
});

test('a JSON Schema that is not valid is refused when it is prepared', async () => {
  await expect(prepareSchema({ type: 'object', $ref: '#/$defs/none' }, 'tool "x"')).rejects.toThrow(
    'tool "x" is not valid',
  );
});
