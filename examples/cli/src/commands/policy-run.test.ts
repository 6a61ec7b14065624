import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ollamaServer, openaiServer, type ScriptedReply } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

let config = '';
beforeEach(() => (config = mkdtempSync(join(tmpdir(), 'capstan-policy-run-'))));
afterEach(() => rmSync(config, { recursive: true, force: true }));

const usage = { inputTokens: 1, outputTokens: 1 };
const theirs = Array.from(
  { length: 16 },
  (_, at) => `const total${at} = gather(items[${at}], options.limit${at}) ?? fallback('piece ${at}');\n`,
).join('');
const reads: ScriptedReply = { calls: [{ tool: 'read', input: { path: 'node_modules/dear/index.js' } }], usage };
const writes: ScriptedReply = { calls: [{ tool: 'write', input: { path: 'src/a.js', content: theirs } }], usage };
const done: ScriptedReply = { text: 'Done.', usage };

/** A repository with a package under a licence. */
const withPackage = (licence: string) =>
  scratch({
    '.gitignore': 'node_modules\n',
    'node_modules/dear/package.json': JSON.stringify({ name: 'dear', license: licence }),
    'node_modules/dear/index.js': theirs,
  });

async function run(
  root: string,
  script: readonly ScriptedReply[],
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) {
  await using server = await openaiServer(script);
  const vendor = { OPENAI_API_KEY: 'sk-planted-0123456789abcdef', OPENAI_BASE_URL: `${server.url}/v1` };
  const words = ['run', '--json', '-m', 'openai/loopback-1', '--mode', 'full-auto', 'go', ...args];
  const ended = await cli(words, { cwd: root, env: { ...vendor, CAPSTAN_CONFIG_HOME: config, ...env } });
  return { ended, envelope: envelopeOf(ended), requests: server.requests.length };
}

test('a piece of a package under the GPL waits for a person, also in full auto', async () => {
  using repo = withPackage('GPL-3.0-only');
  const { ended } = await run(repo.root, [reads, writes, done]);
  expect(ended.code).toBe(3);
  expect(existsSync(join(repo.root, 'src/a.js'))).toBe(false);
  const log = await cli(['log', 'show', '--json'], { cwd: repo.root, env: { CAPSTAN_CONFIG_HOME: config } });
  expect(log.stdout).toContain('foreign-text');
  expect(log.stdout).toContain('node_modules/dear/index.js');
  expect(log.stdout).toContain('GPL-3.0-only');
});

test('--yes does not stand for a look at a licence', async () => {
  using repo = withPackage('GPL-3.0-only');
  await run(repo.root, [reads, writes, done], ['--yes']);
  expect(existsSync(join(repo.root, 'src/a.js'))).toBe(false);
});

test('a piece of a package under a free licence is written', async () => {
  using repo = withPackage('MIT');
  expect((await run(repo.root, [reads, writes, done])).ended.code).toBe(0);
  expect(readFileSync(join(repo.root, 'src/a.js'), 'utf8')).toBe(theirs);
});

test('a run whose text was masked and known again is replayed the same', async () => {
  using repo = withPackage('MIT');
  const key = 'pl4nted!Value_of_the_environment';
  const env = { MY_SERVICE_TOKEN: key };
  await run(repo.root, [reads, writes, { text: `It uses ${key}.`, usage }], [], env);
  const keys = { OPENAI_API_KEY: 'sk-planted-0123456789abcdef', CAPSTAN_CONFIG_HOME: config };
  const replayed = await cli(['log', 'replay', '--json'], { cwd: repo.root, env: { ...keys, ...env } });
  expect(replayed.stdout).toContain('"same":true');
});

test('a licence that the user allows is allowed', async () => {
  using repo = withPackage('GPL-3.0-only');
  writeFileSync(join(config, 'policy.json'), '{ "licences": ["GPL-3.0-only"] }');
  await run(repo.root, [reads, writes, done]);
  expect(existsSync(join(repo.root, 'src/a.js'))).toBe(true);
});

test('what an earlier process has read counts in the one that goes on', async () => {
  using repo = withPackage('GPL-3.0-only');
  await run(repo.root, [reads, done]);
  const { ended } = await run(repo.root, [writes, done], ['--continue']);
  expect(ended.code).toBe(3);
  expect(existsSync(join(repo.root, 'src/a.js'))).toBe(false);
});

