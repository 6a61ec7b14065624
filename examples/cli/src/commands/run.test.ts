import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openaiServer, type LoopbackServer, type ScriptedReply } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch, startCli } from '../testing/scratch.ts';

const key = 'sk-planted-0123456789abcdef';
const files = { 'a.txt': 'one\ntwo\n', 'package.json': '{"name":"x","scripts":{"test":"echo all good"}}\n' };
const edit: ScriptedReply = { calls: [{ tool: 'edit', input: { path: 'a.txt', old: 'two', new: 'zwei' } }] };
const usage = { inputTokens: 100, outputTokens: 10 };

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: key, OPENAI_BASE_URL: `${server.url}/v1` };
}

test('a run shows what it decides and changes, and what it changed can be taken back', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    { text: 'I look first.', calls: [{ tool: 'read', input: { path: 'a.txt' } }] },
    edit,
    { calls: [{ tool: 'shell', input: { command: 'npm test' } }] },
    { text: 'Two is zwei now.', usage },
  ]);
  const ended = await cli(['run', 'say two in German'], { cwd: repo.root, env: env(server) });
  expect(ended.stderr).toBe('openai/gpt-6.1-sol: OPENAI_API_KEY is set\n');
  expect(ended.stdout).toContain('I look first.\n\n● read a.txt  allowed by reads-inside\n');
  expect(ended.stdout).toContain('    -two\n    +zwei\n');
  expect(ended.stdout).toContain('│ all good\n');
  expect(ended.stdout).toMatch(
    /Two is zwei now\.\n\nDone in .* · 4 turns · .*\npatch \w{26} {2}a\.txt {2}\+1 -1\ntake back: capstan patch rollback\n$/,
  );
  expect(ended.code).toBe(0);
  expect(repo.status()).toBe(' M a.txt\n');
  const back = await cli(['patch', 'rollback'], { cwd: repo.root });
  expect(back.stdout).toMatch(/^took back 1 patch: \w{26}\n {2}a\.txt\n$/);
  expect(repo.status()).toBe('');
});

test('--json prints one envelope and nothing else', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([edit, { text: 'Done.', usage }]);
  const ended = await cli(['run', '--json', 'go'], { cwd: repo.root, env: env(server) });
  expect(ended.stderr).toBe('');
  const { payload, ...envelope } = envelopeOf(ended);
  expect(envelope).toMatchObject({ ok: true, cmd: 'run', version: '0.1.0', meta: { exit: 0, root: repo.root } });
  expect(envelope).toHaveProperty('duration_ms');
  expect(payload).toMatchObject({
    reason: 'done',
    text: 'Done.',
    model: 'openai/gpt-6.1-sol',
    mode: 'auto-edit',
    turns: 2,
    calls: [{ tool: 'edit', verdict: 'allow', outcome: 'done' }],
    patches: [{ files: [{ path: 'a.txt' }] }],
    rollback: 'capstan patch rollback',
  });
});

test('--stream-json prints every event as a line, the end last', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([{ text: 'Hello there.', usage }]);
  const ended = await cli(['run', '--stream-json', 'hi'], { cwd: repo.root, env: env(server) });
  const events = ended.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; text?: string });
  expect(events[0]?.type).toBe('run.started');
  expect(events.at(-1)).toMatchObject({ type: 'run.ended', reason: 'done', text: 'Hello there.' });
  expect(
    events
      .filter(({ type }) => type === 'text.delta')
      .map(({ text }) => text)
      .join(''),
  ).toBe('Hello there.');
  expect(ended.code).toBe(0);
});

test('--quiet prints the answer only', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([{ text: 'Forty-two.', usage }]);
  const ended = await cli(['run', '-q', 'what is it?'], { cwd: repo.root, env: env(server) });
  expect(ended).toEqual({ code: 0, stdout: 'Forty-two.\n', stderr: '' });
});

