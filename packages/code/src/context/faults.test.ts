import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nestjsTs } from './__fixtures__/nestjs-ts.ts';
import { scratchRepository } from './__fixtures__/scratch-repository.ts';
import type { CodeIndex } from './code-index.ts';
import { openIndex } from './open-index.ts';

function answers(index: CodeIndex): unknown {
  return index.files().map(({ path }) => [path, index.outline(path), index.importsOf(path)]);
}

test('an index that is damaged anywhere is made anew and answers the same', async () => {
  using repository = scratchRepository(nestjsTs);
  const folder = join(repository.root, '.capstan/index');
  const first = await openIndex(repository.root);
  const right = answers(first);
  await first.close();
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (pick, at, flip) => {
      const files = readdirSync(folder).filter((name) => name !== '.gitignore');
      const file = join(folder, files[pick % files.length] ?? '');
      const bytes = readFileSync(file);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ flip;
      writeFileSync(file, bytes);
      const index = await openIndex(repository.root);
      expect(answers(index)).toEqual(right);
      await index.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

test.each(['manifest.json', '.seg'])('a %s that was cut off is made anew', async (ending) => {
  using repository = scratchRepository(nestjsTs);
  const folder = join(repository.root, '.capstan/index');
  const first = await openIndex(repository.root);
  const right = answers(first);
  await first.close();
  const name = readdirSync(folder).find((one) => one.endsWith(ending)) ?? '';
  truncateSync(join(folder, name), 100);
  const index = await openIndex(repository.root);
  expect(index.stats().rebuilt).toBeDefined();
  expect(answers(index)).toEqual(right);
  await index.close();
  expect((await openIndex(repository.root)).stats().rebuilt).toBeUndefined();
});

test('writers that are killed and writers at the same time leave an index that answers', async () => {
  using repository = scratchRepository(nestjsTs);
  const writer = new URL('./__fixtures__/restless-writer.ts', import.meta.url);
  const start = () => fork(writer, [repository.root], { execArgv: ['--conditions=@capstan/source'] });
  for (let round = 0; round < 4; round++) {
    const writers = [start(), start()];
    await Promise.all(writers.map((one) => once(one, 'message')));
    for (const one of writers) one.kill('SIGKILL');
    await Promise.all(writers.map((one) => once(one, 'exit')));
    const index = await openIndex(repository.root);
    const fresh = await openIndex(repository.root, { folder: false });
    expect(answers(index)).toEqual(answers(fresh));
    await index.close();
  }
}, 60_000);

test('a folder that cannot be written keeps nothing and says so', async () => {
  using repository = scratchRepository(nestjsTs);
  const folder = join(repository.root, 'blocked');
  writeFileSync(folder, 'a file, not a folder');
  const index = await openIndex(repository.root, { folder });
  expect(index.definitions('UsersService')).toHaveLength(1);
  await index.close();
  expect(index.stats().unsaved).toMatch(/blocked/);
});

test('a full disk leaves the last whole state and an index that answers', async ({ skip }) => {
  using repository = scratchRepository(nestjsTs);
  const disk = join(repository.root, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    skip('mounting is not allowed here');
  }
  try {
    const folder = join(disk, 'index');
    const first = await openIndex(repository.root, { folder });
    await first.close();
    expect(first.stats().unsaved).toBeUndefined();
    repository.write(
      'src/large.ts',
      Array.from({ length: 3000 }, (_, at) => `export const word${at} = ${at};\n`).join(''),
    );
    const second = await openIndex(repository.root, { folder });
    await second.close();
    expect(second.stats().unsaved).toMatch(/ENOSPC/);
    expect(second.definitions('word2999')).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    repository.remove('src/large.ts');
    const third = await openIndex(repository.root, { folder });
    expect(third.stats().rebuilt).toBeUndefined();
    expect(answers(third)).toEqual(answers(first));
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});

test('what cannot be indexed is left out with its reason, and the rest is there', async () => {
  using repository = scratchRepository({ 'ok.ts': 'export const fine = 1;\n' });
  repository.write('one-line.js', `var a = "${'x'.repeat(1 << 20)}";`);
  repository.write('binary.ts', Buffer.from([0x47, 0, 1, 2, 3]));
  repository.write('huge.ts', '// a line of a huge file\n'.repeat(100_000));
  repository.write('made.ts', '// Code generated by protoc-gen-ts. DO NOT EDIT.\nexport const made = 1;\n');
  repository.write('latin.py', Buffer.from('def caf\xe9_open():\n    pass\n\ndef plain():\n    pass\n', 'latin1'));
  repository.write('broken.ts', 'export function whole() { return 1 }\nexport class Half {\n  method( {\n');
  mkdirSync(join(repository.root, 'loop'));
  symlinkSync('..', join(repository.root, 'loop/up'));
  symlinkSync('self', join(repository.root, 'self'));
  symlinkSync('/etc/hostname', join(repository.root, 'outside.md'));
  const index = await openIndex(repository.root, { folder: false });
  const reasons = Object.fromEntries(index.skipped().map(({ path, reason }) => [path, reason]));
  expect(reasons).toEqual({
    'one-line.js': 'minified',
    'binary.ts': 'binary',
    'huge.ts': 'too large',
    'made.ts': 'generated',
  });
  expect(index.files().map(({ path }) => path)).toEqual(['broken.ts', 'latin.py', 'ok.ts']);
  expect(index.outline('latin.py').map(({ name }) => name)).toContain('plain');
  expect(index.file('broken.ts')?.broken).toBe(true);
  expect(index.outline('broken.ts').map(({ name }) => name)).toEqual(['whole', 'Half']);
});

test.skipIf(process.getuid?.() === 0)('a file that may not be read is left out', async () => {
  using repository = scratchRepository({
    'ok.ts': 'export const fine = 1;\n',
    'secret.ts': 'export const hidden = 1;\n',
  });
  chmodSync(join(repository.root, 'secret.ts'), 0);
  const index = await openIndex(repository.root, { folder: false });
  expect(index.skipped()).toEqual([{ path: 'secret.ts', reason: 'unreadable' }]);
});

test('what is ignored, another repository, and what tools made is not indexed; what git tracks all the same is', async () => {
  using repository = scratchRepository({
    '.gitignore': 'out/\nkept.ts\n',
    '.capstanignore': 'private/\nsecret-tracked.ts\n',
    'src/a.ts': 'export const a = 1;\n',
    'out/b.ts': 'export const b = 1;\n',
    'private/c.ts': 'export const c = 1;\n',
    'kept.ts': 'export const kept = 1;\n',
    'secret-tracked.ts': 'export const secret = 1;\n',
    'node_modules/d/index.js': 'exports.d = 1;\n',
    'nested/.git/HEAD': 'ref: refs/heads/main\n',
    'nested/e.ts': 'export const e = 1;\n',
    'package-lock.json': '{}\n',
  });
  repository.git('init', '-q');
  repository.git('add', '-f', 'kept.ts', 'src', 'secret-tracked.ts', 'private');
  const index = await openIndex(repository.root, { folder: false });
  expect(index.files().map(({ path }) => path)).toEqual(['kept.ts', 'src/a.ts']);
});
