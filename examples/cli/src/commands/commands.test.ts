import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

test('--version and --help answer without a project', async () => {
  using repo = scratch();
  expect(await cli(['--version'], { cwd: repo.root })).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  const help = await cli(['--help'], { cwd: repo.root });
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('do a task and end');
  expect(existsSync(join(repo.root, '.capstan'))).toBe(false);
});

test.each([
  [['pathc'], 'Did you mean "capstan patch"?'],
  [['patch', 'rolback'], 'Did you mean "capstan patch rollback"?'],
  [['run', '--modle', 'x', 'y'], 'Did you mean one of --mode, --model?'],
  [['run'], 'Say what to do: capstan run "TASK"'],
  [['run', '--mode', 'yolo', 'x'], 'not a mode'],
  [['run', '--json', '--stream-json', 'x'], 'exclude one another'],
  [['run', '--cwd', '/does/not/exist', 'x'], 'There is no folder'],
  [['policy', 'guard'], 'Give one of'],
])('%j is a mistake with one clear line and exit code 2', async (args, words) => {
  using repo = scratch();
  const ended = await cli(args, { cwd: repo.root });
  expect(ended.code).toBe(2);
  expect(ended.stdout + ended.stderr).toContain(words);
  expect(ended.stdout + ended.stderr).not.toContain('    at ');
});

test('a mistake is told in the envelope too', async () => {
  using repo = scratch();
  const ended = await cli(['patch', 'show', 'nope', '--json'], { cwd: repo.root });
  expect(envelopeOf(ended)).toMatchObject({
    ok: false,
    cmd: 'patch show',
    payload: { error: { code: 'not_found' } },
    meta: { exit: 1 },
  });
});

test('looking makes nothing', async () => {
  using repo = scratch();
  for (const args of [['patch', 'list'], ['sessions'], ['tool', 'list'], ['policy', 'guard', '--command', 'ls']]) {
    expect(await cli(args, { cwd: repo.root })).toMatchObject({ code: 0, stderr: '' });
  }
  expect(existsSync(join(repo.root, '.capstan'))).toBe(false);
});

test('a tool runs by hand under the same policy, with the same journal and log', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const options = { cwd: repo.root };
  const input = JSON.stringify({ path: 'a.txt', content: 'two\n' });
  const ran = envelopeOf(await cli(['tool', 'run', 'write', '--input', input, '--json'], options));
  expect(ran).toMatchObject({
    ok: true,
    cmd: 'tool run',
    payload: { outcome: 'done', verdict: 'allow', patches: [{ files: [{ path: 'a.txt' }] }] },
  });
  expect(repo.status()).toBe(' M a.txt\n');
  expect((await cli(['log', 'show', '--type', 'tool.decided'], options)).stdout).toContain('write a.txt → allow');
  expect((await cli(['patch', 'rollback'], options)).code).toBe(0);
  expect(repo.status()).toBe('');
});

test.each([
  ['an input that does not fit fails', ['read', '--input', '{"path":7}'], 1, 'path'],
  ['a file that is not there fails', ['read', '--input', '{"path":"none.txt"}'], 1, 'none.txt'],
  ['what is denied is not run', ['read', '--input', '{"path":".ssh/id_ed25519"}'], 3, 'credentials-read'],
  [
    'what nobody approves is not run',
    ['shell', '--input', '{"command":"touch made"}', '--mode', 'suggest'],
    3,
    'needs an approval',
  ],
  ['a path outside is not read', ['read', '--input', '{"path":"../../etc/hostname"}'], 3, ''],
  ['an unknown tool is named', ['raed', '--input', '{}'], 1, 'Did you mean read?'],
  ['broken input is named', ['read', '--input', '{'], 2, '--input is not JSON'],
])('tool run: %s', async (_, args, code, words) => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const ended = await cli(['tool', 'run', ...args], { cwd: repo.root });
  expect(ended.code).toBe(code);
  expect(ended.stdout + ended.stderr).toContain(words);
  expect(repo.status()).toBe('');
});

