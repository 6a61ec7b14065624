import { expect, test } from 'vitest';
import { z } from 'zod';
import { fullAuto } from '@capstan/policy';
import { defineTool } from '../contract/define-tool.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import type { Script } from '../testing/scripted-model.ts';
import { createAgent } from './__fixtures__/replayed-agent.ts';
import { provenance } from './provenance.ts';

const root = '/repo';
const theirs = Array.from(
  { length: 16 },
  (_, at) => `  const total${at} = gather(items[${at}], options.limit${at}) ?? fallback('piece ${at}');`,
).join('\n');
const ours = Array.from({ length: 16 }, (_, at) => `  sum${at} += price(${at}) * rates.get(region${at});`).join('\n');
const pages: Record<string, string> = {
  plain: theirs,
  gpl: `// SPDX-License-Identifier: GPL-3.0-only\n${theirs}`,
  mit: `// SPDX-License-Identifier: MIT\n${theirs}`,
};

const fetchPage = defineTool({
  name: 'fetch_page',
  description: 'Fetches a page.',
  input: z.object({ page: z.string() }),
  effects: ({ page }) => [{ kind: 'network', url: `https://pages.example/${page}`, guarded: true }],
  untrusted: true,
  execute: ({ page }) => pages[page] ?? '',
});
const readFile = defineTool({
  name: 'read_file',
  description: 'Reads a file.',
  input: z.object({ path: z.string() }),
  effects: ({ path }) => [{ kind: 'read', path }],
  execute: () => theirs,
});
const written: string[] = [];
const write = defineTool({
  name: 'write',
  description: 'Writes a file.',
  input: z.object({ path: z.string(), content: z.string() }),
  effects: ({ path }) => [{ kind: 'write', path }],
  execute: ({ path }) => {
    written.push(path);
    return 'written';
  },
});
const shell = defineTool({
  name: 'sh',
  description: 'Runs a command.',
  input: z.object({ command: z.string() }),
  effects: ({ command }) => [{ kind: 'run', command, cwd: root }],
  execute: () => theirs,
});

const toWrite = (content: string) => ({ calls: [{ tool: 'write', input: { path: '/repo/src/a.ts', content } }] });
const fetched = (page: string) => ({ calls: [{ tool: 'fetch_page', input: { page } }] });
const open = { ...fullAuto({ root, web: 'allow' }) };

function agentOf(script: Script, store = memoryStore(), licences: readonly string[] = []) {
  written.length = 0;
  const hooks = [
    provenance({
      roots: [root],
      store,
      licences,
      licenceOfFile: (path) => (path.includes('node_modules/free/') ? 'ISC' : undefined),
    }),
  ];
  const tools = [fetchPage, readFile, write, shell];
  return { store, agent: createAgent({ model: scriptedModel(script), tools, policy: open, store, hooks }) };
}

async function run(script: Script, licences?: readonly string[]) {
  const { agent, store } = agentOf(script, memoryStore(), licences);
  const result = await agent.run('go', { sessionId: 's' }).result;
  const log = await store.read('s');
  const copies = log
    .flatMap((event) => (event.type === 'tool.decided' ? event.effects : []))
    .flatMap((effect) => (effect.kind === 'write' ? (effect.copies ?? []) : []));
  return { result, copies };
}

test.each(['plain', 'gpl'])('a piece of a page (%s) is recorded and not written unasked', async (page) => {
  const { result, copies } = await run([fetched(page), toWrite(`${ours}\n${theirs}\n`), { text: 'done' }]);
  expect(result).toMatchObject({ reason: 'approval', pending: [{ rule: 'foreign-text' }] });
  expect(result.pending[0]?.reason).toContain('copied from outside');
  expect(written).toEqual([]);
  expect(copies).toMatchObject([{ source: `https://pages.example/${page}`, allowed: false, lines: [17, 32] }]);
});

test('a piece under a free licence is recorded and written', async () => {
  const { result, copies } = await run([fetched('mit'), toWrite(theirs), { text: 'done' }]);
  expect(result.reason).toBe('done');
  expect(written).toEqual(['/repo/src/a.ts']);
  expect(copies).toMatchObject([{ licence: 'MIT', allowed: true }]);
});

test('a licence that the user allows is allowed', async () => {
  const { result } = await run([fetched('gpl'), toWrite(theirs), { text: 'done' }], ['GPL-3.0-only']);
  expect(result.reason).toBe('done');
});

test('own text and short pieces are written', async () => {
  const short = theirs.split('\n').slice(0, 2).join('\n');
  const { result, copies } = await run([fetched('gpl'), toWrite(`${ours}\n${short}`), { text: 'done' }]);
  expect([result.reason, copies]).toEqual(['done', []]);
});

const ways: readonly (readonly [string, object])[] = [
  ['the file of a package', { tool: 'read_file', input: { path: '/repo/node_modules/dear/index.js' } }],
  ['the file of another repository', { tool: 'read_file', input: { path: '/other/src/index.js' } }],
  ['a command that prints one', { tool: 'sh', input: { command: 'cat node_modules/dear/index.js' } }],
];

test.each(ways)("%s is a stranger's text", async (_name, call) => {
  const script = [{ calls: [call] }, toWrite(theirs), { text: 'done' }] as unknown as Script;
  const { agent } = agentOf(script);
  await using going = agent.run('go', { approvals: 'wait' });
  let asked: string | undefined;
  for await (const event of going) {
    if (event.type !== 'approval.requested') continue;
    if (event.tool === 'write') {
      asked = event.rule;
      break;
    }
    going.approve(event.callId, { by: 'ann' });
  }
  expect(asked).toBe('foreign-text');
});

test.each([
  ['/repo/src/own.ts', 'done'],
  ['/repo/node_modules/free/index.js', 'done'],
])('what %s holds may be written', async (path, reason) => {
  const { result } = await run([
    { calls: [{ tool: 'read_file', input: { path } }] },
    toWrite(theirs),
    { text: 'done' },
  ]);
  expect(result.reason).toBe(reason);
});

test.each([
  `cat > src/a.ts <<'E'\n${theirs}\nE`,
  'cp node_modules/dear/index.js src/a.ts',
  'cat node_modules/dear/index.js > src/a.ts',
])("a command that writes a stranger's text is asked about: %j", async (command) => {
  const { result } = await run([fetched('gpl'), { calls: [{ tool: 'sh', input: { command } }] }, { text: 'done' }]);
  expect(result).toMatchObject({ reason: 'approval', pending: [{ rule: 'foreign-text' }] });
});

test("a diff that adds a stranger's text is asked about", async () => {
  const diff = theirs.replaceAll(/^/gm, '+');
  const { result } = await run([fetched('gpl'), toWrite(`--- a\n+++ b\n@@\n${diff}`), { text: 'done' }]);
  expect(result.pending).toMatchObject([{ rule: 'foreign-text' }]);
});

test('what a session has seen counts in a later process', async () => {
  const store = memoryStore();
  await agentOf([fetched('gpl'), { text: 'seen' }], store).agent.run('look', { sessionId: 's' }).result;
  const later = agentOf([toWrite(theirs), { text: 'done' }], store);
  const result = await later.agent.run('write', { sessionId: 's' }).result;
  expect(result).toMatchObject({ reason: 'approval', pending: [{ rule: 'foreign-text' }] });
});
