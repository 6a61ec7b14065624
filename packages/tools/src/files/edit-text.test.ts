import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editText } from './edit-text.ts';
import type { TextEdit } from './edit-text.ts';

function edited(text: string, edit: TextEdit): string {
  const outcome = editText(text, edit);
  if ('refused' in outcome) throw new Error(outcome.refused);
  return outcome.text;
}

function tierOf(text: string, edit: TextEdit): string {
  const outcome = editText(text, edit);
  return 'refused' in outcome ? `refused: ${outcome.refused}` : outcome.tier;
}

describe('an edit that is found', () => {
  const cases: readonly (readonly [string, string, TextEdit, string, string])[] = [
    ['exact', 'a b c', { old: 'b', new: 'x' }, 'a x c', 'exact'],
    [
      'dollar signs and backslashes are literal',
      'a b c',
      { old: 'b', new: "$& $1 $' \\n \\\\" },
      "a $& $1 $' \\n \\\\ c",
      'exact',
    ],
    [
      'LF search in a CRLF file',
      'a\r\nb\r\nc\r\n',
      { old: 'a\nb', new: 'a\nx\nb' },
      'a\r\nx\r\nb\r\nc\r\n',
      'line endings',
    ],
    ['one line given, two put in, CRLF file', 'a\r\nb\r\n', { old: 'a', new: 'a\nx' }, 'a\r\nx\r\nb\r\n', 'exact'],
    ['CRLF search in an LF file', 'a\nb\nc\n', { old: 'a\r\nb', new: 'a\r\ny' }, 'a\ny\nc\n', 'exact'],
    [
      'mixed endings are kept line by line',
      'a\r\nb\nc\r\nd\n',
      { old: 'a\nb\nc\nd\n', new: 'a\nB\nc\nx\nd\n' },
      'a\r\nB\nc\r\nx\r\nd\n',
      'line endings',
    ],
    ['explicit CR is literal', 'a\r\nb\r\n', { old: 'a\r\nb', new: 'a\nb' }, 'a\nb\r\n', 'exact'],
    ['classic Mac endings', 'a\rb\rc\r', { old: 'a\nb\n', new: 'a\nx\nb\n' }, 'a\rx\rb\rc\r', 'line endings'],
    [
      'trailing blanks in the file stay on lines not changed',
      'a  \nb\t\nc\n',
      { old: 'a\nb\nc', new: 'a\nb\nd' },
      'a  \nb\t\nd\n',
      'line endings',
    ],
    ['trailing blanks in the search', 'a\nb\nc\n', { old: 'a  \nb', new: 'a  \nx' }, 'a\nx\nc\n', 'line endings'],
    ['no final newline stays none', 'a\nb', { old: 'b\n', new: 'c\n' }, 'a\nc', 'line endings'],
    [
      'a line added at the end without a final newline',
      'a\nb',
      { old: 'b\n', new: 'b\nc\n' },
      'a\nb\nc',
      'line endings',
    ],
    ['the same with CRLF', 'a\r\nb', { old: 'b\n', new: 'b\nc\n' }, 'a\r\nb\r\nc', 'line endings'],
    ['the last line taken away', 'a\nb', { old: 'b\n', new: '' }, 'a\n', 'line endings'],
    [
      'indented less than the file',
      'x {\n    if (a) {\n        b();\n    }\n}\n',
      { old: 'if (a) {\n    b();\n}', new: 'if (a) {\n    c();\n    d();\n}' },
      'x {\n    if (a) {\n        c();\n        d();\n    }\n}\n',
      'indentation',
    ],
    [
      'indented more than the file',
      'if a:\n  b\n  c\n',
      { old: '    if a:\n      b\n', new: '    if a:\n      x\n      b\n' },
      'if a:\n  x\n  b\n  c\n',
      'indentation',
    ],
    [
      'spaces for tabs',
      'f() {\n\tif (a) {\n\t\tb();\n\t}\n}\n',
      {
        old: '    if (a) {\n        b();\n    }',
        new: '    if (a) {\n        b();\n        if (c) {\n            d();\n        }\n    }',
      },
      'f() {\n\tif (a) {\n\t\tb();\n\t\tif (c) {\n\t\t\td();\n\t\t}\n\t}\n}\n',
      'indentation',
    ],
    [
      'tabs for spaces',
      '  a:\n    b\n',
      { old: '\ta:\n\t\tb', new: '\ta:\n\t\tc\n\t\t\td' },
      '  a:\n    c\n      d\n',
      'indentation',
    ],
    [
      'indentation with CRLF and blank lines',
      '  a\r\n\r\n    b\r\n',
      { old: 'a\n\n  b\n', new: 'a\n\n  b\n  c\n' },
      '  a\r\n\r\n    b\r\n    c\r\n',
      'indentation',
    ],
    [
      'a line that loses its indentation in the replacement',
      '    if x:\n        y()\n',
      { old: 'if x:\n    y()\n', new: 'y()\n' },
      '    y()\n',
      'indentation',
    ],
    [
      'one line with too little indentation and a second put in',
      '    a();\n',
      { old: '  a();', new: '  a();\n  b();' },
      '    a();\n    b();\n',
      'exact',
    ],
    [
      'curly quotes stay curly',
      'say “Hello” and it’s\n',
      { old: 'say "Hello" and it\'s', new: 'say "Hello" and that it\'s' },
      'say “Hello” and that it’s\n',
      'look-alikes',
    ],
    [
      'straight quotes found by curly ones',
      "x = 'a' + b\n",
      { old: 'x = ‘a’ + b', new: 'x = ‘a’ + c' },
      "x = 'a' + c\n",
      'look-alikes',
    ],
    [
      'no-break spaces, dashes and dots',
      'a\u00a0b – c…\n',
      { old: 'a b - c...', new: 'a b - d...' },
      'a\u00a0b – d…\n',
      'look-alikes',
    ],
    [
      'decomposed letters',
      'cafe\u0301 = 1\n',
      { old: 'caf\u00e9 = 1', new: 'caf\u00e9 = 2' },
      'cafe\u0301 = 2\n',
      'look-alikes',
    ],
    [
      'two blanks a level written for four',
      'f() {\n    if (a) {\n        b();\n    }\n}\n',
      {
        old: 'f() {\n  if (a) {\n    b();\n  }\n}',
        new: 'f() {\n  if (a) {\n    for (;;) {\n      c();\n    }\n  }\n}',
      },
      'f() {\n    if (a) {\n        for (;;) {\n            c();\n        }\n    }\n}\n',
      'indentation',
    ],
    [
      'look-alikes and indentation together',
      '    print(“a”)\n    x\n',
      { old: 'print("a")\nx', new: 'print("a")\ny' },
      '    print(“a”)\n    y\n',
      'look-alikes',
    ],
    [
      'nearly the same',
      'function total(items) {\n  // adds up all the items of the list\n  let sum = 0;\n  return sum;\n}\n',
      {
        old: 'function total(items) {\n  // add up all items of the list\n  let sum = 0;\n  return sum;\n}',
        new: 'function total(items) {\n  // add up all items of the list\n  let sum = 1;\n  return sum;\n}',
      },
      'function total(items) {\n  // adds up all the items of the list\n  let sum = 1;\n  return sum;\n}\n',
      'fuzzy',
    ],
    ['all', 'a a a', { old: 'a', new: 'aa', all: true }, 'aa aa aa', 'exact'],
    ['all, overlapping', 'aaaa', { old: 'aa', new: 'b', all: true }, 'bb', 'exact'],
    [
      'all, whatever the endings',
      'a\nb\na\r\nb\n',
      { old: 'a\nb', new: 'a\nc', all: true },
      'a\nc\na\r\nc\n',
      'line endings',
    ],
    [
      'all, each with its own indentation',
      '  a\n  b\n    a\n    b\n',
      { old: 'a\nb\n', new: 'a\nc\n', all: true },
      '  a\n  c\n    a\n    c\n',
      'indentation',
    ],
    ['an empty file', '', { old: '', new: 'x\n' }, 'x\n', 'exact'],
    [
      'line numbers copied with the text',
      'f() {\n  1;\n}\n',
      { old: '1\tf() {\n2\t  1;\n3\t}', new: '1\tf() {\n2\t  2;\n3\t}' },
      'f() {\n  2;\n}\n',
      'line endings',
    ],
    [
      'blank lines around that the file has not',
      'a\nb\nc',
      { old: '\n\nb\nc\n\n', new: '\n\nb\nC\n\n' },
      'a\nb\nC',
      'line endings',
    ],
    ['to nothing', 'a\nb\nc\n', { old: 'b\n', new: '' }, 'a\nc\n', 'exact'],
  ];
  test.each(cases)('%s', (_, text, edit, ...[expected, tier]) => {
    expect(edited(text, edit)).toBe(expected);
    expect(tierOf(text, edit)).toBe(tier);
  });
});

