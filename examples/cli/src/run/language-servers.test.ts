import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openaiServer, type ScriptedReply } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { cliHere } from '../testing/cli-here.ts';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const timeout = 60_000;
const tsc = join(import.meta.dirname, '../../../../node_modules/.bin');
const files = {
  'tsconfig.json': '{"compilerOptions":{"strict":true,"noEmit":true,"types":[]}}',
  'a.ts': 'export const size: number = 1;\n',
  'b.ts': "import { size } from './a';\nexport const half: number = size / 2;\n",
};

function environment(root: string, more: Readonly<Record<string, string>> = {}) {
  return { CAPSTAN_CONFIG_HOME: join(root, '.git', 'home'), PATH: `${tsc}:/usr/bin:/bin`, ...more };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A model that looks, then edits until it is told what came of it in time; and what it was told and offered. */
async function modelThatEdits(path: string, [from, to]: readonly [string, string]) {
  const seen = { told: '', tools: [] as string[] };
  const server = await openaiServer(({ body }): ScriptedReply => {
    const { messages, tools } = body as {
      messages: { role: string; content: unknown }[];
      tools: { function: { name: string } }[];
    };
    seen.tools = tools.map((tool) => tool.function.name);
    const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => JSON.stringify(content));
    if (results.length === 0) return { calls: [{ tool: 'diagnostics', input: { files: [path] } }] };
    seen.told = results.at(-1) ?? '';
    const forth = results.length % 2 === 1;
    const late = seen.told.includes('was not done within') && results.length < 20;
    if (!forth && !late) return { text: 'Done.' };
    return { calls: [{ tool: 'edit', input: forth ? { path, old: from, new: to } : { path, old: to, new: from } }] };
  });
  return { server, seen };
}

test.each([
  ['on', /New problems since this edit:.*b\.ts:2:29 error/],
  ['off', /^"Edited a\.ts[^\\]*"$/],
])('with language servers %s a run is told what its edit broke, or not', { timeout }, async (state, words) => {
  using repo = scratch(files);
  const { server, seen } = await modelThatEdits('a.ts', ['number = 1', "string = 'one'"]);
  await using _ = server;
  const env = environment(repo.root, { OPENAI_API_KEY: 'sk-planted-0123456789', OPENAI_BASE_URL: `${server.url}/v1` });
  const here = { cwd: repo.root, env };
  await cliHere(['config', 'set', 'lsp', state], here);
  await cliHere(['index'], here);
  const { payload } = envelopeOf(await cliHere(['run', '--json', 'make it a text'], here));
  expect(payload).toMatchObject({ reason: 'done' });
  expect(seen.told).toMatch(words);
  expect(seen.tools.includes('diagnostics')).toBe(state === 'on');
});

test('tools of language servers work by hand, and a rename is taken back', { timeout }, async () => {
  using repo = scratch(files);
  const here = { cwd: repo.root, env: environment(repo.root) };
  const input = JSON.stringify({ path: 'b.ts', symbol: 'size', newName: 'length' });
  await cliHere(['tool', 'run', 'rename', '--input', input, '--dry-run'], here);
  expect(repo.status()).toBe('');
  await cliHere(['tool', 'run', 'rename', '--input', input], here);
  expect(readFileSync(join(repo.root, 'a.ts'), 'utf8')).toBe('export const length: number = 1;\n');
  await cliHere(['patch', 'rollback'], here);
  expect(readFileSync(join(repo.root, 'a.ts'), 'utf8')).toBe(files['a.ts']);
});

test('a command that asked a server ends, and the server with it', { timeout }, async () => {
  using repo = scratch({ ...files, 'a.ts': 'export const size: string = 1;\n' });
  const words = ['tool', 'run', 'diagnostics', '--input', '{"files":["a.ts"]}'];
  const { code, stdout } = await cli(words, { cwd: repo.root, env: environment(repo.root) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('a.ts:1:14 error') });
});

test('doctor and status say which servers there are, and what is wrong with one of the settings', async () => {
  using repo = scratch(files);
  const home = join('.git', 'home');
  const here = { cwd: repo.root, env: environment(repo.root) };
  expect((await cliHere(['doctor'], here)).stdout).toMatch(
    /ok +lsp +typescript: tsc --lsp --stdio; none for python, go/,
  );
  const { payload } = envelopeOf(await cliHere(['status', '--json'], here));
  expect(payload['languageServers']).toMatchObject([
    { name: 'typescript', from: 'path' },
    { name: 'python' },
    { name: 'go' },
  ]);
  write(join(repo.root, home, 'config.json'), '{"lsp":{"ruby":{"command":"solargraph"}}}');
  expect((await cliHere(['doctor'], here)).stdout).toMatch(/problem +lsp +The language server ruby has no languages/);
  write(join(repo.root, home, 'config.json'), '{"lsp":7}');
  expect((await cliHere(['doctor'], here)).stdout).toMatch(/problem +.*lsp that is neither false nor an object/);
});

test('a repository can leave servers out and name none of its own', async () => {
  using repo = scratch(files);
  const evil = { command: 'evil', languages: { ts: 'typescript' } };
  write(join(repo.root, '.capstan/config.json'), JSON.stringify({ lsp: { go: false, evil, typescript: evil } }));
  const { stdout } = await cliHere(['doctor'], { cwd: repo.root, env: environment(repo.root) });
  expect(stdout).toMatch(/lsp +typescript: tsc --lsp --stdio; none for python\n/);
});
