import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { Attachments, droppedFile } from './attachments.ts';

const folder = mkdtempSync(join(tmpdir(), 'capstan-dropped-'));
const picture = join(folder, 'my shot (1).png');
writeFileSync(picture, 'x');
writeFileSync(join(folder, 'notes.txt'), 'x');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  [picture],
  [`'${picture}'`],
  [`"${picture}"`],
  [picture.replaceAll(/[ ()]/g, String.raw`\$&`)],
  [pathToFileURL(picture).href],
  ['my shot (1).png'],
  [`${picture}\n`],
])('a dropped picture is found: %s', (text) => {
  expect(droppedFile(text, folder)).toBe(picture);
});

test.each([
  [''],
  ['hello'],
  ['notes.txt'],
  ['no.png'],
  [`${picture}\n${picture}`],
  ['file:///%zz.png'],
  ['x'.repeat(9000)],
])('other text is text: %j', (text) => {
  expect(droppedFile(text, folder)).toBeUndefined();
});

test('a message takes the pictures whose marks are still in it', () => {
  const attachments = new Attachments();
  const image = { type: 'image', mediaType: 'image/png', data: 'aGk=' } as const;
  const [first, second] = [attachments.add(image), attachments.add({ ...image, data: 'eW8=' })];
  expect([first, second]).toEqual(['[image #1]', '[image #2]']);
  expect(attachments.take(`look at ${second}`)).toEqual([
    { type: 'text', text: 'look at [image #2]' },
    { ...image, data: 'eW8=' },
  ]);
  expect(attachments.take('and now?')).toBe('and now?');
});