test('where nobody can approve, the run waits, says so, and goes on when it is resumed', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([edit, { text: 'Done.', usage }]);
  const options = { cwd: repo.root, env: env(server) };
  const first = await cli(['run', '--mode', 'suggest', 'go'], options);
  expect(first.code).toBe(3);
  expect(first.stdout).toContain('These calls need an approval and nobody is here to give it:\n  edit');
  expect(first.stdout).toContain('capstan resume --yes');
  expect(repo.status()).toBe('');
  const again = await cli(['resume', '--json', '--mode', 'suggest'], options);
  expect(envelopeOf(again)).toMatchObject({
    ok: false,
    cmd: 'resume',
    meta: { exit: 3 },
    payload: { reason: 'approval' },
  });
  const then = await cli(['resume', '--mode', 'suggest', '--yes'], options);
  expect(then.stdout).toContain('approved by tester (--yes)');
  expect(then.code).toBe(0);
  expect(repo.status()).toBe(' M a.txt\n');
});

test('--yes approves what is asked and never what is denied', async () => {
  using repo = scratch({ ...files, '.ssh/id_ed25519': 'private' });
  await using server = await openaiServer([
    { calls: [{ tool: 'read', input: { path: '.ssh/id_ed25519' } }] },
    { text: 'I could not.', usage },
  ]);
  const ended = await cli(['run', '--yes', '--json', 'go'], { cwd: repo.root, env: env(server) });
  expect(envelopeOf(ended)).toMatchObject({
    ok: false,
    meta: { exit: 3 },
    payload: { calls: [{ verdict: 'deny', outcome: 'denied' }] },
  });
});

test('a spent budget ends the run with 4 and says which', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([{ calls: [{ tool: 'read', input: { path: 'a.txt' } }] }]);
  const ended = await cli(['run', '--max-turns', '2', 'go'], { cwd: repo.root, env: env(server) });
  expect(ended.code).toBe(4);
  expect(ended.stdout).toContain('The budget ran out: turns is spent.');
});

test('a refused key is one clear line, and the key is nowhere', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    { fault: { kind: 'status', status: 401, message: `Incorrect API key provided: ${key}` } },
  ]);
  const ended = await cli(['run', 'go'], { cwd: repo.root, env: env(server) });
  expect(ended.code).toBe(1);
  expect(ended.stdout + ended.stderr).not.toContain(key);
  expect(ended.stdout + ended.stderr).not.toContain('    at ');
  expect(ended.stdout).toMatch(/Failed in .*\n.*key.*\n$/i);
});

test('a missing key names the variable to set', async () => {
  using repo = scratch(files);
  const ended = await cli(['run', '-m', 'openai/gpt-5', 'go'], { cwd: repo.root });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain('OPENAI_API_KEY');
});

test('a session is continued with all that was said', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([{ text: 'I am Capstan.', usage }]);
  const options = { cwd: repo.root, env: env(server) };
  await cli(['run', 'who are you?'], options);
  await cli(['run', '--continue', '-q', 'say it again'], options);
  const said = JSON.stringify(server.requests.at(-1)?.body);
  expect(said).toContain('who are you?');
  expect(said).toContain('I am Capstan.');
  const listed = envelopeOf(await cli(['sessions', 'list', '--json'], options));
  expect(listed.payload).toMatchObject({ sessions: [{ title: 'who are you?', runs: 2, state: 'done' }] });
  const shown = await cli(['sessions', 'show'], options);
  expect(shown.stdout).toContain('> who are you?\n\nI am Capstan.\n');
});

test('a session of one name is started and continued, and a wrong id is not taken for a name', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([{ text: 'Yes.', usage }]);
  const options = { cwd: repo.root, env: env(server) };
  await cli(['run', '--session', 'review-7', 'first'], options);
  await cli(['run', '--session', 'review-7', 'second'], options);
  expect(JSON.stringify(server.requests.at(-1)?.body)).toContain('first');
  const wrong = await cli(['run', '--session', '01M7Z5VJDG8NT33H9P6H9S1NBM', 'x'], options);
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
  expect(wrong.stderr).toContain('There is no session 01M7Z5VJDG8NT33H9P6H9S1NBM.');
});

