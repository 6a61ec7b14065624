import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openaiServer, type LoopbackServer } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch, startCli } from '../testing/scratch.ts';

const check = `import { readFileSync } from 'node:fs';
if (!readFileSync('a.txt', 'utf8').includes('zwei')) { console.error('a.txt lacks zwei'); process.exit(7); }
console.log('good');
`;
const files = { 'a.txt': 'one\ntwo\n', 'check.mjs': check };
const usage = { inputTokens: 1, outputTokens: 1 };

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1` };
}

test('a command that succeeds passes through untouched', async () => {
  using repo = scratch(files);
  const code = `process.stdout.write(Buffer.from([0xff, 0x00, 0x41])); process.stderr.write('err')`;
  const ended = await cli(['wrap', '--', process.execPath, '-e', code], { cwd: repo.root });
  expect(ended).toEqual({ code: 0, stdout: '\ufffd\0A', stderr: 'err' });
});

test('a failing command keeps its exit code, and without --auto nobody fixes it', async () => {
  using repo = scratch(files);
  const ended = await cli(['wrap', '--', process.execPath, 'check.mjs'], { cwd: repo.root });
  expect(ended.code).toBe(7);
  expect(ended.stderr).toContain('a.txt lacks zwei\n');
  expect(ended.stderr).toContain('Give --auto');
});

test('--auto fixes what broke and runs the command again', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    { calls: [{ tool: 'edit', input: { path: 'a.txt', old: 'two', new: 'zwei' } }] },
    { text: 'Fixed.', usage },
  ]);
  const ended = await cli(['wrap', '--auto', '--', process.execPath, 'check.mjs'], {
    cwd: repo.root,
    env: env(server),
  });
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/take back: capstan patch rollback\ngood\n$/);
  expect(JSON.stringify(server.requests[0]?.body)).toContain('a.txt lacks zwei');
  expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\nzwei\n');
});

test('a fix that changes nothing is not tried again, and the envelope tells all', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([{ text: 'I do not know.', usage }]);
  const ended = await cli(['wrap', '--auto', '--json', '--', process.execPath, 'check.mjs'], {
    cwd: repo.root,
    env: env(server),
  });
  expect(envelopeOf(ended)).toMatchObject({
    ok: false,
    cmd: 'wrap',
    meta: { exit: 7 },
    payload: { exit: 7, fixes: [{ reason: 'done' }] },
  });
});

test('a signal reaches the command, whose ending is ours', async () => {
  using repo = scratch(files);
  const started = startCli(
    ['wrap', '--auto', '--', process.execPath, '-e', 'console.log("up"); setInterval(() => {}, 1000)'],
    { cwd: repo.root },
  );
  await started.printed('up');
  started.child.kill('SIGTERM');
  expect((await started.ended).code).toBe(143);
});

test('a command that is not there is a clear line', async () => {
  using repo = scratch(files);
  const ended = await cli(['wrap', '--', 'no-such-program-here'], { cwd: repo.root });
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('no-such-program-here is not found.');
});
