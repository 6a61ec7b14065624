import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ollamaServer, openaiServer } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 3, outputTokens: 2 };

test('a recorded run is shown, and verified as long as the prompt is the same', async () => {
  using repo = scratch({ 'a.txt': 'one\n', 'AGENTS.md': 'Be kind.\n' });
  await using server = await openaiServer([
    { calls: [{ tool: 'read', input: { path: 'a.txt' } }], usage },
    { text: 'It says one.', usage },
  ]);
  const env = { OPENAI_API_KEY: 'sk-planted-0123456789abcdef', OPENAI_BASE_URL: `${server.url}/v1` };
  const options = { cwd: repo.root, env };
  const ran = await cli(['run', '--model', 'openai/m', '--record', 'fix.tape', 'what is in a.txt?'], options);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('It says one.') });
  expect(readFileSync(join(repo.root, 'fix.tape'), 'utf8')).not.toContain('planted');

  const shown = await cli(['tape', 'show', 'fix.tape'], options);
  expect(shown.stdout).toMatch(/^openai\/m, 2 calls\n/);
  expect(shown.stdout).toMatch(/1 .* 3 in, 2 out .* read\n/);
  expect(envelopeOf(await cli(['tape', 'show', 'fix.tape', '--json'], options)).payload).toMatchObject({
    model: 'openai/m',
    calls: [{ tools: ['read'] }, { text: 'It says one.', usage }],
  });

  const same = await cli(['tape', 'verify', 'fix.tape'], options);
  expect(same).toMatchObject({ code: 0, stdout: '2 calls, all asked as they were recorded.\n' });

  writeFileSync(join(repo.root, 'AGENTS.md'), 'Be very kind.\n');
  const changed = await cli(['tape', 'verify', 'fix.tape', '--json'], options);
  expect(envelopeOf(changed)).toMatchObject({
    ok: false,
    payload: { same: false, unused: 0, extra: 0, changed: [{ call: 1, differences: [{ path: 'instructions' }] }, {}] },
  });
  const told = await cli(['tape', 'verify', 'fix.tape'], options);
  expect(told.code).toBe(1);
  expect(told.stdout).toMatch(/2 calls from 1 on: instructions was ".*Be kind.*", is ".*Be very kind/);
});

test('a tape of an agent of your own is verified with that agent', async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'Hello.', usage }]);
  const env = {
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: `${server.url}/v1`,
    CAPSTAN_CONFIG_HOME: join(repo.root, 'home'),
  };
  const options = { cwd: repo.root, env };
  await cli(['agent', 'create', 'reader', '--description', 'reads', '--text', 'Only read.'], options);
  const ran = await cli(['run', '-m', 'openai/m', '--agent', 'reader', '--record', 'a.tape', 'hi'], options);
  expect(ran.code).toBe(0);
  expect(await cli(['tape', 'verify', 'a.tape', '--agent', 'reader'], options)).toMatchObject({ code: 0 });
  expect((await cli(['tape', 'verify', 'a.tape'], options)).stdout).toContain('Only read.');
});

test('what is no tape is told as such', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  expect(await cli(['tape', 'show', 'a.txt'], { cwd: repo.root })).toMatchObject({ code: 2 });
  const missing = await cli(['tape', 'verify', 'none.tape'], { cwd: repo.root });
  expect(missing.stderr).toContain('none.tape');
  expect(missing.code).not.toBe(0);
});

test('a model is pulled onto Ollama, with its progress', async () => {
  using repo = scratch();
  await using server = await ollamaServer([], { models: ['here:1b'] });
  const options = { cwd: repo.root, env: { OLLAMA_HOST: server.url } };
  const pulled = await cli(['models', 'pull', 'ollama/new:1b'], options);
  expect(pulled).toMatchObject({ code: 0, stdout: expect.stringContaining('ollama/new:1b is there') });
  expect(pulled.stderr).toBe(
    'pulling manifest\npulling 3e4cb1417446\nverifying sha256 digest\nwriting manifest\nsuccess\n',
  );
  const listed = await cli(['models', 'ollama', '--live'], options);
  expect(listed.stdout).toContain('ollama/new:1b');
  const missing = await cli(['models', 'pull', 'missing:1b'], options);
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('does not exist') });
});

test('without Ollama, pulling says how to have it', async () => {
  using repo = scratch();
  const ended = await cli(['models', 'pull', 'x'], { cwd: repo.root, env: { OLLAMA_HOST: '127.0.0.1:9' } });
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('ollama serve') });
});

test('an Ollama that does not answer holds up nobody', async () => {
  using repo = scratch();
  const server = createServer(() => {});
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const ended = await cli(['run', 'what can you do?'], { cwd: repo.root, env: { OLLAMA_HOST: `127.0.0.1:${port}` } });
  server.closeAllConnections();
  server.close();
  expect(ended.stderr).toMatch(/^capstan\/practice: no key was found/);
});
