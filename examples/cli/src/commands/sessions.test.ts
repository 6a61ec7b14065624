import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openaiServer, type LoopbackServer } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 1, outputTokens: 1 };

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1` };
}

test('a session is exported, imported elsewhere, and goes on there', async () => {
  using repo = scratch();
  using other = scratch();
  await using server = await openaiServer([{ text: 'The word is heron.', usage }]);
  await cli(['run', 'remember a word'], { cwd: repo.root, env: env(server) });
  const file = join(repo.root, 'session.jsonl');
  await cli(['sessions', 'export', '-o', file], { cwd: repo.root });
  expect(statSync(file).mode & 0o077).toBe(0);
  expect((await cli(['sessions', 'import', file], { cwd: other.root })).code).toBe(0);
  expect((await cli(['sessions', 'import', file], { cwd: repo.root })).code).toBe(0);
  expect(envelopeOf(await cli(['sessions', '--json'], { cwd: repo.root })).payload['sessions']).toHaveLength(2);
  await cli(['run', '-c', 'which word?'], { cwd: other.root, env: env(server) });
  expect(JSON.stringify(server.requests.at(-1)?.body)).toContain('The word is heron.');
  const read = await cli(['sessions', 'export', '--markdown'], { cwd: repo.root });
  expect(read.stdout).toContain('## User\n\nremember a word\n\n## Assistant\n\nThe word is heron.');
  expect(readFileSync(file, 'utf8')).not.toContain('sk-test');
});

test('a damaged file is not taken in', async () => {
  using repo = scratch();
  const input = '{"capstan":"session","sessionId":"s"}\n{"v":1,"seq":2}\n';
  const ended = await cli(['sessions', 'import', '-'], { cwd: repo.root, input });
  expect(ended.code).not.toBe(0);
  expect(ended.stdout).toBe('');
  expect(ended.stderr).not.toContain('    at ');
});

test('a fork takes the beginning and leaves the rest', async () => {
  using repo = scratch();
  await using server = await openaiServer([
    { text: 'One.', usage },
    { text: 'Two.', usage },
    { text: 'Three.', usage },
  ]);
  const options = { cwd: repo.root, env: env(server) };
  const first = envelopeOf(await cli(['run', '--json', 'first'], options));
  await cli(['run', '-c', 'second'], options);
  const id = String(first.payload['sessionId']);
  const end = envelopeOf(
    await cli(['log', 'show', String(first.payload['runId']), '--type', 'run.ended', '--json'], options),
  );
  const [{ seq }] = end.payload['events'] as [{ seq: number }];
  const fork = envelopeOf(await cli(['sessions', 'fork', id, '--at', String(seq), '--json'], options));
  await cli(['run', '--session', String(fork.payload['sessionId']), 'other second'], options);
  const said = JSON.stringify(server.requests.at(-1)?.body);
  expect(said).toContain('first');
  expect(said).not.toContain('"second"');
});

test('sessions are found by what was said, deleted and pruned', async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'A heron stands still.', usage }]);
  const options = { cwd: repo.root, env: env(server) };
  for (const task of ['one', 'two', 'three']) await cli(['run', task], options);
  expect(envelopeOf(await cli(['sessions', 'search', 'HERON', '--json'], options)).payload['sessions']).toHaveLength(3);
  expect((await cli(['sessions', 'search', 'walrus'], options)).code).toBe(1);
  expect((await cli(['sessions', 'prune', '--keep', '2', '--dry-run'], options)).stdout).toBe(
    'would delete 1 session\n',
  );
  await cli(['sessions', 'prune', '--keep', '2'], options);
  const left = envelopeOf(await cli(['sessions', '--json'], options)).payload['sessions'] as {
    sessionId: string;
    title: string;
  }[];
  expect(left.map(({ title }) => title)).toEqual(['three', 'two']);
  await cli(['sessions', 'rename', left[0]?.sessionId ?? '', 'a better', 'name'], options);
  expect((await cli(['sessions'], options)).stdout).toContain('a better name');
  await cli(['sessions', 'delete', left[0]?.sessionId ?? ''], options);
  expect(envelopeOf(await cli(['sessions', '--json'], options)).payload['sessions']).toHaveLength(1);
});

test('a key is kept for its owner alone, listed masked, used and forgotten', async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'Yes.', usage }]);
  const config = join(repo.root, 'home');
  const options = { cwd: repo.root, env: { CAPSTAN_CONFIG_HOME: config, OPENAI_BASE_URL: `${server.url}/v1` } };
  const key = 'sk-planted-0123456789abcdef';
  const login = await cli(['auth', 'login', 'openai'], { ...options, input: `${key}\n` });
  expect(login.stdout).toContain('kept sk-…cdef for openai');
  expect(statSync(join(config, 'auth.json')).mode & 0o777).toBe(0o600);
  const ran = await cli(['run', 'hi'], options);
  expect(ran.stderr).toBe('openai/gpt-6.1-sol: a key is kept for openai\n');
  expect(server.requests.at(-1)?.headers.authorization).toBe(`Bearer ${key}`);
  const listed = await cli(['auth', 'list', '--json'], options);
  expect(listed.stdout + login.stdout + ran.stdout).not.toContain(key);
  expect(envelopeOf(listed).payload).toMatchObject({ keys: [{ vendor: 'openai', key: 'sk-…cdef' }] });
  await cli(['auth', 'logout', 'openai'], options);
  expect((await cli(['auth'], options)).stdout).toContain('No keys.');
  expect(await cli(['auth', 'login', 'nobody'], { ...options, input: key })).toMatchObject({ code: 2 });
});