test('without network no vendor is called, and what the user names is', async () => {
  using repo = scratch();
  const refused = await run(repo.root, [done], ['--offline']);
  expect(refused.requests).toBe(0);
  expect(refused.ended.code).toBe(1);
  expect(refused.ended.stdout).toContain('models.offline');
  writeFileSync(join(config, 'policy.json'), '{\n  // ours\n  "models": ["openai/*"]\n}');
  expect((await run(repo.root, [done], ['--offline'])).requests).toBe(1);
});

test('a repository may take the network away and not give it back', async () => {
  using repo = scratch({ '.capstan/policy.json': '{ "offline": true, "models": ["*"], "hosts": ["*"] }' });
  expect((await run(repo.root, [done])).requests).toBe(0);
});

test('without network a model on this machine works', async () => {
  using repo = scratch();
  await using server = await ollamaServer([done]);
  const env = { OLLAMA_HOST: server.url, CAPSTAN_CONFIG_HOME: config };
  const ended = await cli(['run', '--json', '--offline', '-m', 'ollama/loopback:1b', 'go'], { cwd: repo.root, env });
  expect(envelopeOf(ended)).toMatchObject({ ok: true, payload: { text: 'Done.' } });
});

test('no planted key is in what a run sends, shows or keeps', async () => {
  const key = 'pl4nted!Value_of_the_environment';
  using repo = scratch({
    'a.txt': `token ${key} and ${Buffer.from(key).toString('base64')}\n`,
    'AGENTS.md': `Use ${key} for the service.\n`,
  });
  const calls: ScriptedReply = {
    calls: [{ tool: 'shell', input: { command: 'cat a.txt; sleep 0; cat a.txt >&2' } }],
    usage,
  };
  await using server = await openaiServer([calls, { text: `I saw ${key}.`, usage }]);
  const vendor = {
    OPENAI_API_KEY: 'sk-planted-0123456789abcdef',
    OPENAI_BASE_URL: `${server.url}/v1`,
    MY_SERVICE_TOKEN: key,
  };
  const env = { ...vendor, CAPSTAN_CONFIG_HOME: config };
  const words = [
    'run',
    '--stream-json',
    '-m',
    'openai/loopback-1',
    '--mode',
    'full-auto',
    '--record',
    'fix.tape',
    `use ${key}`,
  ];
  const ended = await cli(words, { cwd: repo.root, env });
  const log = await cli(['log', 'show', '--json'], { cwd: repo.root, env });
  const exported = await cli(['sessions', 'export', '--markdown'], { cwd: repo.root, env });
  const tape = readFileSync(join(repo.root, 'fix.tape'), 'utf8');
  const sent = JSON.stringify(server.requests.map(({ body }) => body));
  expect(sent).toContain('[redacted:known]');
  const kept = readFileSync(join(repo.root, '.capstan/capstan.db'), 'latin1');
  for (const place of [sent, ended.stdout, ended.stderr, log.stdout, kept, exported.stdout]) {
    expect(place).not.toContain(key);
    expect(place).not.toContain(Buffer.from(key).toString('base64'));
  }
  // The tape holds what the model itself said, which here repeats the key; what it was sent does not.
  expect(tape.split(key).length).toBeLessThanOrEqual(2);
});

test('a message for a commit is asked for without the secrets of the diff', async () => {
  const key = 'pl4nted!Value_of_the_environment';
  using repo = scratch({ 'a.txt': 'one\n' });
  writeFileSync(join(repo.root, 'a.txt'), `token ${key}\n`);
  await using server = await openaiServer([{ text: 'fix: a token', usage }]);
  const vendor = { OPENAI_API_KEY: 'sk-planted-0123456789abcdef', OPENAI_BASE_URL: `${server.url}/v1` };
  const env = { ...vendor, CAPSTAN_CONFIG_HOME: config, MY_SERVICE_TOKEN: key };
  const ended = await cli(['commit', '--all', '--dry-run', '--model', 'openai/m'], { cwd: repo.root, env });
  expect(ended.stdout).toContain('fix: a token');
  const sent = JSON.stringify(server.requests.map(({ body }) => body));
  expect(sent).toContain('[redacted:known]');
  expect(sent).not.toContain(key);
});
