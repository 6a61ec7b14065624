import { expect, test } from 'vitest';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const files = {
  'src/router.ts':
    "import { join } from './join';\nexport class Router {\n  add(path: string) {\n    return join('/', path);\n  }\n}\n",
  'src/join.ts': '/** Puts a trailing slash between paths. */\nexport const join = (a: string, b: string) => a + b;\n',
  'src/join.test.ts': "import { join } from './join';\njoin('a', 'b');\n",
  'bin.js': `var a="${'x'.repeat(30_000)}";\n`,
};

test('index tells what it holds, and that a second start reads nothing anew', async () => {
  using repo = scratch(files);
  const first = envelopeOf(await cli(['index', '--skipped', '--json'], { cwd: repo.root }));
  expect(first).toMatchObject({
    ok: true,
    cmd: 'index',
    payload: {
      files: 3,
      skipped: 1,
      languages: { typescript: 3 },
      skippedFiles: [{ path: 'bin.js', reason: 'minified' }],
    },
  });
  const second = envelopeOf(await cli(['index', '--json'], { cwd: repo.root }));
  expect(second.payload).not.toHaveProperty('rebuilt');
});

test('search ranks files with reasons, in words and as JSON', async () => {
  using repo = scratch(files);
  const found = envelopeOf(await cli(['search', 'join trailing slash', '-k', '2', '--json'], { cwd: repo.root }));
  expect(found).toMatchObject({ ok: true, cmd: 'search', payload: { query: 'join trailing slash' } });
  const { files: hits } = found.payload as { files: readonly { path: string; score: number; why: string }[] };
  expect(hits.map(({ path }) => path)[0]).toBe('src/join.ts');
  expect(hits).toHaveLength(2);
  const words = await cli(['search', 'join', 'slash'], { cwd: repo.root });
  expect(words.stdout).toContain(' 1. src/join.ts:1-');
  const context = await cli(['search', 'join slash', '--context', '300', '--kind', 'source'], { cwd: repo.root });
  expect(context.stdout).toContain('Puts a trailing slash');
  expect(context.stdout).not.toContain('join.test.ts');
});

test('map and the tools of the index need no model', async () => {
  using repo = scratch(files);
  expect((await cli(['map'], { cwd: repo.root })).stdout).toContain('class Router');
  const tests = await cli(['tool', 'run', 'related_tests', '--input', '{"path":"src/join.ts"}'], { cwd: repo.root });
  expect(tests.stdout).toContain('src/join.test.ts');
});

test.each([
  [['search', 'x', '-k', '0'], 'above 0'],
  [['search', 'x', '--kind', 'poem'], 'One of: source'],
  [['map', '--tokens', 'many'], '50 or more'],
])('%j is a mistake with one clear line', async (args, words) => {
  using repo = scratch(files);
  const ended = await cli(args, { cwd: repo.root });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(words);
});
