import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editText } from './edit-text.ts';

const word = fc.constantFrom(
  'alpha',
  'béta',
  '“gamma”',
  'it’s',
  'x — y',
  'f(a,\u00a0b)',
  'delta…',
  '{',
  '}',
  'return;',
);
const fileLine = fc.record({
  indent: fc.nat({ max: 3 }),
  words: fc.array(word, { minLength: 1, maxLength: 4 }),
  trailing: fc.constantFrom('', '', ' ', '\t', '   '),
  ending: fc.constantFrom('\n', '\n', '\r\n'),
});

interface FileLine {
  readonly indent: number;
  readonly words: readonly string[];
  readonly trailing: string;
  readonly ending: string;
}

/** How a model may write a line of the file. */
interface Style {
  readonly plain: boolean;
  readonly shift: number;
  readonly trim: boolean;
}

const style = fc.record({ plain: fc.boolean(), shift: fc.integer({ min: -1, max: 2 }), trim: fc.boolean() });

function inFile(line: FileLine, number: number): string {
  return `${'  '.repeat(line.indent + 1)}${line.words.join(' ')} ${number}${line.trailing}`;
}

function asWritten(line: FileLine, number: number, { plain, shift, trim }: Style): string {
  const text = `${'  '.repeat(line.indent + 1 + shift)}${line.words.join(' ')} ${number}${trim ? '' : line.trailing}`;
  if (!plain) return text;
  return text
    .replaceAll(/[“”]/g, '"')
    .replaceAll('’', "'")
    .replaceAll('—', '-')
    .replaceAll('\u00a0', ' ')
    .replaceAll('…', '...');
}

test('however a model writes a block, a line put into it is all that changes', () => {
  const file = fc.array(fileLine, { minLength: 4, maxLength: 14 });
  fc.assert(
    fc.property(file, fc.nat(), fc.nat(), style, (lines, a, b, how) => {
      const from = a % (lines.length - 1);
      const count = 2 + (b % (lines.length - from - 1));
      const texts = lines.map((line, number) => inFile(line, number) + line.ending);
      const block = lines.slice(from, from + count).map((line, index) => asWritten(line, from + index, how));
      const indent = /^ */.exec(block[0] ?? '')?.[0] ?? '';
      const outcome = editText(texts.join(''), {
        old: block.join('\n'),
        new: [block[0], `${indent}INSERTED`, ...block.slice(1)].join('\n'),
      });
      if ('refused' in outcome) throw new Error(outcome.refused);
      const ownIndent = /^ */.exec(texts[from] ?? '')?.[0] ?? '';
      const put = `${ownIndent}INSERTED${lines[from]?.ending ?? ''}`;
      const expected = [...texts.slice(0, from + 1), put, ...texts.slice(from + 1)].join('');
      expect(outcome.text).toBe(expected);
    }),
    { numRuns: 400 },
  );
});

test('however a model writes a block, a line taken out of it is all that changes', () => {
  const file = fc.array(fileLine, { minLength: 5, maxLength: 14 });
  fc.assert(
    fc.property(file, fc.nat(), style, (lines, a, how) => {
      const from = a % (lines.length - 3);
      const texts = lines.map((line, number) => inFile(line, number) + line.ending);
      const block = lines.slice(from, from + 3).map((line, index) => asWritten(line, from + index, how));
      const outcome = editText(texts.join(''), { old: block.join('\n'), new: [block[0], block[2]].join('\n') });
      if ('refused' in outcome) throw new Error(outcome.refused);
      expect(outcome.text).toBe([...texts.slice(0, from + 1), ...texts.slice(from + 2)].join(''));
    }),
    { numRuns: 400 },
  );
});
