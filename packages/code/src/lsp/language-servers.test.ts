import { spawnSync } from 'node:child_process';
import { realpathSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { isAlive, toyProject } from './__fixtures__/toy-project.ts';
import { openLanguageServers } from './language-servers.ts';

const signal = new AbortController().signal;

function versionIn(params: Readonly<Record<string, unknown>> = {}): number {
  return (params['textDocument'] as { version: number }).version;
}

test.each(['pull', 'late-pull', 'push', 'versions'])('problems are told by a server that knows %s', async (mode) => {
  await using toy = toyProject(
    { 'a.toy': 'one\nbad two\n', 'b.toy': 'use a\nuse c odd fyi' },
    { args: ['--mode', mode] },
  );
  const report = await toy.servers.diagnose([toy.at('a.toy'), toy.at('b.toy')], { signal });
  expect(report).toEqual({
    problems: [
      { path: 'a.toy', line: 2, column: 1, severity: 'error', code: 'B1', source: 'toy', message: 'a bad word' },
      { path: 'b.toy', line: 2, column: 1, severity: 'error', source: 'toy', message: 'no c' },
      { path: 'b.toy', line: 2, column: 7, severity: 'warning', code: '17', source: 'toy', message: 'an odd word' },
      { path: 'b.toy', line: 2, column: 11, severity: 'hint', message: 'a hint' },
    ],
    unfinished: [],
    servers: ['node'],
  });
});

test.each(['pull', 'push', 'versions'])('what changes on disk is told to a server that knows %s', async (mode) => {
  await using toy = toyProject({ 'a.toy': 'bad', 'b.toy': 'use c' }, { args: ['--mode', mode] });
  const files = [toy.at('a.toy'), toy.at('b.toy')];
  const messages = async () => (await toy.servers.diagnose(files, { signal })).problems.map(({ message }) => message);
  expect(await messages()).toEqual(['a bad word', 'no c']);
  toy.write('a.toy', 'good');
  expect(await messages()).toEqual(['no c']);
  toy.write('c.toy', 'here');
  expect(await messages()).toEqual([]);
  toy.remove('c.toy');
  toy.write('a.toy', 'odd');
  expect(await messages()).toEqual(['an odd word', 'no c']);
  const versions = toy
    .heard()
    .flatMap(({ notification, params }) => (notification === 'textDocument/didChange' ? [versionIn(params)] : []));
  expect(versions).toEqual([2, 3]);
  const watched = toy.heard().filter(({ notification }) => notification === 'workspace/didChangeWatchedFiles');
  expect(JSON.stringify(watched)).toContain('{"uri":"' + new URL(`file://${toy.at('c.toy')}`).href + '","type":1}');
});

test('a file that is gone is closed, and opened again with a later version', async () => {
  await using toy = toyProject({ 'a.toy': 'bad' });
  await toy.servers.diagnose([toy.at('a.toy')], { signal });
  toy.remove('a.toy');
  expect((await toy.servers.diagnose([toy.at('a.toy')], { signal })).problems).toEqual([]);
  expect(toy.servers.openFiles()).toEqual([]);
  toy.write('a.toy', 'odd');
  expect((await toy.servers.diagnose([toy.at('a.toy')], { signal })).problems).toMatchObject([{ severity: 'warning' }]);
  const opened = toy.heard().filter(({ notification }) => notification === 'textDocument/didOpen');
  expect(opened.map(({ params }) => versionIn(params))).toEqual([1, 2]);
});

test.each(['utf-8', 'utf-16', 'utf-32', undefined])(
  'columns are right where a server counts in %s',
  async (encoding) => {
    const args = encoding === undefined ? [] : ['--encoding', encoding];
    await using toy = toyProject({ 'a.toy': 'é🎉 bad 💥 word\r\nword' }, { args });
    const { problems } = await toy.servers.diagnose([toy.at('a.toy')], { signal });
    expect(problems).toMatchObject([{ line: 1, column: 5 }]);
    const uses = await toy.servers.references({ path: toy.at('a.toy'), place: { line: 0, column: 12 } }, { signal });
    expect(uses).toEqual([
      { path: 'a.toy', line: 1, column: 12, text: 'é🎉 bad 💥 word' },
      { path: 'a.toy', line: 2, column: 1, text: 'word' },
    ]);
  },
);

test.each([
  'with blank.toy',
  'per%20cent.toy',
  'hash#1.toy',
  'que?stion.toy',
  'ünïcode-日本.toy',
  '[slug].toy',
  "quo'te+&=.toy",
])('a file called %s is known', async (name) => {
  await using toy = toyProject({ [name]: 'bad\ngood' });
  const { problems } = await toy.servers.diagnose([toy.at(name)], { signal });
  expect(problems).toMatchObject([{ path: name, message: 'a bad word' }]);
  const found = await toy.servers.definition({ path: toy.at(name), place: { line: 1, column: 0 } }, { signal });
  expect(found).toEqual([{ path: name, line: 2, column: 1, text: 'good' }]);
});

test('a byte-order mark is no column', async () => {
  await using toy = toyProject({ 'a.toy': '\ufeffbad' });
  expect((await toy.servers.diagnose([toy.at('a.toy')], { signal })).problems).toMatchObject([{ line: 1, column: 1 }]);
});

const asked: [string, object, unknown][] = [
  [
    'workspace/configuration',
    { items: [{ section: 'toy' }, { section: 'toy.lint' }, { section: 'none' }, {}] },
    [{ lint: { strict: true } }, { strict: true }, null, { toy: { lint: { strict: true } } }],
  ],
  ['window/showMessageRequest', { type: 1, message: 'Really?', actions: [{ title: 'Yes' }] }, null],
  ['workspace/applyEdit', { edit: {} }, { applied: false }],
  ['window/workDoneProgress/create', { token: 1 }, null],
  ['window/showDocument', { uri: 'https://example.com' }, { success: false }],
  ['workspace/diagnostic/refresh', {}, null],
  ['client/unregisterCapability', { unregisterations: [{ id: 'watch' }] }, null],
  ['toy/unheardOf', {}, { error: -32_601 }],
];

test.each(asked)('a server that asks %s gets its answer', async (method, params, answer) => {
  const ask = JSON.stringify({ method, params });
  await using toy = toyProject(
    { 'a.toy': 'bad' },
    { args: ['--ask', ask], settings: { 'toy.lint': { strict: true } } },
  );
  await toy.servers.diagnose([toy.at('a.toy')], { signal });
  await expect.poll(() => toy.heard().find(({ asked: what }) => what === method)).toMatchObject({ answer });
});

test('a server is started once, at the first question, and its start is told before', async () => {
  await using toy = toyProject({ 'a.toy': 'bad', 'b/c.toy': 'bad' });
  const files = [toy.at('a.toy'), toy.at('b/c.toy')];
  expect(toy.heard()).toEqual([]);
  expect(toy.servers.starts(files)).toMatchObject([{ kind: 'run', cwd: toy.servers.root }]);
  await Promise.all(files.map((file) => toy.servers.diagnose([file], { signal })));
  expect(toy.servers.starts(files)).toEqual([]);
  expect(toy.servers.status()[0]).toMatchObject({ name: 'toy', running: ['.'] });
  expect(toy.heard().filter(({ started }) => started !== undefined)).toHaveLength(1);
});

test('a server that nobody uses ends, with what it started, and comes again', async () => {
  await using toy = toyProject({ 'a.toy': 'bad' }, { idleMs: 50, args: ['--child'] });
  await toy.servers.diagnose([toy.at('a.toy')], { signal });
  await expect.poll(() => toy.heard().at(-1)).toMatchObject({ notification: 'exit' });
  const [pid] = toy.heard().flatMap(({ started }) => started ?? []);
  await expect.poll(() => isAlive(pid!)).toBe(false);
  expect(toy.servers.status()[0]).toMatchObject({ running: [] });
  expect((await toy.servers.diagnose([toy.at('a.toy')], { signal })).problems).toHaveLength(1);
});

test('keys of the user are not handed on', async () => {
  await using toy = toyProject({ 'a.toy': '' }, { env: { ...process.env, OPENAI_API_KEY: 'sk-1', TOY_HOME: '/x' } });
  await toy.servers.diagnose([toy.at('a.toy')], { signal });
  expect(toy.heard()[0]?.keys).toContain('TOY_HOME');
  expect(toy.heard()[0]?.keys).not.toContain('OPENAI_API_KEY');
});

test('what no server is for is told with what to install', async () => {
  await using toy = toyProject({ 'a.rb': '', 'a.go': '' }, { env: { PATH: '/nonexistent' } });
  await expect(toy.servers.diagnose([toy.at('a.rb')], { signal })).rejects.toMatchObject({ code: 'not_found' });
  expect(() => toy.servers.starts([toy.at('a.go')])).toThrow(/gopls.*go install/);
  expect(toy.servers.covers(toy.at('a.go'))).toBe(false);
  expect(toy.servers.covers(toy.at('a.toy'))).toBe(true);
  expect(toy.servers.covers('/elsewhere/a.toy')).toBe(false);
});

const bubblewrap = spawnSync('bwrap', ['--version']).status === 0;
// A sandbox has a temporary folder of its own: a server that lies in the real one is not seen there.
const seen = !import.meta.filename.startsWith(`${realpathSync(tmpdir())}/`);

test.skipIf(!bubblewrap || !seen)(
  'a sandbox holds a server, which can read the tree and write nothing (bubblewrap, outside of the temporary folder)',
  async () => {
    await using toy = toyProject(
      { 'a.toy': 'bad' },
      { args: ['--log', 'ROOT/log'], sandbox: { level: 'workspace-write' } },
    );
    await expect(toy.servers.diagnose(['a.toy'], { signal })).rejects.toThrow(/EROFS|read-only/);
    const args = ['--log', '/tmp/log'];
    await using quiet = toyProject({ 'a.toy': 'bad' }, { args, sandbox: { level: 'workspace-write' } });
    expect((await quiet.servers.diagnose(['a.toy'], { signal })).problems).toHaveLength(1);
  },
);

test('files are known by relative paths and through links to the root', async () => {
  await using toy = toyProject({ 'a.toy': 'bad' });
  const link = `${toy.root}-link`;
  symlinkSync(toy.root, link);
  try {
    const servers = openLanguageServers(link, { servers: toy.choice });
    const report = await servers.diagnose(['a.toy', `${link}/a.toy`, toy.at('a.toy')], { signal });
    expect(report.problems).toMatchObject([{ path: 'a.toy' }]);
    await servers.close();
  } finally {
    unlinkSync(link);
  }
});

test('a root that is not there is told', () => {
  expect(() => openLanguageServers('/nowhere/at/all')).toThrow('There is no folder /nowhere/at/all.');
});

test('after closing nothing is started any more', async () => {
  await using toy = toyProject({ 'a.toy': 'bad' });
  await toy.servers.diagnose([toy.at('a.toy')], { signal });
  await toy.servers.close();
  await expect(toy.servers.diagnose([toy.at('a.toy')], { signal })).rejects.toMatchObject({ code: 'aborted' });
});
