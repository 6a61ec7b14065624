import { expect, test } from 'vitest';
import { createColour } from '../render/colour.ts';
import { MarkdownStream, partEnd } from './markdown-stream.ts';
import { createTheme } from './theme.ts';

const theme = createTheme(createColour(false));
const source =
  '# Title\n\nFirst part.\n\n- one\n- two\n\n```ts\nconst a = 1;\n\n\nconst b = 2;\n```\n\nLast **part**.\n';

function laidOut(pieces: readonly string[]): string[] {
  const stream = new MarkdownStream(theme);
  let lines: string[] = [];
  for (const piece of pieces) {
    stream.push(piece);
    lines = stream.render(80);
  }
  return lines.map((line) => line.trimEnd());
}

test('Markdown looks the same however it is split', () => {
  const whole = laidOut([source]);
  expect(whole).toContain('  const b = 2;');
  for (const size of [1, 3, 7, 20]) {
    const pieces = source.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
    expect(laidOut(pieces)).toEqual(whole);
  }
});

test('a part ends at a blank line, but not inside a fence', () => {
  expect(partEnd('One.\n\nTwo.\n')).toBe(5);
  expect(partEnd('```\na\n\nb\n')).toBe(-1);
  expect(partEnd('1. one\n\n2. two\n')).toBe(-1);
});
