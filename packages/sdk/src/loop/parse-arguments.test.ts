import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseArguments } from './parse-arguments.ts';

test.each<[string, string, object]>([
  ['plain JSON', '{"a": 1}', { a: 1 }],
  ['nothing', '', {}],
  ['null', 'null', {}],
  ['a trailing comma', '{"a": [1, 2,],}', { a: [1, 2] }],
  ['a code fence', '```json\n{"a": 1}\n```', { a: 1 }],
  ['a missing bracket', '{"a": {"b": "c"}', { a: { b: 'c' } }],
  ['a raw line break in a string', '{"a": "x\ny"}', { a: 'x\ny' }],
  ['Python literals', "{'a': True, 'b': None}", { a: true, b: null }],
  ['keys without quotes', '{a: "b"}', { a: 'b' }],
  ['comments', '{"a": 1 /* one */}', { a: 1 }],
  ['JSON inside a JSON string', '"{\\"a\\": 1}"', { a: 1 }],
])('%s is read', async (_, json, value) => {
  expect(await parseArguments(json)).toMatchObject({ value });
});

test.each([
  ['text that ends inside a string', '{"path": "src/a', 'end inside the string that starts at character 9'],
  ['an unescaped quote inside a string', '{"old": "say "hi" to", "b": 1}', 'unescaped "'],
  ['a key without its value', '{"a": 1, "b"', 'end before they are complete'],
  ['an array', '[1]', 'must be a JSON object, but are an array'],
  ['words', 'please run it', 'must be a JSON object'],
])('%s is refused', async (_, json, problem) => {
  expect((await parseArguments(json)).problem).toContain(problem);
});

test('nothing is mended that was cut at the output limit', async () => {
  expect((await parseArguments('{"a": 1', true)).problem).toContain('cut at the output limit');
});

test('valid JSON is never changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
      const json = JSON.stringify(value);
      expect(await parseArguments(json)).toEqual({ value: JSON.parse(json) as unknown, repaired: false });
    }),
  );
});

test('a cut at any place is mended to a part of the whole, or refused', async () => {
  const whole = { path: 'src/a.ts', edits: [{ old: 'a "b" {', new: 'c' }], deep: { list: ['x'], on: true } };
  const json = JSON.stringify(whole);
  for (let at = 1; at < json.length; at++) {
    const parsed = await parseArguments(json.slice(0, at));
    if (parsed.problem !== undefined) continue;
    expect(whole).toMatchObject(parsed.value);
  }
});
