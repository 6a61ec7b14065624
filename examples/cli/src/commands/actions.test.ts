import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { openaiServer, type LoopbackServer } from '@capstan/providers/testing';
import { messageByRules, readMessage } from '../run/commit-message.ts';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 1, outputTokens: 1 };
const author = {
  GIT_AUTHOR_NAME: 't',
  GIT_AUTHOR_EMAIL: 't@example.com',
  GIT_COMMITTER_NAME: 't',
  GIT_COMMITTER_EMAIL: 't@example.com',
};

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1`, ...author };
}

test('review sends the diff and can write nothing', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using server = await openaiServer([
    { calls: [{ tool: 'write', input: { path: 'a.txt', content: 'x' } }] },
    { text: 'It is wrong.', usage },
  ]);
  writeFileSync(join(repo.root, 'a.txt'), 'changed by hand\n');
  const ended = envelopeOf(await cli(['review', '--json'], { cwd: repo.root, env: env(server) }));
  expect(ended).toMatchObject({ cmd: 'review', payload: { mode: 'read-only', calls: [{ verdict: 'deny' }] } });
  expect(JSON.stringify(server.requests[0]?.body)).toContain('+changed by hand');
});

test('review of nothing says so', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const ended = await cli(['review'], { cwd: repo.root });
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('There is nothing to review') as string });
});

test('explain names the lines, and a file that is not there is a mistake', async () => {
  using repo = scratch({ 'a.ts': 'one\ntwo\nthree\n' });
  await using server = await openaiServer([{ text: 'It counts.', usage }]);
  const ended = await cli(['explain', '-q', 'a.ts:1-2'], { cwd: repo.root, env: env(server) });
  expect(ended).toMatchObject({ code: 0, stdout: 'It counts.\n' });
  expect(JSON.stringify(server.requests[0]?.body)).toContain('lines 1 to 2 of a.ts');
  expect((await cli(['explain', 'b.ts'], { cwd: repo.root, env: env(server) })).stderr).toContain(
    'There is no file b.ts',
  );
});

test('commit makes its message from the diff', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using server = await openaiServer([
    { text: '```\nfeat(a): say two\n\nBecause one was not enough.\n```', usage },
  ]);
  const options = { cwd: repo.root, env: env(server) };
  expect(await cli(['commit'], options)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Stage files') as string,
  });
  writeFileSync(join(repo.root, 'a.txt'), 'two\n');
  expect((await cli(['commit', '--all', '--dry-run'], options)).stdout).toBe(
    'feat(a): say two\n\nBecause one was not enough.\n',
  );
  expect(repo.status()).toBe(' M a.txt\n');
  expect((await cli(['commit', '--all', '--signoff'], options)).code).toBe(0);
  expect(repo.status()).toBe('');
  const { stdout } = spawnSync('git', ['-C', repo.root, 'log', '-1', '--format=%B'], { encoding: 'utf8' });
  expect(stdout).toBe('feat(a): say two\n\nBecause one was not enough.\n\nSigned-off-by: t <t@example.com>\n\n');
});

test.each([
  ['fix: a', 'fix: a'],
  ['"fix: a"', 'fix: a'],
  ['Here is the commit message:\n\nfix: a\n\nWhy.', 'fix: a\n\nWhy.'],
  ['```text\nfix: a\n```\nHope it helps!', 'fix: a'],
])('the message of %j is %j', (answer, message) => expect(readMessage(answer)).toBe(message));

test.each([
  [['packages/x/src/a.ts', 'packages/x/src/b.ts'], 'chore(x): change a.ts and b.ts'],
  [['README.md'], 'docs: change README.md'],
  [['src/a.test.ts', 'src/b.test.ts', 'src/c.test.ts'], 'test(src): change a.test.ts and 2 more files'],
])('without a model the message for %j is "%s"', (files, message) => {
  expect(messageByRules(files.map((file) => `diff --git a/${file} b/${file}\nindex 1..2\n`).join(''))).toBe(message);
});
