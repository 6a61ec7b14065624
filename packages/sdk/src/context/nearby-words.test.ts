import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { createAgent } from '../agent/__fixtures__/replayed-agent.ts';
import { defineTool } from '../contract/define-tool.ts';
import type { Message } from '../contract/message.ts';
import { replay } from '../replay/replay.ts';
import { memoryStore } from '../session/memory-store.ts';
import { scriptedModel } from '../testing/scripted-model.ts';
import { promptLayers } from './prompt-layers.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-nearby-')));
  mkdirSync(join(root, 'pkg/deep'), { recursive: true });
  writeFileSync(join(root, 'AGENTS.md'), 'Root words.');
  writeFileSync(join(root, 'pkg/AGENTS.md'), 'Package words.');
  // Runs are replayed when their test is over, from the same files.
  const folder = root;
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const layers = () => promptLayers({ base: 'Base.', workspace: { root, resolve: (path) => join(root, path) } });
const look = (text = 'content') =>
  defineTool({
    name: 'look',
    description: 'Reads a file.',
    input: z.object({ path: z.string() }),
    effects: ({ path }) => [{ kind: 'read', path: join(root, path) }],
    execute: () => text,
  });
const policy = {
  name: 'p',
  roots: [],
  rules: [],
  otherwise: { read: 'allow', write: 'deny', run: 'deny', network: 'deny', unknown: 'deny' },
} as const;
const textOf = (message: Message | undefined) =>
  (message?.parts ?? []).map((part) => ('text' in part ? part.text : '')).join('\n');
const see = (path: string) => ({ calls: [{ tool: 'look', input: { path } }] });

test('the words of a folder join the first result from there, once, and the prompt before stays byte for byte', async () => {
  const model = scriptedModel([see('a.ts'), see('pkg/deep/b.ts'), see('pkg/c.ts'), { text: 'done' }]);
  await createAgent({ model, policy, tools: [look()], instructions: layers() }).run('go').result;
  const results = model.requests
    .at(-1)
    ?.messages.filter(({ role }) => role === 'tool')
    .map(textOf);
  expect(results?.[0]).toBe('content');
  expect(results?.[1]).toBe(
    'content\n<instructions folder="pkg">\nFor files below pkg/ the project adds in pkg/AGENTS.md:\n\nPackage words.\n</instructions>',
  );
  expect(results?.[2]).toBe('content');
  const prompts = new Set(model.requests.map((request) => request.instructions));
  expect(prompts.size).toBe(1);
  for (const [i, request] of model.requests.entries()) {
    const before = model.requests[i - 1]?.messages ?? [];
    expect(JSON.stringify(request.messages.slice(0, before.length))).toBe(JSON.stringify(before));
  }
});

test('a resumed run is not told again, and its replay is the same', async () => {
  const store = memoryStore();
  const model = scriptedModel([
    see('pkg/c.ts'),
    { text: 'cut', error: new Error('down') },
    see('pkg/d.ts'),
    { text: 'done' },
  ]);
  const make = () => createAgent({ model, policy, store, tools: [look()], instructions: layers() });
  const first = await make().run('go').result;
  expect(first.reason).toBe('failed');
  const second = await make().resume(first.runId).result;
  expect(second.reason).toBe('done');
  const all = model.requests.at(-1)?.messages.map(textOf).join('\n') ?? '';
  expect(all.match(/Package words/g)).toHaveLength(1);
  const log = await store.read(first.sessionId);
  const verdict = await replay(log, first.runId, { model, policy, tools: [look()], instructions: layers() });
  expect(verdict).toMatchObject({ same: true });
});

test('a compaction that drops the result leaves the words in the instructions', async () => {
  const big = look('x'.repeat(8000));
  const replies = [see('pkg/a.ts'), ...Array.from({ length: 12 }, (_, i) => see(`f${i}.ts`)), { text: 'done' }];
  let next = 0;
  const model = scriptedModel(
    (request) => (request.tools.length === 0 ? { text: 'summary' } : (replies[next++] ?? { text: 'done' })),
    { info: { contextWindow: 12_000, maxOutputTokens: 1000, price: { input: 0, output: 0 } } },
  );
  const store = memoryStore();
  const run = createAgent({ model, policy, store, tools: [big], instructions: layers() }).run('go');
  expect((await run.result).reason).toBe('done');
  const log = await store.read(run.sessionId);
  expect(log.some((event) => event.type === 'context.compacted')).toBe(true);
  const last = model.requests.findLast((request) => request.tools.length > 0);
  const seen = `${last?.instructions}${last?.messages.map(textOf).join('')}`;
  expect(seen).toContain('Root words.');
  expect(last?.instructions).toContain('Package words.');
});
