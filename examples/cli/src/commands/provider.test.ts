import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openaiServer } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch, type Scratch } from '../testing/scratch.ts';
import { isNewer, managerOf } from './upgrade.ts';

function home({ root }: Scratch): Record<string, string> {
  return { CAPSTAN_CONFIG_HOME: join(root, '.capstan', 'test-home') };
}

test('a host of one’s own is named, tested, used and forgotten', async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'Hello.', usage: { inputTokens: 1, outputTokens: 1 } }]);
  const options = { cwd: repo.root, env: { ...home(repo), WORK_API_KEY: 'planted-work-key-0123' } };
  const dry = await cli(['provider', 'add', 'work', '--base-url', `${server.url}/v1`, '--dry-run'], options);
  expect(dry.stdout).toContain('would name work');
  expect((await cli(['provider', 'test', 'work'], options)).code).not.toBe(0);
  const added = await cli(['provider', 'add', 'work', '--base-url', `${server.url}/v1`, '--json'], options);
  expect(envelopeOf(added).payload).toMatchObject({ name: 'work', provider: { baseURL: `${server.url}/v1` } });
  const listed = envelopeOf(await cli(['provider', '--json'], options));
  expect(listed.payload['providers']).toContainEqual(
    expect.objectContaining({ vendor: 'work', key: 'WORK_API_KEY', own: true }),
  );
  expect(JSON.stringify(listed)).not.toContain('planted-work-key');
  const tested = await cli(['provider', 'test', 'work', '--json'], options);
  expect(envelopeOf(tested).payload).toMatchObject({ name: 'work', models: ['work/loopback-1'] });
  expect(await cli(['run', '-q', '-m', 'work/any', 'hi'], options)).toMatchObject({ code: 0, stdout: 'Hello.\n' });
  expect((await cli(['provider', 'remove', 'work'], options)).stdout).toBe('forgot work\n');
  const file = join(home(repo)['CAPSTAN_CONFIG_HOME'] ?? '', 'config.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({});
});

test.each([
  [['add', 'Work', '--base-url', 'https://x.example/v1'], 'small letters'],
  [['add', 'work', '--base-url', 'x.example'], 'takes an address'],
  [['add', 'work', '--base-url', 'https://x.example', '--api', 'soap'], '--api takes chat or responses'],
  [['remove', 'nobody'], 'No host nobody is named'],
])('provider %j is refused in a line', async (words, why) => {
  using repo = scratch();
  const ended = await cli(['provider', ...words], { cwd: repo.root, env: home(repo) });
  expect(ended.code).not.toBe(0);
  expect(ended.stderr).toContain(why);
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('a diff is kept as a patch, looked at, applied and taken back', async () => {
  using repo = scratch({ 'a.txt': 'one\ntwo\n' });
  const diff = '--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n';
  const dry = envelopeOf(await cli(['patch', 'create', '-', '--dry-run', '--json'], { cwd: repo.root, input: diff }));
  expect(dry.payload).toMatchObject({ id: null, paths: ['a.txt'], added: 1, removed: 1, dryRun: true });
  const made = envelopeOf(await cli(['patch', 'create', '-', '--json'], { cwd: repo.root, input: diff }));
  expect(made.payload).toMatchObject({ state: 'proposed', paths: ['a.txt'] });
  expect(repo.status()).toBe('');
  expect((await cli(['patch', 'apply', String(made.payload['id'])], { cwd: repo.root })).code).toBe(0);
  expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\nzwei\n');
  expect((await cli(['patch', 'rollback'], { cwd: repo.root })).code).toBe(0);
  writeFileSync(join(repo.root, 'fix.diff'), diff);
  const applied = await cli(['patch', 'create', 'fix.diff', '--apply'], { cwd: repo.root });
  expect(applied.stdout).toMatch(/^applied \w{26} {2}\+1 -1\n {2}a\.txt\n$/);
});

test.each([
  ['no diff at all', 'no diff at all', 1],
  ['one that does not fit', '--- a/a.txt\n+++ b/a.txt\n@@ -1,1 +1,1 @@\n-three\n+drei\n', 1],
  ['one that leads out', '--- a/../x\n+++ b/../x\n@@ -1,1 +1,1 @@\n-three\n+drei\n', 3],
])('%s is refused, and nothing is kept', async (_, input, code) => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const ended = await cli(['patch', 'create', '-'], { cwd: repo.root, input });
  expect(ended.code).toBe(code);
  expect(ended.stdout).toBe('');
  expect((await cli(['patch', 'list'], { cwd: repo.root })).stdout).toBe('No patches here.\n');
});

test('an upgrade says what it would run, by the package manager that put it there', async () => {
  using repo = scratch();
  const bin = join(repo.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\necho 9.1.0\n', { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const dry = envelopeOf(await cli(['upgrade', '--dry-run', '--json'], { cwd: repo.root, env }));
  expect(dry.payload).toMatchObject({ version: '0.1.0', newest: '9.1.0', upgraded: false, dryRun: true });
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\necho "npm error code E404" >&2; exit 1\n', { mode: 0o755 });
  const none = await cli(['upgrade'], { cwd: repo.root, env });
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toContain('The newest version cannot be found: npm error code E404');
});

test.each([
  ['/usr/lib/node_modules/capstan/bin/capstan.mjs', 'npm'],
  ['/home/ada/.local/share/pnpm/global/5/.pnpm/capstan@1/node_modules/capstan/bin/capstan.mjs', 'pnpm'],
  ['/home/ada/.bun/install/global/node_modules/capstan/bin/capstan.mjs', 'bun'],
  ['/home/ada/.config/yarn/global/node_modules/capstan/bin/capstan.mjs', 'yarn'],
  [String.raw`C:\Users\ada\AppData\Roaming\npm\node_modules\capstan\bin\capstan.mjs`, 'npm'],
] as const)('%s was put there by %s', (path, manager) => {
  expect(managerOf(path)).toBe(manager);
});

test.each([
  ['1.2.3', '1.2.2', true],
  ['1.10.0', '1.9.9', true],
  ['1.2.3', '1.2.3', false],
  ['1.2.3', '1.2.3-next.1', true],
  ['1.2.3-next.1', '1.2.3', false],
  ['0.9.9', '1.0.0', false],
])('%s after %s: %s', (one, than, newer) => {
  expect(isNewer(one, than)).toBe(newer);
});
