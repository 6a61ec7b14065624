import { existsSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ollamaServer, openaiServer } from '@capstan/providers/testing';
import { effectiveSettings } from '../project/effective-settings.ts';
import { parseConfig } from '../project/config.ts';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

test('a repository makes things stricter and never laxer', () => {
  const project = { mode: 'full-auto', budget: { costUsd: 5, turns: 3 } } as const;
  const user = { mode: 'suggest', budget: { costUsd: 1 } } as const;
  expect(effectiveSettings({ flags: {}, user, project })).toEqual({
    mode: 'suggest',
    budget: { costUsd: 1, turns: 3 },
    tightened: ['turns 3'],
  });
  expect(effectiveSettings({ flags: { mode: 'full-auto' }, user, project: { mode: 'read-only' } }).mode).toBe(
    'read-only',
  );
  expect(effectiveSettings({ flags: {}, user: {}, project: {} }).mode).toBe('auto-edit');
});

test.each([
  ['{', 'is not JSON'],
  ['[]', 'holds no JSON object'],
  ['{"providers":[]}', 'providers that are no object'],
  ['{"plugins":["a"]}', 'no versions by name'],
  ['{"modle":"x"}', '"modle" that does not exist'],
  ['{"mode":"yolo"}', 'choose one of'],
  ['{"budget":{"costUsd":-1}}', 'a number above 0 for budget.costUsd'],
  ['{"budget":{"turns":1.5}}', 'a whole number above 0 for budget.turns'],
])('the file %s is refused: %s', (text, words) => expect(() => parseConfig(text, 'config.json')).toThrow(words));

test('settings are set, read and taken out', async () => {
  using repo = scratch();
  const options = { cwd: repo.root, env: { CAPSTAN_CONFIG_HOME: join(repo.root, 'home') } };
  await cli(['config', 'set', 'budget.costUsd', '0.5'], options);
  await cli(['config', 'set', 'mode', 'suggest'], options);
  expect(JSON.parse(readFileSync(join(repo.root, 'home/config.json'), 'utf8'))).toEqual({
    budget: { costUsd: 0.5 },
    mode: 'suggest',
  });
  expect((await cli(['config', 'get', 'mode'], options)).stdout).toBe('suggest\n');
  expect((await cli(['budget'], options)).stdout).toContain('a run may spend: $0.50\n');
  await cli(['config', 'set', 'mode'], options);
  expect((await cli(['config', 'get', 'mode'], options)).stdout).toBe('auto-edit\n');
  expect(await cli(['config', 'set', 'model', 'a/b', '--project'], options)).toMatchObject({ code: 2 });
});

