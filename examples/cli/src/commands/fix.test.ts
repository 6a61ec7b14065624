import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openaiServer, type LoopbackServer } from '@capstan/providers/testing';
import { checkStreamLine } from '../testing/check-envelope.ts';
import { cliHere as cli } from '../testing/cli-here.ts';
import { envelopeOf, scratch, startCli, type Scratch } from '../testing/scratch.ts';

/** Each of these runs tests in processes of their own, several times over. */
vi.setConfig({ testTimeout: 240_000 });

const usage = { inputTokens: 10, outputTokens: 5 };
const imports = "import { test } from 'node:test';\nimport assert from 'node:assert';\n";
const files = {
  'package.json': '{"name":"x","type":"module","scripts":{"test":"node --test"}}\n',
  'sum.js': 'export const sum = (a, b) => a - b;\n',
  'twice.js': 'export const twice = (a) => a * 2;\n',
  'sum.test.js': `${imports}import { sum } from './sum.js';\ntest('sums', () => assert.equal(sum(1, 2), 3));\n`,
  'twice.test.js': `${imports}import { twice } from './twice.js';\nimport { sum } from './sum.js';\ntest('doubles', () => assert.equal(twice(2), 4));\ntest('is of numbers', () => assert.equal(typeof sum(1, 2), 'number'));\n`,
};
const edit = (old: string, text: string, path = 'sum.js') => ({
  calls: [{ tool: 'edit', input: { path, old, new: text } }],
});
const done = { text: 'Done.', usage };

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-planted-0123456789abcdef', OPENAI_BASE_URL: `${server.url}/v1` };
}

async function fix(repo: Scratch, server: LoopbackServer | undefined, ...words: string[]) {
  const ended = await cli(['fix', '--json', ...words], { cwd: repo.root, ...(server ? { env: env(server) } : {}) });
  return { ended, ...envelopeOf(ended) };
}

const read = (repo: Scratch, path: string): string => readFileSync(join(repo.root, path), 'utf8');
const verdicts = (payload: Record<string, unknown>): string[] =>
  (payload['tries'] as { verdict: string }[]).map(({ verdict }) => verdict);

test('a failing test is mended, with the hint in what is asked, and all tests are run again', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([edit('a - b', 'a + b'), done]);
  const { payload, meta } = await fix(repo, server);
  expect(meta).toMatchObject({ exit: 0 });
  expect(payload).toMatchObject({
    end: 'fixed',
    failedBefore: ['sums'],
    flaky: [],
    takenBack: [],
    tests: { passed: true, counts: { passed: 3, failed: 0 } },
  });
  expect(verdicts(payload)).toEqual(['fixed']);
  expect(payload['patches']).toHaveLength(1);
  const asked = JSON.stringify(server.requests[0]?.body);
  expect(asked).toContain('FAIL sum.test.js:4  sums');
  expect(asked).toContain('look at sum.js');
  expect(read(repo, 'sum.js')).toContain('a + b');
});

test('tests that pass are left alone, and no model is asked', async () => {
  using repo = scratch({ ...files, 'sum.js': 'export const sum = (a, b) => a + b;\n' });
  await using server = await openaiServer([done]);
  const { payload, meta } = await fix(repo, server);
  expect(meta).toMatchObject({ exit: 0 });
  expect(payload).toMatchObject({ end: 'passed', tries: [] });
  expect(server.requests).toHaveLength(0);
});

test('a change that makes more tests fail is taken back to the same bytes, and the model hears of it', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    edit('a - b', '`${a}${b}`'),
    edit('a * 2', 'a * 3', 'twice.js'),
    done,
    { text: 'I do not know.', usage },
  ]);
  const { payload, meta } = await fix(repo, server, '--tries', '2');
  expect(meta).toMatchObject({ exit: 1 });
  expect(verdicts(payload)).toEqual(['worse', 'nothing']);
  expect(payload).toMatchObject({ end: 'tries', patches: [], takenBack: [expect.any(String), expect.any(String)] });
  for (const path of ['sum.js', 'twice.js'] as const) expect(read(repo, path)).toBe(files[path]);
  expect(repo.status()).toBe('');
  expect(JSON.stringify(server.requests[3]?.body)).toMatch(
    /made it worse and was taken back[^"]*(doubles|is of numbers)/,
  );
  const [id = ''] = payload['takenBack'] as string[];
  const kept = envelopeOf(await cli(['patch', 'show', id, '--json'], { cwd: repo.root }));
  expect(kept.payload).toMatchObject({ state: 'rolled-back' });
});

test('the same failures after two tries are the end, and everything is taken back', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    edit('a - b', 'a - b - 0'),
    done,
    edit('a - b - 0', 'a - b - 1'),
    done,
    edit('x', 'y'),
    done,
  ]);
  const { payload, meta } = await fix(repo, server, '--tries', '5');
  expect(meta).toMatchObject({ exit: 1 });
  expect(payload).toMatchObject({ end: 'no progress' });
  expect(verdicts(payload)).toEqual(['same', 'same']);
  expect(read(repo, 'sum.js')).toBe(files['sum.js']);
});

