import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outputDecoder } from './decode-output.ts';

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = outputDecoder();
  return chunks.map((chunk) => decoder.push(chunk)).join('') + decoder.end();
}

test('valid UTF-8 comes through, however it is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(50)), (text, cuts) => {
      const bytes = Buffer.from(`.${text}`);
      const chunks = [...cuts, bytes.length].map((cut, index, all) =>
        bytes.subarray(all.slice(0, index).reduce((a, b) => a + b, 0)).subarray(0, cut),
      );
      expect(decode(chunks)).toBe(`.${text}`);
    }),
  );
});

test('a Latin-1 byte keeps its meaning, also beside valid UTF-8', () => {
  expect(decode([Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x20, 0xc3, 0xa9, 0x0a])])).toBe('café é\n');
});

test('UTF-16 is known by its mark', () => {
  expect(decode([Buffer.from('\ufeffhé\n', 'utf16le')])).toBe('hé\n');
});

test('no bytes make it throw', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array()), (chunks) => void decode(chunks)));
});
