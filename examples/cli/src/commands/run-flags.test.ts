import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { anthropicServer, openaiServer, type LoopbackServer } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch, startCli } from '../testing/scratch.ts';

const usage = { inputTokens: 10, outputTokens: 5 };
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-planted-0123456789abcdef', OPENAI_BASE_URL: `${server.url}/v1` };
}

function eventsOf(stdout: string): { type: string; [field: string]: unknown }[] {
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as { type: string });
}

test('an image goes to the model beside the task', async () => {
  using repo = scratch();
  writeFileSync(join(repo.root, 'shot.png'), png);
  await using server = await openaiServer([{ text: 'A button.', usage }]);
  const ended = await cli(['run', '-q', '--image', 'shot.png', '--', 'what is it?'], {
    cwd: repo.root,
    env: env(server),
  });
  expect(ended).toEqual({ code: 0, stdout: 'A button.\n', stderr: '' });
  const sent = JSON.stringify(server.requests.at(-1)?.body);
  expect(sent).toContain(`data:image/png;base64,${png.toString('base64')}`);
  expect(sent).toContain('what is it?');
});

test('an image that is not there is one line before anything is sent', async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'x', usage }]);
  const ended = await cli(['run', '--image', 'no.png', '--', 'what is it?'], { cwd: repo.root, env: env(server) });
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toBe('capstan: no.png cannot be read (ENOENT). Check the path.\n');
  expect(server.requests).toHaveLength(0);
});

test('--output-schema gives an answer of that shape, and nothing else with --quiet', async () => {
  using repo = scratch();
  const schema = {
    type: 'object',
    properties: { count: { type: 'integer' } },
    required: ['count'],
    additionalProperties: false,
  };
  writeFileSync(join(repo.root, 'shape.json'), JSON.stringify(schema));
  await using server = await openaiServer([
    { text: '{"count":"three"}', usage },
    { text: '{"count":3}', usage },
  ]);
  const options = { cwd: repo.root, env: env(server) };
  const ended = await cli(['run', '-q', '--output-schema', 'shape.json', 'how many?'], options);
  expect(JSON.parse(ended.stdout)).toEqual({ count: 3 });
  expect(server.requests).toHaveLength(2);
  const inline = await cli(['run', '--json', '--output-schema', JSON.stringify(schema), 'how many?'], options);
  expect(envelopeOf(inline).payload).toMatchObject({ output: { count: 3 } });
});

test.each([
  ['[1]', 'is not a JSON Schema'],
  ['nowhere.json', 'cannot be read'],
  ['{"a":', 'is not JSON'],
])('--output-schema %s is refused in a line', async (schema, why) => {
  using repo = scratch({ '[1]': '[1]' });
  const ended = await cli(['run', '--output-schema', schema, 'how many?'], { cwd: repo.root });
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(why);
});

test('--provider takes its usual model, or the one that is named', async () => {
  using repo = scratch();
  await using server = await anthropicServer([{ text: 'Hello.', usage }]);
  const options = {
    cwd: repo.root,
    env: { ANTHROPIC_API_KEY: 'sk-ant-planted-0123', ANTHROPIC_BASE_URL: server.url, OPENAI_API_KEY: 'sk-other-0123' },
  };
  const usual = await cli(['run', '--json', '--provider', 'anthropic', 'hi'], options);
  expect(envelopeOf(usual).payload).toMatchObject({ model: 'anthropic/claude-sonnet-5-5', text: 'Hello.' });
  const named = await cli(['run', '--json', '--provider', 'anthropic', '-m', 'claude-haiku-4-5', 'hi'], options);
  expect(envelopeOf(named).payload).toMatchObject({ model: 'anthropic/claude-haiku-4-5' });
});

test.each([
  [['--provider', 'anthropic', '-m', 'openai/gpt-5'], 'is not of --provider anthropic'],
  [['--provider', 'lmstudio'], 'Name one with --model'],
  [['--timeout', 'soon'], '--timeout takes a duration'],
  [['--timeout', '0'], '--timeout takes a duration'],
  [['--timeout', '10m', '--budget-seconds', '5'], 'exclude one another'],
  [['--fork'], '--fork copies a session'],
  [['--input-format', 'stream-json'], 'goes with --stream-json'],
])('run %j is refused in a line', async (flags, why) => {
  using repo = scratch();
  const ended = await cli(['run', ...flags, 'hi'], { cwd: repo.root });
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(why);
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('--timeout ends a run that hangs', async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'A story that', fault: { kind: 'hang' } }]);
  const ended = await cli(['run', '--json', '--timeout', '1s', 'go'], { cwd: repo.root, env: env(server) });
  expect(envelopeOf(ended)).toMatchObject({ meta: { exit: 4 }, payload: { reason: 'budget', limit: 'seconds' } });
});

