import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newProblems, type Problem } from './problems.ts';

/** Problems of a text whose bad lines begin with "!". */
function judged(lines: readonly string[]): { readonly text: string; readonly problems: readonly Problem[] } {
  const problems = lines.flatMap((line, index): Problem[] =>
    line.startsWith('!') ? [{ path: 'a', line: index + 1, column: 1, severity: 'error', message: line }] : [],
  );
  return { text: lines.join('\n'), problems };
}

const line = fc.constantFrom('a', 'b', '!one', '!two', '');
const lines = fc.array(line, { maxLength: 12 });

test('what is put in is new, and what stood around it is not', () => {
  fc.assert(
    fc.property(
      lines,
      lines,
      fc.array(fc.constantFrom('!new', 'c'), { minLength: 1, maxLength: 5 }),
      (above, below, added) => {
        const found = newProblems(judged([...above, ...below]), judged([...above, ...added, ...below]));
        expect(found.map(({ message }) => message)).toEqual(added.filter((each) => each.startsWith('!')));
      },
    ),
  );
});

test('taking lines out and changing nothing bring nothing new', () => {
  fc.assert(
    fc.property(lines, lines, lines, (above, middle, below) => {
      const all = judged([...above, ...middle, ...below]);
      expect(newProblems(all, all)).toEqual([]);
      expect(newProblems(all, judged([...above, ...below]))).toEqual([]);
    }),
  );
});

test('never more is told than is there, nor less than has been added', () => {
  const count = (list: readonly Problem[], message: string) => list.filter((each) => each.message === message).length;
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const [old, now] = [judged(before), judged(after)];
      const found = newProblems(old, now);
      for (const message of ['!one', '!two']) {
        expect(count(found, message)).toBeLessThanOrEqual(count(now.problems, message));
        expect(count(found, message)).toBeGreaterThanOrEqual(
          count(now.problems, message) - count(old.problems, message),
        );
      }
    }),
  );
});

test('a problem that an edit moves within its own lines is the same', () => {
  const before = judged(['x', '!one', 'y', 'z']);
  expect(newProblems(before, judged(['x', 'y2', '!one', 'z']))).toEqual([]);
});