test('what the repository holds a run to is said and kept', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using server = await openaiServer([
    { calls: [{ tool: 'write', input: { path: 'a.txt', content: 'x' } }] },
    { text: 'No.' },
  ]);
  mkdirSync(join(repo.root, '.capstan'));
  writeFileSync(join(repo.root, '.capstan/config.json'), '{"mode":"read-only","model":"evil/model"}');
  const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${server.url}/v1` };
  const ended = await cli(['run', '--mode', 'full-auto', '--yes', 'go'], { cwd: repo.root, env });
  expect(ended.stderr).toBe(
    'openai/gpt-6.1-sol: OPENAI_API_KEY is set\nThe repository holds this run to mode read-only.\n',
  );
  expect(ended.code).toBe(3);
  expect(repo.status()).toBe('');
});

test('status and doctor tell where one stands', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const status = envelopeOf(await cli(['status', '--json'], { cwd: repo.root }));
  expect(status.payload).toMatchObject({
    root: repo.root,
    changedFiles: 0,
    model: { id: 'practice' },
    mode: 'auto-edit',
    session: null,
  });
  const doctor = envelopeOf(await cli(['doctor', '--json'], { cwd: repo.root }));
  expect(doctor.payload).toMatchObject({ healthy: true });
});

test('init writes what is missing, once', async () => {
  using repo = scratch({ 'package.json': '{"scripts":{"test":"vitest"}}' });
  const dry = envelopeOf(await cli(['init', '--dry-run', '--json'], { cwd: repo.root }));
  expect(dry.payload).toMatchObject({ written: ['.capstan/.gitignore', 'AGENTS.md'] });
  expect(existsSync(join(repo.root, 'AGENTS.md'))).toBe(false);
  await cli(['init'], { cwd: repo.root });
  expect(readFileSync(join(repo.root, 'AGENTS.md'), 'utf8')).toContain('- `npm test`: vitest');
  expect((await cli(['init'], { cwd: repo.root })).stdout).toBe('All is there already.\n');
  expect(repo.status()).toBe('?? AGENTS.md\n');
});

test('init tells what a repository is made with, and its packages', async () => {
  using repo = scratch({
    'package.json': '{"name":"all","private":true,"workspaces":["packages/*"],"scripts":{"build":"tsc -b"}}',
    'package-lock.json': '{"lockfileVersion":3}',
    'packages/web/package.json': '{"name":"web","scripts":{"test":"vitest run"},"dependencies":{"next":"15"}}',
  });
  const { payload } = envelopeOf(await cli(['init', '--json'], { cwd: repo.root }));
  expect(payload['stack']).toMatchObject({
    packageManager: 'npm',
    commands: expect.arrayContaining([{ purpose: 'build', command: 'npm run build', cwd: '.' }]) as unknown,
  });
  const text = readFileSync(join(repo.root, 'AGENTS.md'), 'utf8');
  expect(text).toContain('- `npm run build`: tsc -b');
  expect(text).toMatch(/- `packages\/web` \(web\): next; test with/);
});

test('words are completed from the commands there are and the ids that are kept', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const complete = async (...words: string[]) =>
    (await cli(['completion', 'words', '--', ...words], { cwd: repo.root })).stdout.split('\n').filter(Boolean);
  expect(await complete('pa')).toEqual(['patch']);
  expect(await complete('patch', 'ro')).toEqual(['rollback']);
  expect(await complete('run', '--mod')).toEqual(['--mode', '--model']);
  expect(await complete('run', '--mode', 's')).toEqual(['suggest']);
  await cli(['tool', 'run', 'write', '--input', '{"path":"a.txt","content":"two"}'], { cwd: repo.root });
  expect(await complete('patch', 'show', '01')).toHaveLength(1);
  expect((await cli(['completion', 'bash'], { cwd: repo.root })).stdout).toContain(
    'complete -o default -F _capstan capstan',
  );
});

test('without a key, Ollama on this machine answers before practice does', async () => {
  using repo = scratch();
  await using server = await ollamaServer([{ text: 'Local hello.', usage: { inputTokens: 1, outputTokens: 1 } }]);
  const options = { cwd: repo.root, env: { OLLAMA_HOST: server.url } };
  const ended = await cli(['run', 'hi'], options);
  expect(ended.stderr).toMatch(/^ollama\/.*: Ollama runs on this machine, and no key was found\n$/);
  expect(ended.stdout).toContain('Local hello.');
  const practice = await cli(['run', '--model', 'practice', 'what can you do?'], options);
  expect(practice.stderr).toBe('capstan/practice: from --model\n');
});

test("a host of the user's own file answers, and a repository's file adds none", async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'Hello from work.', usage: { inputTokens: 1, outputTokens: 1 } }]);
  const home = join(repo.root, 'home');
  const env = { CAPSTAN_CONFIG_HOME: home, WORK_API_KEY: 'planted' };
  const options = { cwd: repo.root, env };
  const providers = { work: { baseURL: `${server.url}/v1` } };
  mkdirSync(home);
  mkdirSync(join(repo.root, '.capstan'));
  writeFileSync(join(repo.root, '.capstan/config.json'), JSON.stringify({ providers }));
  expect((await cli(['run', '-m', 'work/big', 'hi'], options)).code).not.toBe(0);
  expect(server.requests).toEqual([]);
  writeFileSync(join(home, 'config.json'), JSON.stringify({ providers }));
  const ended = await cli(['run', '-m', 'work/big', 'hi'], options);
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Hello from work.') });
  expect((await cli(['models', 'work', '--live'], options)).stdout).toContain('work/loopback-1');
  await cli(['config', 'set', 'mode', 'suggest'], options);
  expect(JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'))).toEqual({ providers, mode: 'suggest' });
  writeFileSync(join(home, 'config.json'), JSON.stringify({ providers: { work: { colour: 1 } } }));
  const wrong = await cli(['run', '-m', 'work/big', 'hi'], options);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown field providers.work.colour') });
});

test("each vendor's key can be kept, and that of a host of the user's own", async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'Hello from work.', usage: { inputTokens: 1, outputTokens: 1 } }]);
  const home = join(repo.root, 'home');
  const options = { cwd: repo.root, env: { CAPSTAN_CONFIG_HOME: home } };
  mkdirSync(home);
  const text = JSON.stringify({ providers: { work: { baseURL: `${server.url}/v1` } } });
  writeFileSync(join(home, 'config.json'), text);
  const input = 'planted-0123456789abcdef';
  expect((await cli(['auth', 'login', 'nebius'], { ...options, input })).code).toBe(0);
  expect((await cli(['auth', 'login', 'work'], { ...options, input })).code).toBe(0);
  expect((await cli(['auth', 'login', 'nobody'], { ...options, input })).code).toBe(2);
  const listed = await cli(['auth'], options);
  expect(listed.stdout).toMatch(/nebius .*…cdef[\s\S]*work .*…cdef/);
  const ended = await cli(['run', '-m', 'work/big', 'hi'], options);
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Hello from work.') });
  expect(server.requests.at(-1)?.headers.authorization).toBe(`Bearer ${input}`);
  expect((await cli(['auth', 'logout', 'work'], options)).code).toBe(0);
});
