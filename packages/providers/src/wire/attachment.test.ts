import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attachment } from './attachment.ts';

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-attachment-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('an image is known by its bytes, whatever its name', async () => {
  const path = join(folder, 'picture.txt');
  await writeFile(path, png);
  const part = { type: 'image', mediaType: 'image/png', data: Buffer.from(png).toString('base64') };
  expect(await attachment(path)).toEqual(part);
  expect(await attachment(pathToFileURL(path))).toEqual(part);
  expect(await attachment(png)).toEqual(part);
});

test('a document keeps its name', async () => {
  const bytes = new TextEncoder().encode('%PDF-1.7');
  expect(await attachment(bytes, { name: 'plan.pdf' })).toMatchObject({
    type: 'file',
    mediaType: 'application/pdf',
    name: 'plan.pdf',
  });
});

test('text becomes text, headed by its name', async () => {
  const path = join(folder, 'notes.md');
  await writeFile(path, 'Grüße');
  expect(await attachment(path)).toEqual({ type: 'text', text: 'notes.md:\nGrüße' });
});

test('an address is left to the vendor', async () => {
  expect(await attachment('https://x.example/a.png?b=1')).toEqual({
    type: 'image',
    mediaType: 'image/png',
    url: 'https://x.example/a.png?b=1',
  });
  expect(await attachment(new URL('https://x.example/plan'), { mediaType: 'application/pdf' })).toEqual({
    type: 'file',
    mediaType: 'application/pdf',
    url: 'https://x.example/plan',
  });
});

test('what nobody can tell is refused', async () => {
  await expect(attachment(Uint8Array.from([0, 1, 2]))).rejects.toMatchObject({ code: 'invalid_config' });
  await expect(attachment('https://x.example/plan')).rejects.toMatchObject({ code: 'invalid_config' });
  await expect(attachment(join(folder, 'none'))).rejects.toMatchObject({ code: 'not_found' });
});