test('what helps stays for the next try, and --keep leaves it in the end', async () => {
  const two = { ...files, 'twice.js': 'export const twice = (a) => a * 3;\n' };
  using repo = scratch(two);
  await using server = await openaiServer([edit('a - b', 'a + b'), done, edit('a * 3', 'a * 2', 'twice.js'), done]);
  const { payload } = await fix(repo, server);
  expect(verdicts(payload)).toEqual(['better', 'fixed']);
  expect(JSON.stringify(server.requests[2]?.body)).toContain('Your change helped, and stays.');

  using other = scratch(two);
  await using once = await openaiServer([edit('a - b', 'a + b'), done]);
  const kept = await fix(other, once, '--tries', '1', '--keep');
  expect(kept.meta).toMatchObject({ exit: 1 });
  expect(read(other, 'sum.js')).toContain('a + b');

  using back = scratch(two);
  await using again = await openaiServer([edit('a - b', 'a + b'), done]);
  await fix(back, again, '--tries', '1');
  expect(read(back, 'sum.js')).toBe(two['sum.js']);
});

test('tests that a file hid by not loading are found, not broken', async () => {
  const hidden = {
    ...files,
    'sum.js': 'export const sum = (a, b => a - b;\n',
    'twice.test.js': files['twice.test.js'].replace(/import \{ sum.*\n/, '').replace(/test\('is of.*\n/, ''),
  };
  using repo = scratch(hidden);
  await using server = await openaiServer([edit('(a, b =>', '(a, b) =>'), done, edit('a - b', 'a + b'), done]);
  const { payload } = await fix(repo, server);
  expect(verdicts(payload)).toEqual(['better', 'fixed']);
});

const flakyTest = `${imports}import { existsSync, writeFileSync } from 'node:fs';
test('now and then', () => {
  const first = !existsSync('.git/seen');
  writeFileSync('.git/seen', '');
  assert.ok(!first);
});
`;

test('a test that passes when run again alone is flaky: told, not mended', async () => {
  using repo = scratch({ ...files, 'sum.js': 'export const sum = (a, b) => a + b;\n', 'flaky.test.js': flakyTest });
  await using server = await openaiServer([done]);
  const { payload, meta } = await fix(repo, server);
  expect(payload).toMatchObject({ end: 'flaky', flaky: ['now and then'], tries: [], tests: { passed: true } });
  expect(meta).toMatchObject({ exit: 0 });
  expect(server.requests).toHaveLength(0);
});

test('beside a flaky test only the other is mended', async () => {
  using repo = scratch({ ...files, 'flaky.test.js': flakyTest });
  await using server = await openaiServer([edit('a - b', 'a + b'), done]);
  const { payload } = await fix(repo, server);
  expect(payload).toMatchObject({ end: 'fixed', flaky: ['now and then'] });
  expect(JSON.stringify(server.requests[0]?.body)).not.toContain('FAIL flaky.test.js');
});

test('tests are not to be changed, by whatever way, unless that is allowed', async () => {
  using repo = scratch(files);
  const cheat = edit('sum(1, 2), 3', 'sum(1, 2), -1', 'sum.test.js');
  await using server = await openaiServer([cheat, done]);
  const { payload } = await fix(repo, server, '--tries', '1');
  expect(read(repo, 'sum.test.js')).toBe(files['sum.test.js']);
  expect(payload).toMatchObject({
    tries: [{ verdict: 'nothing', run: { calls: [{ outcome: 'denied', rule: 'tests-stay' }] } }],
  });

  using shelled = scratch(files);
  const script = `node -e "const f='sum'+'.test.js',s=require('fs');s.writeFileSync(f,s.readFileSync(f,'utf8').replace('2), 3','2), -1'))"`;
  await using sly = await openaiServer([{ calls: [{ tool: 'shell', input: { command: script } }] }, done]);
  const caught = await fix(shelled, sly, '--tries', '1', '--mode', 'full-auto', '--yes');
  expect(verdicts(caught.payload)).toEqual(['touched tests']);
  expect(read(shelled, 'sum.test.js')).toBe(files['sum.test.js']);

  using scripts = scratch(files);
  await using easy = await openaiServer([edit('node --test', 'true', 'package.json'), done]);
  const other = await fix(scripts, easy, '--tries', '1', '--yes');
  expect(verdicts(other.payload)).toEqual(['touched tests']);
  expect(read(scripts, 'package.json')).toBe(files['package.json']);

  using allowed = scratch(files);
  await using open = await openaiServer([cheat, done]);
  expect((await fix(allowed, open, '--allow-tests')).payload).toMatchObject({ end: 'fixed' });
});

test('a budget holds for all tries together', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([edit('a - b', 'a - b - 0'), done, edit('a - b - 0', 'a + b'), done]);
  const { payload, meta } = await fix(repo, server, '--max-turns', '2');
  expect(meta).toMatchObject({ exit: 4 });
  expect(payload).toMatchObject({ end: 'budget' });
  expect(server.requests).toHaveLength(2);
  expect(read(repo, 'sum.js')).toBe(files['sum.js']);
});

test('--stream-json prints events alone, and --quiet one sentence', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([edit('a - b', 'a + b'), done]);
  const streamed = await cli(['fix', '--stream-json'], { cwd: repo.root, env: env(server) });
  for (const line of streamed.stdout.trimEnd().split('\n')) checkStreamLine(line);
  expect(streamed.code).toBe(0);
  const quiet = await cli(['fix', '-q'], { cwd: repo.root });
  expect(quiet).toMatchObject({ code: 0, stdout: 'All tests pass: there is nothing to fix.\n', stderr: '' });
});

test('without a model there are hints all the same, and that none is there is said', async () => {
  using repo = scratch(files);
  const ended = await cli(['fix'], { cwd: repo.root });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain('FAIL sum.test.js:4  sums');
  expect(ended.stdout).toMatch(/look at sum\.js/);
  expect(ended.stdout).toContain('No model is there to mend it');
});

test('--dry-run shows what fails and what would be asked, and calls nobody', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([done]);
  const { payload } = await fix(repo, server, '--dry-run');
  expect(payload).toMatchObject({ dryRun: true, model: expect.stringContaining('openai/'), tests: { passed: false } });
  expect(payload['task']).toContain('do not weaken, skip, delete or change tests');
  expect(server.requests).toHaveLength(0);
  expect(repo.status()).toBe('');
});

