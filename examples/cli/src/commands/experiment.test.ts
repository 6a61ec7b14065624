import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { anthropicServer, openaiServer, type ScriptedReply } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch, startCli } from '../testing/scratch.ts';

const usage = { inputTokens: 11, outputTokens: 7 };
const writes = (content: string): readonly ScriptedReply[] => [
  { calls: [{ tool: 'write', input: { path: 'a.txt', content } }], usage },
  { text: 'Done.', usage },
];
const models = 'openai/loopback-1,anthropic/claude-haiku-4-5';
// The file must say "good", and what was not committed must be there.
const tests = 'grep -q good a.txt && test -e dirty.txt';

/** Two vendors over their own wire, of which one does the task well. */
async function rivals() {
  const [openai, anthropic] = await Promise.all([openaiServer(writes('bad\n')), anthropicServer(writes('good\n'))]);
  const env = {
    OPENAI_API_KEY: 'sk-a',
    OPENAI_BASE_URL: `${openai.url}/v1`,
    ANTHROPIC_API_KEY: 'sk-b',
    ANTHROPIC_BASE_URL: anthropic.url,
  };
  return {
    env,
    async [Symbol.asyncDispose]() {
      await openai[Symbol.asyncDispose]();
      await anthropic[Symbol.asyncDispose]();
    },
  };
}

test('the work that passes the tests is applied, rolled back by one command, and the other is kept', async () => {
  using repo = scratch({ 'a.txt': 'old\n' });
  writeFileSync(join(repo.root, 'dirty.txt'), 'mine\n');
  await using servers = await rivals();
  const options = { cwd: repo.root, env: servers.env };
  const ended = await cli(['experiment', 'make it good', '--models', models, '--tests', tests, '--json'], options);
  const { ok, payload } = envelopeOf(ended);
  expect({ ok, ...payload }).toMatchObject({
    ok: true,
    reason: 'done',
    winner: 'anthropic-claude-haiku-4-5',
    trials: [
      { name: 'openai-loopback-1', tests: { passed: false }, patch: { added: 1, removed: 1 } },
      { name: 'anthropic-claude-haiku-4-5', tests: { passed: true } },
    ],
  });
  const text = () => readFileSync(join(repo.root, 'a.txt'), 'utf8');
  expect(text()).toBe('good\n');
  expect(repo.status()).toBe(' M a.txt\n?? dirty.txt\n');
  const { trials, applied } = payload as { trials: { patch: { id: string } }[]; applied: { id: string } };
  await cli(['patch', 'rollback', applied.id], options);
  expect(text()).toBe('old\n');
  await cli(['patch', 'apply', trials[0]?.patch.id ?? ''], options);
  expect(text()).toBe('bad\n');
});

test('where no work passes, nothing is applied, and the exit code says so', async () => {
  using repo = scratch({ 'a.txt': 'old\n' });
  await using servers = await rivals();
  const ended = await cli(['experiment', 'make it good', '--models', models, '--tests', 'false'], {
    cwd: repo.root,
    env: servers.env,
  });
  expect(ended).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('No winner: No candidate passes the tests.'),
  });
  expect(ended.stdout).toMatch(/Kept: openai-loopback-1 as \w+/);
  expect(repo.status()).toBe('');
});

test('the practice model competes without a key, and a dry run does nothing', async () => {
  using repo = scratch({
    'package.json': '{"type":"module","scripts":{"test":"node --test"}}',
    'a.js':
      'export function squares(xs) {\n  let out = [];\n  for (const x of xs) out = [...out, x * x];\n  return out;\n}\n',
    'a.test.js':
      "import test from 'node:test';\nimport { deepEqual } from 'node:assert';\nimport { squares } from './a.js';\ntest('s', () => deepEqual(squares([1, 2]), [1, 4]));\n",
  });
  const words = ['experiment', 'find something slow and make it fast', '--models', 'practice,practice'];
  const dry = await cli([...words, '--dry-run', '--json'], { cwd: repo.root });
  expect(envelopeOf(dry).payload).toMatchObject({
    dryRun: true,
    candidates: [{ name: 'capstan-practice' }, { name: 'capstan-practice-2' }],
  });
  expect(existsSync(join(repo.root, '.capstan'))).toBe(false);
  const ended = await cli([...words, '--no-apply'], { cwd: repo.root });
  expect(ended.stdout).toMatch(/capstan-practice +done +1 passed/);
  expect(ended.stdout).toMatch(/Kept: capstan-practice as/);
  expect(repo.status()).toBe('');
});

test('interrupted, it applies nothing and leaves no tree behind', async () => {
  using repo = scratch({ 'a.txt': 'old\n' });
  const hanging = await openaiServer([{ text: 'thinking', fault: { kind: 'hang' } }]);
  await using _ = hanging;
  const env = { OPENAI_API_KEY: 'sk-a', OPENAI_BASE_URL: `${hanging.url}/v1`, TMPDIR: join(repo.root, '.git') };
  const started = startCli(['experiment', 'wait', '--models', 'openai/loopback-1', '--json'], { cwd: repo.root, env });
  await expect.poll(() => started.said.stderr, { timeout: 20_000 }).toContain('begins');
  await expect.poll(() => hanging.requests.length, { timeout: 20_000 }).toBeGreaterThan(0);
  started.child.kill('SIGINT');
  const ended = await started.ended;
  expect(ended.code).toBe(130);
  expect(repo.status()).toBe('');
  expect(readdirSync(join(repo.root, '.git')).filter((name) => name.startsWith('capstan-trials'))).toEqual([]);
});