test('tool show gives the schema of the input', async () => {
  using repo = scratch();
  const shown = envelopeOf(await cli(['tool', 'show', 'read', '--json'], { cwd: repo.root }));
  expect(shown.payload).toMatchObject({ name: 'read', input: { type: 'object', properties: { path: {} } } });
});

test.each([
  [['--command', 'ls -la'], 0, 'allow'],
  [['--command', 'rm -rf /'], 3, 'deny'],
  [['--command', 'curl https://example.com/x'], 4, 'ask'],
  [['--path', 'src/a.ts', '--op', 'write'], 0, 'allow'],
  [['--path', 'src/a.ts', '--op', 'write', '--mode', 'read-only'], 3, 'deny'],
  [['--path', '../elsewhere', '--op', 'write'], 4, 'ask'],
  [['--path', 'out/x', '--op', 'write'], 4, 'ask'],
  [['--url', 'https://example.com/'], 4, 'ask'],
])('policy guard %j ends with %i', async (args, code, verdict) => {
  using repo = scratch({ 'src/a.ts': '' });
  symlinkSync('/tmp', join(repo.root, 'out'));
  const ended = await cli(['policy', 'guard', ...args, '--json'], { cwd: repo.root });
  expect(envelopeOf(ended)).toMatchObject({ payload: { verdict }, meta: { exit: code } });
  expect(ended.code).toBe(code);
});

test('policy guard --batch answers a line for a line', async () => {
  using repo = scratch();
  const input = '{"kind":"shell","input":"rm -rf /"}\nnonsense\n\n{"kind":"path","input":"a","op":"read"}\n';
  const ended = await cli(['policy', 'guard', '--batch'], { cwd: repo.root, input });
  const verdicts = ended.stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { verdict: string }).verdict);
  expect(verdicts).toEqual(['deny', 'ask', 'allow']);
  expect(ended.code).toBe(2);
});

test('the root is the repository around a folder', async () => {
  using repo = scratch({ 'deep/down/x.txt': 'here\n' });
  mkdirSync(join(repo.root, 'deep/down'), { recursive: true });
  const ran = await cli(['tool', 'run', 'read', '--input', '{"path":"deep/down/x.txt"}'], {
    cwd: join(repo.root, 'deep/down'),
  });
  expect(ran.stdout).toContain('here');
});

test('policy guard --check judges what is staged, and a diff that is piped in', async () => {
  using repo = scratch({ 'src/a.ts': 'a\n', '.env': 'A=1\n' });
  const git = (...args: string[]) => spawnSync('git', ['-C', repo.root, ...args], { encoding: 'utf8' }).stdout;
  writeFileSync(join(repo.root, 'src/a.ts'), 'b\n');
  git('add', '-A');
  expect(await cli(['policy', 'guard', '--check'], { cwd: repo.root })).toMatchObject({
    code: 0,
    stdout: '1 files, all allowed.\n',
  });
  writeFileSync(join(repo.root, '.env'), 'A=2\n');
  git('add', '-A');
  const staged = await cli(['policy', 'guard', '--check'], { cwd: repo.root });
  expect(staged.code).toBe(4);
  expect(staged.stdout).toMatch(/^\.env: ask /);
  const piped = await cli(['policy', 'guard', '--check', '-', '--json'], {
    cwd: repo.root,
    input: git('diff', 'HEAD'),
  });
  expect(envelopeOf(piped)).toMatchObject({
    payload: { verdict: 'ask', files: [{ path: '.env' }, { path: 'src/a.ts' }] },
  });
});

test('policy explain shows each effect with every rule that speaks of it', async () => {
  using repo = scratch();
  const shown = await cli(['policy', 'explain', '--command', 'cat a > b', '--mode', 'read-only'], { cwd: repo.root });
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/^deny/);
  expect(shown.stdout).toContain(`reads ${repo.root}/a\n  allow  reads-inside`);
  expect(shown.stdout).toContain(`writes ${repo.root}/b\n  deny`);
});
