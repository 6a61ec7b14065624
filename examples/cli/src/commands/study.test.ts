import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openaiServer, type LoopbackServer } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { readModelReview } from '../study/model-findings.ts';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 10, outputTokens: 5 };
const files = {
  'src/price.ts':
    '/** Adds tax. */\nexport function withTax(net: number) {\n  return round(net * 1.19);\n}\n\nexport function round(value: number) {\n  return Math.round(value * 100) / 100;\n}\n',
  'src/cart.ts': "import { withTax } from './price.ts';\n\nexport const total = (net: number) => withTax(net);\n",
  'test/price.test.ts': "import { withTax } from '../src/price.ts';\n\nwithTax(1);\n",
  'tool.py': 'def run(task):\n    return task()\n',
  'keys/id_rsa': 'secret withTax\n',
};

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-planted-0123456789abcdef', OPENAI_BASE_URL: `${server.url}/v1` };
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');
const write = (path: string, content: string) => ({ calls: [{ tool: 'write', input: { path, content } }] });
const edit = (path: string, old: string, text: string) => ({
  calls: [{ tool: 'edit', input: { path, old, new: text } }],
});

test('explain without a model tells the declaration, its users, tests and past', async () => {
  using repo = scratch(files);
  const ended = await cli(['explain', 'src/price.ts:3'], { cwd: repo.root });
  expect(ended.code).toBe(0);
  for (const words of ['function withTax', '| Adds tax.', 'total  src/cart.ts:3', 'round  src/price.ts:6'])
    expect(ended.stdout).toContain(words);
  expect(ended.stdout).toContain('test/price.test.ts:3  (uses it)');
  expect(ended.stdout).toMatch(/last commits\n {2}\w{7,}\s+\d{4}-\d\d-\d\d {2}start/);
  const { payload } = envelopeOf(await cli(['explain', '--json', 'src/price.ts:3'], { cwd: repo.root }));
  expect(payload).toMatchObject({ place: { symbol: { name: 'withTax' }, callers: [{ path: 'src/cart.ts' }] } });
});

test('a declaration, a folder, a file without a grammar and the repository are explained too', async () => {
  using repo = scratch(files);
  const explain = async (...words: string[]) => (await cli(['explain', ...words], { cwd: repo.root })).stdout;
  expect(await explain('withTax')).toContain('src/price.ts:2-4');
  expect(await explain('price.ts#round')).toContain('src/price.ts:6-8');
  expect(await explain('src')).toContain('src: 2 files');
  expect(await explain()).toContain('The repository: ');
  expect(await explain('keys/id_rsa')).toContain('the index does not read it');
  const wrong = await cli(['explain', 'withTaxes'], { cwd: repo.root });
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('no declaration of that name') as string });
  const behind = await cli(['explain', 'src/price.ts:90'], { cwd: repo.root });
  expect(behind).toMatchObject({ code: 2, stderr: expect.stringContaining('src/price.ts has 8 lines') as string });
});

test('explain gives a model what is known, and stands above its words', async () => {
  using repo = scratch(files);
  await using server = await openaiServer(() => ({ text: 'It adds tax.', usage }));
  const options = { cwd: repo.root, env: env(server) };
  const ended = await cli(['explain', 'src/price.ts:3'], options);
  expect(ended.stdout.indexOf('called by')).toBeLessThan(ended.stdout.indexOf('It adds tax.'));
  expect(JSON.stringify(server.requests[0]?.body)).toContain('total  src/cart.ts:3');
  const { payload } = envelopeOf(await cli(['explain', '--json', 'withTax'], options));
  expect(payload).toMatchObject({ text: 'It adds tax.', place: { path: 'src/price.ts' } });
  expect((await cli(['explain', '--facts', '--json', 'withTax'], options)).code).toBe(0);
  expect(server.requests).toHaveLength(2);
});

test('files that the policy keeps from being read are told of nowhere', async () => {
  using repo = scratch({ ...files, 'hidden/use.ts': "import { withTax } from '../src/price.ts';\nwithTax(2);\n" });
  mkdirSync(join(repo.root, '.capstan'));
  const rule = { id: 'no-hidden', match: { effect: 'read', paths: ['hidden/**'] }, verdict: 'deny' };
  writeFileSync(join(repo.root, '.capstan/policy.json'), JSON.stringify({ rules: [rule] }));
  const bySearch = ['tool', 'run', 'search_code', '--input', '{"query":"withTax"}'];
  for (const line of [bySearch, ['explain', 'withTax'], ['plan', '--facts', 'tax'], ['search', 'withTax'], ['map']]) {
    const { stdout, code, stderr } = await cli(line, { cwd: repo.root });
    expect(code, stderr).toBe(0);
    expect(stdout, line.join(' ')).not.toContain('hidden/use');
  }
});

