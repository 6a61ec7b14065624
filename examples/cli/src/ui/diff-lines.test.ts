import { visibleWidth } from '@earendil-works/pi-tui';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createColour } from '../render/colour.ts';
import { diffRows } from '../render/diff-rows.ts';
import { diffLines } from './diff-lines.ts';

const colour = createColour(false);
const diff = `diff --git a/a.ts b/a.ts
--- a/a.ts
+++ b/a.ts
@@ -1,4 +1,5 @@
 same
-const sum = a;
+const sum = a + b;
+-- added
 end
\\ No newline at end of file
`;

test('a wide terminal shows both sides, each line with its number', () => {
  expect(diffLines(diff, { width: 120, colour, bar: '|' }).map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
    '--- a/a.ts',
    '+++ b/a.ts',
    '@@ -1,4 +1,5 @@',
    '1 same | 1 same',
    '2 const sum = a; | 2 const sum = a + b;',
    '| 3 -- added',
    '3 end | 4 end',
  ]);
});

test('a narrow terminal shows line under line', () => {
  expect(diffLines(diff, { width: 100, colour, bar: '|' })).toContain('+const sum = a + b;');
});

test('what a long line changes is never cut off', () => {
  const long = 'x'.repeat(100);
  const lines = diffLines(`--- a/a\n+++ b/a\n@@ -1 +1 @@\n-${long}old\n+${long}new\n`, {
    width: 120,
    colour,
    bar: '|',
  });
  expect(lines.join('').replaceAll(/[ |]/g, '')).toMatch(/old.*new|xold|xnew/);
  expect(lines.some((line) => line.includes('new'))).toBe(true);
});

const line = fc.string({ maxLength: 200 }).map((text) => text.replaceAll(/[\n\r]/g, ' '));

test('no line is wider than the terminal, and both sides hold all their lines', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.array(line, { maxLength: 6 }), (removed, added) => {
      const hunk = [...removed.map((text) => `-${text}`), ...added.map((text) => `+${text}`)].join('\n');
      const text = `--- a/a\n+++ b/a\n@@ -1,${removed.length} +1,${added.length} @@\n${hunk}\n`;
      for (const shown of diffLines(text, { width: 130, colour, bar: '|' }))
        expect(visibleWidth(shown)).toBeLessThanOrEqual(130);
      const rows = diffRows(text);
      expect(rows.filter((row) => row.kind === 'change' && row.left)).toHaveLength(removed.length);
      expect(rows.filter((row) => row.kind === 'change' && row.right)).toHaveLength(added.length);
    }),
  );
});
