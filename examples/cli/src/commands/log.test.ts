import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openaiServer } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 1, outputTokens: 1 };

test('a run is sealed when it ends, verified, and any change is found', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using server = await openaiServer([
    { calls: [{ tool: 'read', input: { path: 'a.txt' } }] },
    { text: 'It says one.', usage },
  ]);
  const options = { cwd: repo.root, env: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1` } };
  const ran = envelopeOf(await cli(['run', '--json', 'what does it say?'], options));
  expect((await cli(['log', 'verify'], options)).stdout).toMatch(/^\d+ events, unbroken\.\n$/);
  const path = join(repo.root, '.capstan/runlogs', `${String(ran.payload['runId'])}.jsonl`);
  writeFileSync(path, readFileSync(path, 'utf8').replace('It says one', 'It says two'));
  const broken = envelopeOf(await cli(['log', 'verify', '--json'], options));
  expect(broken).toMatchObject({ ok: false, payload: { ok: false } });
  expect(broken.payload['line']).toBeGreaterThan(1);
});

test('a run replays the same from its log, with no model, and a changed prompt is named', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const server = await openaiServer([
    { calls: [{ tool: 'read', input: { path: 'a.txt' } }] },
    { text: 'It says one.', usage },
  ]);
  const options = { cwd: repo.root, env: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1` } };
  await cli(['run', 'what does it say?'], options);
  await server[Symbol.asyncDispose]();
  const replayed = await cli(['log', 'replay'], options);
  expect(replayed.stdout).toMatch(/^\d+ events, all the same\.\n$/);
  writeFileSync(join(repo.root, 'AGENTS.md'), 'Speak French.\n');
  const changed = await cli(['log', 'replay'], options);
  expect(changed.code).toBe(1);
  expect(changed.stdout).toContain('It goes another way today.');
});

test('secrets are hidden in a stream, those of the environment by their value', async () => {
  using repo = scratch();
  const env = { MY_API_TOKEN: 'correct-horse-battery' };
  const input = 'key AKIAIOSFODNN7EXAMPLE and correct-horse-battery, mail to ada@example.com\nplain words stay\n';
  const ended = await cli(['policy', 'redact'], { cwd: repo.root, env, input });
  expect(ended.code).toBe(0);
  expect(ended.stdout).not.toMatch(/AKIAIOSFODNN7EXAMPLE|correct-horse|ada@example/);
  expect(ended.stdout).toContain('plain words stay\n');
});
