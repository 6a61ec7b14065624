import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { terminalText } from './terminal-text.ts';

function plain(...pieces: string[]): string {
  const terminal = terminalText();
  return pieces.map((piece) => terminal.push(piece)).join('') + terminal.end();
}

describe('plain text', () => {
  test('comes through unchanged, however it is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '\t', 'é', '漢', '😀') });
    fc.assert(
      fc.property(fc.array(text), (pieces) => {
        expect(plain(...pieces)).toBe(pieces.join(''));
      }),
    );
  });

  test('of any length is not held back for long', () => {
    const terminal = terminalText();
    const line = 'x'.repeat(99) + '\n';
    const given = Array.from({ length: 2_000 }, () => terminal.push(line)).join('');
    expect(200_000 - given.length).toBeLessThan(40_000);
    expect(given + terminal.end()).toBe(line.repeat(2_000));
  });
});

test.each([
  ['colours', '\x1b[1;31mred\x1b[0m\n', 'red\n'],
  ['a link', '\x1b]8;;http://x\x07text\x1b]8;;\x1b\\\n', 'text\n'],
  ['a title', '\x1b]0;title\x07text\n', 'text\n'],
  ['line ends of Windows', 'a\r\nb\r\n', 'a\nb\n'],
  ['a progress bar', '10%\r50%\r100%\ndone\n', '100%\ndone\n'],
  ['a shorter last state', 'downloading 99%\rdone\n', 'done\n'],
  ['a carriage return at the end', 'last\r', 'last'],
  ['erase to the end of the line', 'loading\r\x1b[Kready\n', 'ready\n'],
  ['an erased line', 'loading\x1b[2K\rready\n', 'ready\n'],
  ['backspaces', 'ab\b\bcd\n', 'cd\n'],
  ['a spinner', '|\b/\b-\bok\n', 'ok\n'],
  ['a redrawn list', 'a: 0\nb: 0\n\x1b[2Aa: 1\nb: 1\n', 'a: 1\nb: 1\n'],
  ['a redrawn list of which one line changes', 'a: 0\nb: 0\n\x1b[1A\x1b[2K\rb: 1\n', 'a: 0\nb: 1\n'],
  ['a cleared screen keeps what was there', 'one\n\x1b[2J\x1b[Htwo\n', 'one\ntwo\n'],
  ['control characters', 'a\x00\x07\x0eb\n', 'ab\n'],
  ['a column', 'abc\x1b[2Gx\n', 'axc\n'],
])('%s', (_, text, expected) => {
  expect(plain(text)).toBe(expected);
  expect(plain(...text)).toBe(expected);
});

test('nothing makes it throw or hang', () => {
  const piece = fc.string({
    unit: fc.constantFrom('a', '\n', '\r', '\b', '\x1b', '[', '2', 'A', 'K', 'J', ']', ';', 'G', '\x9b'),
  });
  fc.assert(fc.property(fc.array(piece), (pieces) => void plain(...pieces)));
  expect(plain('\x1b]'.repeat(50_000)).length).toBeLessThan(200_000);
});