test('review without a model finds broken callers, leftovers and secrets, and can fail a check', async () => {
  using repo = scratch(files);
  writeFileSync(
    join(repo.root, 'src/price.ts'),
    files['src/price.ts'].replace('net: number', 'net: number, rate: number'),
  );
  writeFileSync(
    join(repo.root, 'src/new.ts'),
    'const key = "ghp_0123456789abcdefghijklmnopqrstuvwxyzAB";\ndebugger;\n',
  );
  const { payload } = envelopeOf(await cli(['review', '--json'], { cwd: repo.root }));
  const rules = (payload['findings'] as { rule: string; path: string; line: number }[]).map(
    ({ rule, path, line }) => `${rule} ${path}:${line}`,
  );
  expect(rules).toEqual(['secret src/new.ts:1', 'debugger src/new.ts:2', 'changed-signature src/price.ts:2']);
  expect(payload).toMatchObject({
    files: [{ symbols: [{ name: 'withTax', callers: [{ path: 'src/cart.ts' }] }] }, {}],
  });
  const failing = await cli(['review', '--fail-on', 'high'], { cwd: repo.root });
  expect(failing).toMatchObject({ code: 1, stdout: expect.stringContaining('github-token') as string });
  expect(failing.stdout).not.toContain('ghp_0123');
  expect((await cli(['review', '-p', 'src/price.ts', '--fail-on', 'high'], { cwd: repo.root })).code).toBe(0);
});

test('findings of a model stand beside those of rules, and made-up places are marked', async () => {
  using repo = scratch(files);
  writeFileSync(join(repo.root, 'src/cart.ts'), `${files['src/cart.ts']}debugger;\n`);
  const found = {
    summary: 'One fault.',
    findings: [
      { path: 'src/cart.ts', line: 3, severity: 'high', title: 'Negative nets pass', fix: 'Refuse them.' },
      { path: 'src/none.ts', line: 7, severity: 'low', title: 'Made up' },
    ],
  };
  await using server = await openaiServer(() => ({ text: `\`\`\`json\n${JSON.stringify(found)}\n\`\`\``, usage }));
  const options = { cwd: repo.root, env: env(server) };
  const ended = await cli(['review'], options);
  expect(ended.stdout).toContain('src/cart.ts:4  A breakpoint is left in.');
  expect(ended.stdout).toContain('src/cart.ts:3  Negative nets pass');
  expect(ended.stdout).toContain('src/none.ts:7  Made up  (the change has no such line)');
  const { payload } = envelopeOf(await cli(['review', '--json'], options));
  expect(payload['review']).toMatchObject({ findings: [{ placed: true }, { placed: false }] });
  expect((await cli(['review', '--fail-on', 'high'], options)).code).toBe(1);
});

test('before the first commit all that is there is reviewed, names with blanks and umlauts too', async () => {
  using repo = scratch();
  rmSync(join(repo.root, '.git'), { recursive: true });
  spawnSync('git', ['init', '-q', repo.root]);
  writeFileSync(join(repo.root, 'ä b.js'), 'debugger;\n');
  writeFileSync(join(repo.root, 'c.js'), 'debugger;\n');
  spawnSync('git', ['-C', repo.root, 'add', 'c.js']);
  const { payload } = envelopeOf(await cli(['review', '--json'], { cwd: repo.root }));
  expect((payload['findings'] as { path: string }[]).map(({ path }) => path)).toEqual(['c.js', 'ä b.js']);
});

test.each([
  ['{"findings": []}', 0],
  ['Here it is:\n{"summary": "s", "findings": [{"file": "a.ts:2", "title": "x"}]}\nDone.', 1],
  ['{"findings": [{"path": "a.ts"}, 3, null]}', 0],
])('a review is read from %j', (answer, count) => {
  expect(readModelReview(answer, new Map([['a.ts', 5]]))?.findings).toHaveLength(count);
});

test('events are events alone, and what only reads takes no mode to write in', async () => {
  using repo = scratch(files);
  writeFileSync(join(repo.root, 'src/cart.ts'), 'export const total = 1;\n');
  await using server = await openaiServer(() => ({ text: '{"summary": "", "findings": []}', usage }));
  const options = { cwd: repo.root, env: env(server) };
  const { stdout } = await cli(['review', '--stream-json'], options);
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types.at(-1)).toBe('run.ended');
  expect((await cli(['explain', '--mode', 'full-auto', 'src'], options)).code).toBe(2);
  const none = await cli(['review', '--facts', '--stream-json'], options);
  expect(JSON.parse(none.stdout)).toMatchObject({ type: 'error', error: { code: 'invalid_config' } });
});

test('words instead of JSON are the review as they stand', () => {
  expect(readModelReview('It is wrong.', new Map())).toBeUndefined();
});

