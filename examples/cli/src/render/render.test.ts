import { expect, test } from 'vitest';
import { dollars, duration, plural, tokens } from './amounts.ts';
import { budgetWords } from './budget-words.ts';
import { callLabel } from './call-label.ts';
import { createColour } from './colour.ts';
import { renderDiff } from './diff.ts';
import { fit, table } from './fit.ts';
import { nearest } from './nearest.ts';
import { plainText } from './plain-text.ts';

const colour = createColour(true);

test.each([
  [0, '$0'],
  [0.25, '$0.25'],
  [1.5, '$1.50'],
  [0.0123, '$0.0123'],
  [0.000_05, '$0.00005'],
  [0.000_000_1, '<$0.000001'],
  [12, '$12.00'],
])('%f dollars read as %s', (amount, words) => expect(dollars(amount)).toBe(words));

test.each([
  [12.4, '12 ms'],
  [3400, '3.4 s'],
  [59_990, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('%f milliseconds read as %s', (ms, words) => expect(duration(ms)).toBe(words));

test('counts are set apart by thousands and say what was guessed', () => {
  expect(tokens({ inputTokens: 12_345, outputTokens: 6, cachedInputTokens: 1000, estimated: true })).toBe(
    '~12,345 in (1,000 cached) · ~6 out',
  );
  expect(plural(1, 'turn')).toBe('1 turn');
  expect(budgetWords({ costUsd: 0.25, turns: 3 })).toBe('$0.25, 3 turns');
  expect(budgetWords({})).toBe('none');
});

test('a removed line that begins with two dashes is no file header', () => {
  const text = renderDiff('--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,1 @@\n--- note\n keep\n', colour);
  expect(text).toContain(colour.red('--- note'));
  expect(text).toContain(colour.bold('--- a/q.sql'));
});

test('a long diff is cut with the count of what is left out', () => {
  const body = Array.from({ length: 50 }, (_, at) => `+${at}`).join('\n');
  expect(renderDiff(`@@ -0,0 +1,50 @@\n${body}\n`, createColour(false), { maxLines: 3 })).toBe(
    '@@ -0,0 +1,50 @@\n+0\n+1\n… 48 more lines\n',
  );
});

test.each([
  [{ command: 'npm test' }, 'shell npm test'],
  [{ path: 'a.ts', old: 'x', new: 'y' }, 'shell a.ts'],
  [{ pattern: 'TODO', path: 'src' }, 'shell TODO in src'],
  [{ pattern: 'TODO' }, 'shell TODO'],
  [{ flag: true }, 'shell {"flag":true}'],
  [{}, 'shell'],
])('a call with %j is labelled %s', (input, label) => expect(callLabel('shell', input)).toBe(label));

test('cutting counts characters and keeps whole ones', () => {
  expect(fit('äöü😀😀', 4)).toBe('äöü…');
  expect(fit('short', 10)).toBe('short');
  expect(fit('漢字かな', 5)).toBe('漢字…');
  expect(fit('👩‍👩‍👧‍👦🇩🇪x', 4)).toBe('👩‍👩‍👧‍👦…');
  expect(
    table([
      ['漢字', 'a'],
      ['abc', 'b'],
    ]),
  ).toBe('漢字  a\nabc   b\n');
});

test('columns line up, colours aside', () => {
  expect(
    table([
      ['a', 'b'],
      [colour.red('long'), 'c'],
    ]),
  ).toBe(`a     b\n${colour.red('long')}  c\n`);
  expect(table([])).toBe('');
});

test.each([
  ['\u001B[31mred\u001B[0m', 'red'],
  ['\u001B]8;;http://x\u001B\\link\u001B]8;;\u001B\\', 'link'],
  ['\u001BPdevice\u001B\\after', 'after'],
  ['\u009B31mred', '31mred'],
  ['a\r\nb\rc', 'a\nb\nc'],
  ['tab\tstays', 'tab\tstays'],
  ['\u001B', ''],
  ['\u001B]0;never ended', ''],
])('%j is made %j', (text, plain) => expect(plainText(text)).toBe(plain));

test.each([
  ['sesions', 'sessions'],
  ['pathc', 'patch'],
  ['xyz', undefined],
])('%s was meant as %s', (word, name) => expect(nearest(word, ['run', 'sessions', 'patch', 'log'])).toBe(name));
