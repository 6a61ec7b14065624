import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyStore } from './key-store.ts';

const key = 'sk-planted-0123456789abcdef';
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-keys-'));
  path = join(folder, 'config', 'auth.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

test('a key is kept, shown masked and forgotten', async () => {
  const store = keyStore(path);
  expect(await store.get('openai')).toBeUndefined();
  await store.set('openai', ` ${key}\n`);
  await store.set('anthropic', 'sk-ant-0123456789abcdef0123');
  expect(await keyStore(path).get('openai')).toBe(key);
  expect(await store.list()).toEqual([
    { vendor: 'openai', shown: 'sk-…cdef' },
    { vendor: 'anthropic', shown: 'sk-…0123' },
  ]);
  expect([await store.delete('openai'), await store.delete('openai')]).toEqual([true, false]);
  expect(await store.get('openai')).toBeUndefined();
});

test('only the owner can read the file and its folder, and nothing else is left there', async () => {
  await keyStore(path).set('openai', key);
  expect(await modeOf(path)).toBe(0o600);
  expect(await modeOf(join(folder, 'config'))).toBe(0o700);
  expect(await readdir(join(folder, 'config'))).toEqual(['auth.json']);
});

test('a file that others could read is made private', async () => {
  await keyStore(path).set('openai', key);
  await chmod(path, 0o644);
  expect(await keyStore(path).get('openai')).toBe(key);
  expect(await modeOf(path)).toBe(0o600);
});

test('a link is refused', async () => {
  await keyStore(path).set('openai', key);
  const link = join(folder, 'link.json');
  await symlink(path, link);
  await expect(keyStore(link).get('openai')).rejects.toMatchObject({
    code: 'invalid_config',
    message: expect.stringContaining('no plain file'),
  });
});

test('with a passphrase nothing in the file tells the key or the vendor', async () => {
  const store = keyStore(path, { passphrase: 'correct horse' });
  await store.set('openai', key);
  const text = await readFile(path, 'utf8');
  expect(text).not.toMatch(/planted|openai/);
  expect(await keyStore(path, { passphrase: async () => 'correct horse' }).get('openai')).toBe(key);
});

test('a wrong passphrase, or none, is told', async () => {
  await keyStore(path, { passphrase: 'correct horse' }).set('openai', key);
  await expect(keyStore(path, { passphrase: 'wrong' }).get('openai')).rejects.toThrow(/passphrase is wrong/);
  await expect(keyStore(path).get('openai')).rejects.toThrow(/Give the passphrase/);
});

test('a plain file is sealed by the next key that is stored', async () => {
  await keyStore(path).set('openai', key);
  const sealed = keyStore(path, { passphrase: 'p' });
  await sealed.set('anthropic', 'sk-ant-0123456789abcdef');
  expect(await readFile(path, 'utf8')).not.toContain(key);
  expect(await sealed.get('openai')).toBe(key);
});

test('a key stored by another process counts at once', async () => {
  const store = keyStore(path);
  await store.set('openai', key);
  await store.get('openai');
  await keyStore(path).set('openai', 'sk-another-0123456789');
  expect(await store.get('openai')).toBe('sk-another-0123456789');
});

test('keys stored at the same time are all kept', async () => {
  const vendors = Array.from({ length: 8 }, (_, at) => `vendor-${at}`);
  await Promise.all(vendors.map((vendor) => keyStore(path).set(vendor, key)));
  expect((await keyStore(path).list()).map(({ vendor }) => vendor).sort()).toEqual(vendors);
});

test.each(['', 'two words', 'line\nbreak', 'clé-0123456789'])('%j is no key', async (wrong) => {
  await expect(keyStore(path).set('openai', wrong)).rejects.toMatchObject({ code: 'invalid_config' });
});

test.each(['__proto__', 'A', '../x', ''])('%j is no vendor', async (wrong) => {
  await expect(keyStore(path).set(wrong, key)).rejects.toMatchObject({ code: 'invalid_config' });
  expect(await keyStore(path).get(wrong)).toBeUndefined();
});

test('a broken file is told without what it says', async () => {
  await keyStore(path).set('openai', key);
  await writeFile(path, `{"keys": {"openai": "${key}"`);
  const failing = keyStore(path).get('openai');
  await expect(failing).rejects.toMatchObject({
    code: 'invalid_config',
    message: expect.not.stringContaining('planted'),
  });
});
