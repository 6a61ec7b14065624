import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { promptLayers } from './prompt-layers.ts';

let user: string;
beforeEach(() => {
  user = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-prompts-')));
});
afterEach(() => rmSync(user, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(user, path)), { recursive: true });
    writeFileSync(join(user, path), text);
  }
}

const fill = (name: string, values: Readonly<Record<string, string>> = {}) =>
  promptLayers({ user }).prompt(name, values);

test('variables have values, defaults, and what stands in a value means nothing', async () => {
  write({ 'prompts/fix.md': '---\nvariables:\n  file:\n  how: well\n---\nFix {{file}} {{how}}. \\{{file}}\n' });
  expect(await fill('fix', { file: '{{how}} {{> x.md}}' })).toBe('Fix {{how}} {{> x.md}} well. {{file}}');
});

test.each([
  ['a variable without a value', {}, /fix\.md: the variable "file" \(which one\) has no value/],
  ['a variable it does not have', { file: 'a', flie: 'b' }, /the prompt has no variable "flie". It has file\./],
])('%s is an error', async (_, values, message) => {
  write({ 'prompts/fix.md': '---\nvariables: { file: { description: which one } }\n---\n{{file}}' });
  await expect(fill('fix', values)).rejects.toThrow(message);
});

test('an unknown prompt is an error that names those there are', async () => {
  write({ 'prompts/fix.md': 'x' });
  await expect(fill('fxi')).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('fix') });
});

test('files are taken in from the folder of the file that names them', async () => {
  write({
    'prompts/a.md': 'A[{{> parts/b.md}}]',
    'prompts/parts/b.md': '---\ndescription: part\n---\nB[{{> c.md}}]\n',
    'prompts/parts/c.md': 'C in {{root}}\n',
  });
  expect(await fill('a')).toBe('A[B[C in ]]');
});

test.each([
  [
    'a circle',
    { 'prompts/a.md': '{{> b.md}}', 'prompts/b.md': '\n{{> a.md}}' },
    /b\.md:2: the files include one another: .*a\.md → .*b\.md → .*a\.md/,
  ],
  ['a way out', { 'prompts/a.md': '{{> ../../x.md}}' }, /a\.md:1: "\.\.\/\.\.\/x\.md" leads out of/],
  ['an absolute path', { 'prompts/a.md': '{{> /etc/hostname}}' }, /leads out of/],
  [
    'a missing file',
    { 'prompts/a.md': '---\ndescription: d\n---\n\n\n{{> b.md}}' },
    /a\.md:6: there is no file prompts\/b\.md/,
  ],
  [
    'a flood',
    { 'prompts/a.md': '{{> b.md}}'.repeat(300), 'prompts/b.md': 'x'.repeat(1000) },
    /grows to more than 256 KiB/,
  ],
])('%s is refused with its place', async (_, files, message) => {
  write(files);
  await expect(fill('a')).rejects.toThrow(message);
});

test('a prompt that grows with each file it takes in stays bounded', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`prompts/p${i}.md`, `{{> p${i + 1}.md}}`.repeat(10)]),
  );
  write(files);
  await expect(fill('p0')).rejects.toMatchObject({ code: 'invalid_config' });
});

test('what is kept in memory is what stands on disk, after any edits, also such as leave size and time as they were', async () => {
  const names = ['AGENTS.md', 'prompts/a.md', 'prompts/part.md', 'skills/s/SKILL.md'];
  const bodies = [
    'one',
    'two',
    '---\nlayer: user\n---\n{{> part.md}}',
    '---\ndescription: what\n---\nx',
    '---\ndescription: when\n---\nx',
  ];
  const edit = fc.record({
    name: fc.constantFrom(...names),
    body: fc.constantFrom(undefined, ...bodies),
    old: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 12 }), async (edits) => {
      rmSync(user, { recursive: true });
      mkdirSync(user);
      write({ 'prompts/part.md': 'part' });
      const warm = promptLayers({ user });
      const dump = (layers: typeof warm) => layers.dump({ model: 'm' }).catch((error: unknown) => String(error));
      for (const { name, body, old } of edits) {
        if (body === undefined) rmSync(join(user, name), { force: true });
        else write({ [name]: body });
        if (old && body !== undefined) utimesSync(join(user, name), 1000, 1000);
        expect(await dump(warm)).toEqual(await dump(promptLayers({ user })));
      }
    }),
    { numRuns: 30 },
  );
});

test('the parts of any prompt are the prompt, and outer words go before inner ones', async () => {
  const text = fc.string({ maxLength: 40 }).filter((value) => !value.includes('{{'));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 5, maxLength: 5 }), async ([base, words, file, provider, task]) => {
      write({ 'AGENTS.md': words ?? '', 'prompts/u.md': `---\nlayer: user\n---\n${file}` });
      const layers = promptLayers({ base: base ?? '', provider: { '*': provider ?? '' }, user, task: task ?? '' });
      const dump = await layers.dump({ model: 'm' });
      const again = await layers.dump({ model: 'm' });
      const order = ['base', 'provider', 'user', 'workspace', 'skills', 'task'];
      const places = dump.parts.map(({ layer }) => order.indexOf(layer));
      expect(dump.parts.map((part) => part.text).join('')).toBe(dump.text);
      expect(places).toEqual(places.toSorted());
      expect(again).toEqual(dump);
    }),
    { numRuns: 30 },
  );
});
