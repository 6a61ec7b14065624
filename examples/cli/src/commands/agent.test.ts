import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openaiServer } from '@capstan/providers/testing';
import { parseAgent } from '../project/agent-file.ts';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

test('an agent is made, listed, run with its words, tools and mode, and deleted', async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using server = await openaiServer([
    { calls: [{ tool: 'write', input: { path: 'a.txt', content: 'x' } }] },
    { text: 'I only read.', usage: { inputTokens: 1, outputTokens: 1 } },
  ]);
  const env = {
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: `${server.url}/v1`,
    CAPSTAN_CONFIG_HOME: join(repo.root, 'home'),
  };
  const options = { cwd: repo.root, env };
  const make = ['agent', 'create', 'reader', '--mode', 'read-only', '--tools', 'read, grep', '--description', 'looks'];
  const made = await cli([...make, '--text', 'Speak like a heron.'], options);
  expect(made.stdout).toBe(`wrote ${join(repo.root, '.capstan/agents/reader.md')}\n`);
  expect((await cli(['agent'], options)).stdout).toBe('reader  project  read-only  looks\n');
  const ran = envelopeOf(await cli(['run', '--json', '--agent', 'reader', '--mode', 'full-auto', 'look'], options));
  expect(ran.payload).toMatchObject({ mode: 'read-only' });
  const sent = server.requests[0]?.body as { tools: { function: { name: string } }[] };
  expect(sent.tools.map((tool) => tool.function.name)).toEqual(['read', 'grep']);
  expect(JSON.stringify(sent)).toContain('Speak like a heron.');
  expect(repo.status()).toBe('');
  expect((await cli([...make, '--text', 'x'], options)).stderr).toContain('is there already');
  expect((await cli(['run', '--agent', 'raeder', 'x'], options)).stderr).toContain('Did you mean reader?');
  await cli(['agent', 'delete', 'reader'], options);
  expect(existsSync(join(repo.root, '.capstan/agents/reader.md'))).toBe(false);
});

test("a repository's agent does not choose the model; the user's own does", async () => {
  using repo = scratch();
  await using server = await openaiServer([{ text: 'Yes.', usage: { inputTokens: 1, outputTokens: 1 } }]);
  const config = join(repo.root, 'home');
  const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${server.url}/v1`, CAPSTAN_CONFIG_HOME: config };
  const options = { cwd: repo.root, env };
  await cli(['agent', 'create', 'mine', '--user', '--model', 'openai/my-model', '--text', 'Hi.'], options);
  expect((await cli(['run', '--agent', 'mine', 'x'], options)).stderr).toContain('openai/my-model: ');
  await cli(['agent', 'create', 'theirs', '--text', 'Hi.'], options);
  const path = join(repo.root, '.capstan/agents/theirs.md');
  writeFileSync(path, readFileSync(path, 'utf8').replace('---\n', '---\nmodel: evil/model\n'));
  expect((await cli(['run', '--agent', 'theirs', 'x'], options)).stderr).toMatch(/^openai\/gpt-6\.1-sol: /);
});

test.each([
  ['---\nmode: yolo\n---\nHi.', 'mode is none of'],
  ['---\ntools: read\n---\nHi.', 'tools is no list'],
  ['---\nmodle: x\n---\nHi.', 'there is no field "modle"'],
  ['---\n: [\n---\nHi.', 'not YAML'],
  ['---\ndescription: x\n---\n\n', 'no instructions'],
])('the agent file %j is refused: %s', (text, words) => {
  expect(() => parseAgent(text, { path: '/x/a.md', source: 'user' })).toThrow(words);
});