describe('an edit that is refused', () => {
  const cases: readonly (readonly [string, string, TextEdit, RegExp])[] = [
    [
      'two matches, both places shown',
      'a\nfoo\nb\nfoo\n',
      { old: 'foo', new: 'x' },
      /2 times[\s\S]*2: foo[\s\S]*4: foo/,
    ],
    ['overlapping matches', 'aaa', { old: 'aa', new: 'x' }, /2 times/],
    ['two matches but for indentation', '  a\n  b\n    a\n    b\n', { old: 'a\nb\n', new: 'x\n' }, /2 times/],
    ['nothing like it', 'a\nb\n', { old: 'completely other words', new: 'x' }, /not in the file/],
    [
      'the closest is shown with what differs',
      'const limit = 3000;\nrun(limit);\n',
      { old: 'const limit = 5000;\nrun(limit);', new: 'const limit = 6000;\nrun(limit);' },
      /lines 1–2[\s\S]*- const limit = 5000;\n\+ const limit = 3000;/,
    ],
    [
      'indentation that follows no rule',
      'if a:\n    b\n        c\n',
      { old: 'if a:\n  b\n  c\n', new: 'x' },
      /not in the file/,
    ],
    ['the same text', 'a', { old: 'a', new: 'a' }, /the same/],
    ['empty old in a file with content', 'a', { old: '', new: 'b' }, /old is empty/],
    [
      'two that are nearly the same',
      'call(alpha, beta, gamma, 1);\ncall(alpha, beta, gamma, 2);\n',
      { old: 'call(alpha, beta, gamma, 3);', new: 'x' },
      /not in the file/,
    ],
    ['blanks alone', 'a\n\n\nb', { old: '  \n  ', new: 'x' }, /not in the file/],
  ];
  test.each(cases)('%s', (_, text, edit, words) => {
    const outcome = editText(text, edit);
    expect('refused' in outcome && outcome.refused).toMatch(words);
  });
});

const line = fc.stringMatching(/^[ab \t“"]{0,6}$/);
const ending = fc.constantFrom('\n', '\r\n');
const fileText = fc
  .array(fc.tuple(line, ending), { maxLength: 12 })
  .map((parts) => parts.map((part) => part.join('')).join(''));

test('whatever is found, lines outside the match keep every character', () => {
  fc.assert(
    fc.property(fileText, fileText, line, (before, after, extra) => {
      const old = 'needle one\nneedle two';
      const text = `${before}needle one \r\nneedle two\n${after}`;
      const result = edited(text, { old, new: `needle one\n${extra}x\nneedle two` });
      expect(result.startsWith(`${before}needle one \r\n`)).toBe(true);
      expect(result.endsWith(`needle two\n${after}`)).toBe(true);
    }),
  );
});

test('a replacement is literal when its text is found as it stands', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), fc.string(), (before, put, after) => {
      fc.pre(!`${before}${after}${put}`.includes('\r') && put !== '<<needle>>');
      const text = `${before}<<needle>>${after}`;
      fc.pre(text.split('<<needle>>').length === 2);
      expect(edited(text, { old: '<<needle>>', new: put })).toBe(before + put + after);
    }),
  );
});
