import { visibleWidth } from '@earendil-works/pi-tui';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createColour } from '../render/colour.ts';
import { diffRows } from '../render/diff-rows.ts';
import type { ApprovalRequested } from '@capstan/sdk/contract';
import { diffLines } from './diff-lines.ts';
import { Preview } from './preview.ts';
import { createTheme } from './theme.ts';

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

test('on a narrow terminal nothing of a line is cut off either', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z漢 ]{0,300}$/), fc.integer({ min: 12, max: 119 }), (text, width) => {
      const lines = diffLines(`--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+${text}\n`, { width, colour, bar: '|' });
      for (const shown of lines) expect(visibleWidth(shown)).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toContain(text.replaceAll(' ', ''));
    }),
  );
});

test('a command that asks first is shown to its end, however narrow the terminal', () => {
  const command = `echo ${'all is well '.repeat(20)}; rm -rf important`;
  const preview = new Preview({ preview: { kind: 'command', command, cwd: '/here' } } as unknown as ApprovalRequested, {
    theme: createTheme(colour),
    unicode: true,
    rows: 5,
  });
  const shown = preview.render(40).map((text) => text.trim());
  expect(shown.join(' ')).toContain('rm -rf important');
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
