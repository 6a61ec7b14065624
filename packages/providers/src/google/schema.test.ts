import { expect, test } from 'vitest';
import { geminiSchema } from './schema.ts';

test('what Gemini takes stays as it is', () => {
  const schema = {
    type: 'object',
    properties: {
      a: { type: ['string', 'null'], description: 'an a' },
      b: { type: 'array', items: { $ref: '#/$defs/b' }, minItems: 1 },
    },
    required: ['a'],
    additionalProperties: false,
    $defs: { b: { type: 'integer', minimum: 0, maximum: 9 } },
  };
  expect(geminiSchema(schema)).toEqual({ schema, dropped: [] });
});

test('what has an equal is rewritten and not told', () => {
  const { schema, dropped } = geminiSchema({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    definitions: { kind: { const: 'file' } },
    properties: {
      kind: { $ref: '#/definitions/kind', description: 'told elsewhere' },
      one: { oneOf: [{ type: 'string', default: 'x' }, { enum: [1, 2, null] }] },
      count: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 },
      both: {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { type: 'object', properties: { b: {} }, required: ['b'] },
        ],
      },
    },
  });
  expect(dropped).toEqual([]);
  expect(schema).toEqual({
    type: 'object',
    $defs: { kind: { enum: ['file'], type: 'string' } },
    properties: {
      kind: { $ref: '#/$defs/kind' },
      one: { anyOf: [{ type: 'string' }, { enum: [1, 2], type: ['number', 'null'] }] },
      count: { type: 'integer', minimum: 1, maximum: 9 },
      both: { type: 'object', properties: { a: { type: 'string' }, b: {} }, required: ['a', 'b'] },
    },
  });
});

test('what has no equal is told with its place and kept as words', () => {
  const { schema, dropped } = geminiSchema({
    type: 'object',
    properties: {
      name: { type: 'string', description: 'A name.', pattern: '^a', minLength: 2 },
      list: { type: 'array', items: { type: 'number', multipleOf: 5 }, uniqueItems: true },
    },
    patternProperties: { '^x': {} },
    not: { required: ['y'] },
  });
  expect(dropped).toEqual([
    'properties.name: pattern',
    'properties.name: minLength',
    'properties.list.items: multipleOf',
    'properties.list: uniqueItems',
    'patternProperties',
    'not',
  ]);
  expect(schema['properties']).toEqual({
    name: { type: 'string', description: 'A name. (pattern: "^a", minLength: 2)' },
    list: {
      type: 'array',
      items: { type: 'number', description: '(multipleOf: 5)' },
      description: '(uniqueItems: true)',
    },
  });
});
