import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editBody, refuseTwice } from './edit-body.ts';

test('an edit changes the members it names and not one byte of the rest', () => {
  const object = fc.dictionary(fc.oneof(fc.constantFrom('model', 'a"b', 'ü'), fc.string()), fc.jsonValue());
  fc.assert(
    fc.property(object, fc.nat(4), fc.string(), (value, indent, name) => {
      const text = JSON.stringify(value, undefined, indent);
      const edited = editBody(Buffer.from(text), { model: JSON.stringify(name), extra: '{"x":1}' }).toString();
      const { model: _, extra: __, ...rest } = value;
      const { model, extra, ...left } = JSON.parse(edited) as Record<string, unknown>;
      expect([model, extra]).toEqual([name, { x: 1 }]);
      expect(JSON.stringify(left)).toBe(JSON.stringify(rest));
    }),
  );
});

test('numbers, escapes and blanks stay as they came', () => {
  const text = '{ "n" : 12345678901234567890123 , "model":"a",\n "t": "\\u00e4\\/" }';
  expect(editBody(Buffer.from(text), { model: '"b"' }).toString()).toBe(text.replace('"a"', '"b"'));
});

test.each(['{"model":"a","model":"b"}', '{"model":"a","\\u006dodel":"b"}'])('%s names its model twice', (text) => {
  expect(() => refuseTwice(Buffer.from(text), ['model'])).toThrow('twice');
});

test.each(['{"model":"a","tools":[{"model":"b"}]}', '{"model":"a","t":"\\u0041 \\"model\\""}'])(
  '%s does not',
  (text) => {
    expect(() => refuseTwice(Buffer.from(text), ['model'])).not.toThrow();
  },
);