test('edit changes the lines that were named, and what goes beyond is refused', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    edit('src/price.ts', 'value * 100', 'value * 1000'),
    write('src/cart.ts', 'x'),
    edit('src/price.ts', '1.19', '1.2'),
    { text: 'Done.', usage },
  ]);
  const options = { cwd: repo.root, env: env(server) };
  const ended = envelopeOf(await cli(['edit', '--json', 'src/price.ts:1-4', 'raise the tax'], options));
  expect(ended).toMatchObject({ ok: true, payload: { where: { path: 'src/price.ts', lines: [1, 4] }, wide: false } });
  expect(ended.payload['diff']).toContain('+  return round(net * 1.2);');
  expect((ended.payload['calls'] as { outcome: string }[]).map(({ outcome }) => outcome)).toEqual([
    'failed',
    'failed',
    'done',
  ]);
  expect(JSON.stringify(server.requests[1]?.body)).toContain('Only lines 1 to 4 of src/price.ts');
  expect(JSON.stringify(server.requests[2]?.body)).toContain('Only src/price.ts may be changed here, not src/cart.ts');
  expect(repo.status()).toBe(' M src/price.ts\n');
  expect((await cli(['patch', 'rollback'], options)).code).toBe(0);
  expect(repo.status()).toBe('');
});

test('edit --wide lets other files change, and edit shows its diff', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([edit('src/cart.ts', 'total', 'sum'), { text: 'Done.', usage }]);
  const ended = await cli(['edit', '--wide', 'src/price.ts', 'rename'], { cwd: repo.root, env: env(server) });
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('sum = (net: number)') as string });
  expect(repo.status()).toBe(' M src/cart.ts\n');
});

test.each([
  [['src/price.ts:90', 'x'], 2, 'src/price.ts has 8 lines, so there is no line 90'],
  [['src', 'x'], 2, 'src is a folder'],
  [['nothing.ts', 'x'], 1, 'There is no file nothing.ts'],
  [['../elsewhere.ts', 'x'], 1, 'There is no file'],
  [['src/price.ts', 'x'], 1, 'needs one'],
])('edit %j is refused before anything is asked', async (words, code, why) => {
  using repo = scratch(files);
  const ended = await cli(['edit', ...words], { cwd: repo.root });
  expect(ended.stderr).toContain(why);
  expect(ended.code).toBe(code);
});

test('doc writes comments; a change of code is refused, in TypeScript and Python', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    edit('src/price.ts', 'export function round', '/** Rounds to cents. */\nexport function round2'),
    edit('src/price.ts', 'export function round', '/** Rounds to cents. */\nexport function round'),
    { text: 'Done.', usage },
    edit('tool.py', '    return task()', '    """Runs a task."""\n    return task'),
    edit('tool.py', '    return task()', '    """Runs a task."""\n    return task()'),
    { text: 'Done.', usage },
  ]);
  const options = { cwd: repo.root, env: env(server) };
  const { payload } = envelopeOf(await cli(['doc', '--json', 'src/price.ts'], options));
  expect(JSON.stringify(server.requests[0]?.body)).toContain('- function round, line 6');
  expect(JSON.stringify(server.requests[1]?.body)).toContain('Only comments and docstrings of src/price.ts may change');
  expect(payload['diff']).toContain('+/** Rounds to cents. */');
  expect(read(repo.root, 'src/price.ts')).toContain('*/\nexport function round(value');
  expect((await cli(['doc', 'tool.py'], options)).code).toBe(0);
  expect(read(repo.root, 'tool.py')).toBe('def run(task):\n    """Runs a task."""\n    return task()\n');
});

test('doc without a model tells what lacks a comment', async () => {
  using repo = scratch(files);
  const ended = await cli(['doc', 'src/price.ts'], { cwd: repo.root });
  expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('src/price.ts:6  function round') as string });
  const { ok, payload } = envelopeOf(await cli(['doc', '--facts', '--json', 'src/price.ts'], { cwd: repo.root }));
  expect(ok).toBe(true);
  expect(payload).toMatchObject({ declarations: 2, missing: [{ name: 'round', line: 6 }] });
});

test('a file may be named by a link, a patch of several files is refused whole, and a link cannot lead elsewhere', async () => {
  using repo = scratch(files);
  symlinkSync('src/price.ts', join(repo.root, 'link.ts'));
  symlinkSync('cart.ts', join(repo.root, 'src/other.ts'));
  const patch =
    '*** Begin Patch\n*** Update File: src/price.ts\n@@\n-  return round(net * 1.19);\n+  return round(net * 2);\n*** Update File: src/cart.ts\n@@\n-export const total = (net: number) => withTax(net);\n+export const total = 1;\n*** End Patch\n';
  await using server = await openaiServer([
    { calls: [{ tool: 'apply_patch', input: { patch } }] },
    edit('src/other.ts', 'total', 'sum'),
    edit('link.ts', '1.19', '1.2'),
    { text: 'Done.', usage },
  ]);
  const ended = envelopeOf(await cli(['edit', '--json', 'link.ts', 'raise it'], { cwd: repo.root, env: env(server) }));
  const calls = ended.payload['calls'] as { outcome: string }[];
  expect(calls.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'done']);
  expect(read(repo.root, 'src/price.ts')).toContain('net * 1.2)');
  expect(read(repo.root, 'src/cart.ts')).toBe(files['src/cart.ts']);
});