test('tests may be run by a command of one’s own, whatever it prints', async () => {
  const check =
    "import { readFileSync } from 'node:fs';\nif (!readFileSync('a.txt', 'utf8').includes('zwei')) { console.error('a.txt lacks zwei'); process.exit(7); }\n";
  using repo = scratch({ 'a.txt': 'one\ntwo\n', 'check.mjs': check });
  await using server = await openaiServer([edit('two', 'zwei', 'a.txt'), done]);
  const ended = await cli(['fix', '--json', '--', process.execPath, 'check.mjs'], { cwd: repo.root, env: env(server) });
  expect(envelopeOf(ended)).toMatchObject({ ok: true, payload: { end: 'fixed' } });
  expect(JSON.stringify(server.requests[0]?.body)).toContain('a.txt lacks zwei');
});

test('a repository without tests, and a wrong option, are a clear line', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const ended = await cli(['fix'], { cwd: repo.root });
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('No tests were found here. Name the command that runs them');
  expect((await cli(['fix', '--tries', 'x'], { cwd: repo.root })).code).toBe(2);
});

test('a model that fails ends it, and nothing of a try stays', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    edit('a - b', 'a - b - 0'),
    { fault: { kind: 'status', status: 400, message: 'no' } },
  ]);
  const { payload, meta } = await fix(repo, server);
  expect(meta).toMatchObject({ exit: 1 });
  expect(payload).toMatchObject({ end: 'failed' });
  expect(read(repo, 'sum.js')).toBe(files['sum.js']);
});

test('Ctrl-C in the middle takes the try back', async () => {
  const slow = `${imports}import { existsSync } from 'node:fs';\nif (existsSync('.git/slow')) { console.log('sleeping'); await new Promise((wake) => setTimeout(wake, 120_000)); }\n`;
  using repo = scratch({ ...files, 'slow.test.js': `${slow}test('slow', () => {});\n` });
  let turn = 0;
  await using server = await openaiServer(() => {
    turn += 1;
    if (turn === 1) return edit('a - b', 'a + b');
    writeFileSync(join(repo.root, '.git/slow'), '');
    return done;
  });
  const started = startCli(['fix'], { cwd: repo.root, env: env(server) });
  await started.printed('Done.');
  await vi.waitFor(() => expect(read(repo, 'sum.js')).toContain('a + b'), 60_000);
  started.child.kill('SIGINT');
  const ended = await started.ended;
  expect(ended.code, ended.stderr).toBe(130);
  expect(read(repo, 'sum.js')).toBe(files['sum.js']);
  expect(repo.status()).toBe('');
});

test('what the user changed before stays when a try is taken back', async () => {
  using repo = scratch(files);
  writeFileSync(join(repo.root, 'sum.js'), `// mine\n${files['sum.js']}`);
  await using server = await openaiServer([edit('a - b', 'a - b - 0'), done]);
  await fix(repo, server, '--tries', '1');
  expect(read(repo, 'sum.js')).toBe(`// mine\n${files['sum.js']}`);
});