test('--fork goes on in a copy and leaves the session as it was', async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'Yes.', usage }]);
  const options = { cwd: repo.root, env: env(server) };
  await cli(['run', '--session', 'first', 'my name is Ada'], options);
  const forked = envelopeOf(await cli(['run', '--json', '--continue', '--fork', 'what is my name?'], options));
  expect(forked.payload['sessionId']).not.toBe('first');
  expect(JSON.stringify(server.requests.at(-1)?.body)).toContain('my name is Ada');
  const { payload } = envelopeOf(await cli(['sessions', 'list', '--json'], options));
  const sessions = payload['sessions'] as { id: string; runs: number }[];
  expect(sessions.map(({ runs }) => runs).toSorted()).toEqual([1, 2]);
});

test('a program talks in lines: messages in order, in one session, until stdin ends', async () => {
  using repo = scratch();
  await using server = await openaiServer([
    { text: 'One.', usage },
    { text: 'Two.', usage },
  ]);
  const ended = await cli(['run', '--stream-json', '--input-format', 'stream-json'], {
    cwd: repo.root,
    env: env(server),
    input: [
      '{"type":"user","text":"first"}',
      '',
      '{"type":"user","message":{"role":"user","content":[{"type":"text","text":"second"}]}}',
      '',
    ].join('\n'),
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const ends = eventsOf(ended.stdout).filter(({ type }) => type === 'run.ended');
  expect(ends).toMatchObject([{ text: 'One.' }, { text: 'Two.' }]);
  const body = JSON.stringify(server.requests.at(-1)?.body);
  expect(body).toContain('first');
  expect(body).toContain('second');
});

test('a program answers what a run asks, and the run goes on', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using server = await openaiServer([
    { calls: [{ tool: 'edit', input: { path: 'a.txt', old: 'one', new: 'two' } }] },
    { text: 'Done.', usage },
  ]);
  const args = ['run', '--stream-json', '--input-format', 'stream-json', '--mode', 'suggest', 'change it'];
  const started = startCli(args, { cwd: repo.root, env: env(server), input: 'open' });
  await started.printed('"run.ended"');
  const asked = eventsOf(started.said.stdout).find(({ type }) => type === 'approval.requested');
  started.child.stdin?.write(`${JSON.stringify({ type: 'approve', callId: asked?.['callId'] })}\n`);
  await started.printed('"text":"Done."');
  started.child.stdin?.end();
  const ended = await started.ended;
  expect(ended.code).toBe(0);
  expect(eventsOf(ended.stdout).filter(({ type }) => type === 'approval.given')).toMatchObject([
    { verdict: 'approved', by: 'tester' },
  ]);
  expect(repo.status()).toBe(' M a.txt\n');
});

test('a program that goes away leaves a run that waits, and nothing hangs', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using server = await openaiServer([
    { calls: [{ tool: 'edit', input: { path: 'a.txt', old: 'one', new: 'two' } }] },
    { text: 'Done.', usage },
  ]);
  const ended = await cli(['run', '--stream-json', '--input-format', 'stream-json', '--mode', 'suggest'], {
    cwd: repo.root,
    env: env(server),
    input: '{"type":"user","text":"change it"}\n',
  });
  expect(ended.code).toBe(3);
  expect(repo.status()).toBe('');
  expect((await cli(['resume', '--yes'], { cwd: repo.root, env: env(server) })).code).toBe(0);
  expect(repo.status()).toBe(' M a.txt\n');
});

test.each([
  ['nonsense', 'Line 1 of stdin is not an object of JSON.'],
  ['{"type":"user"}', 'Line 1 of stdin has no "text" and no "message" that can be read.'],
  ['{"type":"dance"}', 'Line 1 of stdin has the type "dance", not user, steer, approve, deny or stop.'],
  ['\n{"type":"approve"}', 'Line 2 of stdin has no "callId".'],
])('a line that cannot be read is named: %j', async (input, why) => {
  using repo = scratch();
  const args = ['run', '--stream-json', '--input-format', 'stream-json', '-m', 'practice'];
  const ended = await cli(args, { cwd: repo.root, input });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(why);
});
