import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openaiServer, type ScriptedReply } from '@capstan/providers/testing';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 10, outputTokens: 5 };
const script: readonly ScriptedReply[] = [
  { calls: [{ tool: 'ask-writer', input: { task: 'write x to a.txt' } }], usage },
  { calls: [{ tool: 'write', input: { path: 'a.txt', content: 'x\n' } }], usage },
  { text: 'Written.', usage },
  { text: 'The writer has done it.', usage },
];
const agentFile = (head = '') => `---\ndescription: writes files\n${head}---\n\nYou write.\n`;

function place(head?: string) {
  const repo = scratch({ 'a.txt': 'one\n' });
  mkdirSync(join(repo.root, '.capstan/agents'), { recursive: true });
  writeFileSync(join(repo.root, '.capstan/agents/writer.md'), agentFile(head));
  return repo;
}

test("an agent hands work to another that has a description; its events, cost and patches are the run's", async () => {
  using repo = place();
  await using server = await openaiServer(script);
  const options = { cwd: repo.root, env: { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${server.url}/v1` } };
  const ended = await cli(['run', '--stream-json', '-m', 'openai/loopback-1', 'have it written'], options);
  const events = ended.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; event?: { type: string } });
  const inner = events.flatMap(({ type, event }) => (type === 'child' && event ? [event.type] : []));
  expect(inner).toEqual(expect.arrayContaining(['run.started', 'tool.decided', 'patch.created', 'run.ended']));
  expect(events.findLast(({ type }) => type === 'run.ended')).toMatchObject({
    text: 'The writer has done it.',
    usage: { inputTokens: 40, outputTokens: 20 },
  });
  expect(events.filter(({ type }) => type === 'patch.created')).toHaveLength(1);
  expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('x\n');
  const told = server.requests.map(({ body }) => JSON.stringify(body));
  expect(told[1]).toContain('You write.');
  expect(told[0]).not.toContain('You write.');
});

test('an agent with a mode of its own does at most that, whatever the run may do', async () => {
  using repo = place('mode: read-only\n');
  await using server = await openaiServer(script);
  const options = { cwd: repo.root, env: { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${server.url}/v1` } };
  const ended = await cli(
    ['run', '--json', '--mode', 'full-auto', '-m', 'openai/loopback-1', 'have it written'],
    options,
  );
  expect(envelopeOf(ended).payload).toMatchObject({ patches: [] });
  expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\n');
});

test('what a sub-agent asks for is answered by --yes', async () => {
  using repo = place();
  const risky = [
    script[0],
    { calls: [{ tool: 'shell', input: { command: 'touch made.txt' } }], usage },
    script[2],
    script[3],
  ];
  await using server = await openaiServer(risky as readonly ScriptedReply[]);
  const options = { cwd: repo.root, env: { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${server.url}/v1` } };
  const words = ['run', '--json', '--mode', 'suggest', '-m', 'openai/loopback-1', 'go'];
  const asked = envelopeOf(await cli([...words, '--yes'], options));
  expect(asked).toMatchObject({ ok: true, payload: { reason: 'done' } });
  expect(repo.status()).toBe('?? made.txt\n');
});

test('a wrong agent file is told, and does not keep a run from working', async () => {
  using repo = place('mode: yolo\n');
  await using server = await openaiServer([{ text: 'Yes.', usage }]);
  const options = { cwd: repo.root, env: { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${server.url}/v1` } };
  const ended = await cli(['run', '-m', 'openai/loopback-1', 'are you there?'], options);
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('No sub-agents: ') });
});