test('what is piped in goes along as context', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([{ text: 'Yes.', usage }]);
  const options = { cwd: repo.root, env: env(server), input: 'a piped log line\n' };
  await cli(['run', 'what failed?'], options);
  expect(JSON.stringify(server.requests.at(-1)?.body)).toContain(
    'what failed?\\n\\n<stdin>\\na piped log line\\n\\n</stdin>',
  );
  await cli(['run', '-'], options);
  expect(JSON.stringify(server.requests.at(-1)?.body)).not.toContain('<stdin>');
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s ends a run at once with %i and leaves a session to go on with', async (signal, code) => {
  using repo = scratch(files);
  await using server = await openaiServer([
    edit,
    { text: 'A long story that never ends. '.repeat(20), fault: { kind: 'hang' } },
    { text: 'On we go.', usage },
  ]);
  const options = { cwd: repo.root, env: env(server) };
  const started = startCli(['run', 'go'], options);
  await started.printed('A long');
  started.child.kill(signal);
  const ended = await started.ended;
  expect(ended.code).toBe(code);
  expect(ended.stdout).toContain('Interrupted. What was done so far is kept.');
  expect(ended.stdout).toContain('take back: capstan patch rollback');
  const next = await cli(['run', '-c', '-q', 'go on'], options);
  expect(next).toMatchObject({ code: 0, stdout: 'On we go.\n' });
});

test('a reader that goes away ends the run, and the session can be continued', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    { text: 'A long story that never ends. '.repeat(20), fault: { kind: 'hang' } },
    { text: 'On we go.', usage },
  ]);
  const options = { cwd: repo.root, env: env(server) };
  const started = startCli(['run', '--stream-json', 'go'], options);
  await started.printed('text.delta');
  started.child.stdout?.destroy();
  started.child.kill('SIGTERM');
  const [code] = (await once(started.child, 'exit')) as [number];
  expect([141, 143]).toContain(code);
  expect(await cli(['run', '-c', '-q', 'go on'], options)).toEqual({ code: 0, stdout: 'On we go.\n', stderr: '' });
});

test('what a killed run changed is taken back byte for byte', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    edit,
    { text: 'A long story that never ends. '.repeat(20), fault: { kind: 'hang' } },
  ]);
  const options = { cwd: repo.root, env: env(server) };
  const started = startCli(['run', 'go'], options);
  await started.printed('A long');
  started.child.kill('SIGKILL');
  await started.ended;
  expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\nzwei\n');
  const dry = envelopeOf(await cli(['patch', 'rollback', '--dry-run', '--json'], options));
  expect(dry.payload).toMatchObject({ dryRun: true, files: [{ path: 'a.txt' }] });
  expect(repo.status()).toBe(' M a.txt\n');
  expect((await cli(['patch', 'rollback'], options)).code).toBe(0);
  expect(repo.status()).toBe('');
});

test('a roll-back refuses to overwrite what was changed since', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([edit, { text: 'Done.', usage }]);
  const options = { cwd: repo.root, env: env(server) };
  await cli(['run', 'go'], options);
  writeFileSync(join(repo.root, 'a.txt'), 'mine\n');
  const back = await cli(['patch', 'rollback'], options);
  expect(back).toMatchObject({ code: 1, stdout: '' });
  expect(back.stderr).toContain('nothing was changed.\na.txt: ');
  expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('mine\n');
});

test('--cwd works in that folder, and the commands it names lead there', async () => {
  using repo = scratch(files);
  using elsewhere = scratch();
  await using server = await openaiServer([edit, { text: 'Done.', usage }]);
  const ended = await cli(['run', '--cwd', repo.root, 'go'], { cwd: elsewhere.root, env: env(server) });
  expect(ended.stdout).toContain(`take back: capstan patch rollback --cwd ${repo.root}\n`);
  expect(repo.status()).toBe(' M a.txt\n');
});
