import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openaiServer, type LoopbackServer } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 10, outputTokens: 5 };
const broken = {
  'package.json': '{"name":"x","type":"module","scripts":{"test":"node --test"}}\n',
  'sum.js': 'export const sum = (a, b) => a - b;\n',
  'sum.test.js':
    "import { test } from 'node:test';\nimport assert from 'node:assert';\nimport { sum } from './sum.js';\ntest('sums', () => assert.equal(sum(1, 2), 3));\n",
};
const edit = (old: string, text: string) => ({ calls: [{ tool: 'edit', input: { path: 'sum.js', old, new: text } }] });

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-planted-0123456789abcdef', OPENAI_BASE_URL: `${server.url}/v1` };
}

test('recipes are listed, and shown before anything is done', async () => {
  using repo = scratch();
  const { payload } = envelopeOf(await cli(['do', '--json'], { cwd: repo.root }));
  const names = (payload['recipes'] as { name: string }[]).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['explain', 'faster', 'endpoint', 'fix-tests', 'migration', 'pr']));
  expect(names.length).toBeGreaterThanOrEqual(10);
  const dry = await cli(['do', 'endpoint', 'GET /health gives 200', '--dry-run'], { cwd: repo.root });
  expect(dry.stdout).toContain('Add this HTTP endpoint: GET /health gives 200.');
  expect(dry.stdout).toContain('Must hold: changed, tests.');
});

test('what must hold is seen for oneself, not believed', async () => {
  using repo = scratch(broken);
  await using server = await openaiServer([edit('a - b', 'a + b'), { text: 'All tests pass.', usage }]);
  const ended = await cli(['do', 'fix-tests'], { cwd: repo.root, env: env(server) });
  expect(ended.stdout).toContain('holds changed: 1 patch made');
  expect(ended.stdout).toContain('holds tests: 1 test passed');
  expect(ended.code).toBe(0);
});

test('what does not hold is told to the model once, and then to the user', async () => {
  using repo = scratch(broken);
  await using server = await openaiServer([
    edit('a - b', 'a * b'),
    { text: 'All tests pass.', usage },
    edit('a * b', 'a + b'),
    { text: 'Now they do.', usage },
  ]);
  const mended = await cli(['do', 'fix-tests', '--json'], { cwd: repo.root, env: env(server) });
  expect(envelopeOf(mended)).toMatchObject({ ok: true, payload: { accepted: [{ holds: true }, { holds: true }] } });
  expect(JSON.stringify(server.requests[2]?.body)).toContain('This does not hold yet:');
  expect(readFileSync(join(repo.root, 'sum.js'), 'utf8')).toContain('a + b');

  using other = scratch(broken);
  await using stubborn = await openaiServer([
    edit('a - b', 'a * b'),
    { text: 'All tests pass.', usage },
    { text: 'I see no fault.', usage },
  ]);
  const ended = await cli(['do', 'fix-tests'], { cwd: other.root, env: env(stubborn) });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain('FAILS tests: 1 of 1 test failed');
  expect(ended.stdout).toContain('Take it back: capstan patch rollback');
});

test('a repository without tests is no reason to refuse, and that is said', async () => {
  using repo = scratch({ 'sum.js': broken['sum.js'] });
  await using server = await openaiServer([edit('a - b', 'a + b'), { text: 'Done.', usage }]);
  const ended = await cli(['do', 'simplify', 'sum.js'], { cwd: repo.root, env: env(server) });
  expect(ended.stdout).toContain('? tests: ');
  expect(ended.code).toBe(0);
});

test('a recipe of one’s own is done as one that came along', async () => {
  using repo = scratch({
    '.capstan/recipes/greet.yml':
      'about: Greet somebody\ntakes: NAME\nmode: read-only\ntask: Say hello to $1.\naccept: [words]\n',
  });
  await using server = await openaiServer([{ text: 'Hello, Ada.', usage }]);
  const ended = await cli(['do', 'greet', 'Ada', '-q'], { cwd: repo.root, env: env(server) });
  expect(ended).toMatchObject({ code: 0, stdout: 'Hello, Ada.\n' });
  expect(JSON.stringify(server.requests[0]?.body)).toContain('Say hello to Ada.');
});

test.each([
  ['mode: full-auto\ntask: x\n', 'may only ask for read-only'],
  ['task: ""\n', 'has no task'],
  ['task: x\naccept: [joy]\n', 'accepts "joy"'],
  ['task: x\nrun: rm\n', 'has a field "run"'],
  ['- x\n', 'holds no fields'],
  ['a: [\n', 'is not YAML'],
])('a recipe that is wrong is named: %j', async (text, why) => {
  using repo = scratch({ '.capstan/recipes/bad.yml': text });
  const ended = await cli(['do', 'bad'], { cwd: repo.root });
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(join('.capstan', 'recipes', 'bad.yml'));
  expect(ended.stderr).toContain(why);
});

test('a mistyped recipe is told with the nearest one', async () => {
  using repo = scratch();
  const ended = await cli(['do', 'fix-test'], { cwd: repo.root });
  expect(ended.stderr).toContain('There is no recipe fix-test. Did you mean fix-tests?');
});
