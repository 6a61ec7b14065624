import { autoEdit, decide } from '@capstan/policy';
import type { Effect } from '@capstan/policy';
import { createAgent } from '@capstan/sdk';
import { defineTool } from '@capstan/sdk/contract';
import type { Tool } from '@capstan/sdk/contract';
import { scriptedModel, toolSuite } from '@capstan/sdk/testing';
import { expect, test } from 'vitest';
import { mcpTools } from './find-tools.ts';

function made(name: string, description: string, effects: readonly Effect[] = []): Tool {
  return defineTool({
    name,
    description,
    input: { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] },
    effects,
    execute: ({ title }) => `${name}: ${String(title)}`,
  }) as Tool;
}

const many = [
  ...Array.from({ length: 60 }, (_, i) => made(`git__list_thing_${i}`, 'Lists things of a repository.')),
  made('git__createIssue', 'Opens a ticket.', [{ kind: 'unknown', note: 'whatever' }]),
  made('mail__send', 'Sends a letter to a person.'),
];

test('few tools are given as they are, many as two that find and call them', async () => {
  expect(mcpTools([{ name: 'a', tools: many.slice(0, 30) }])).toHaveLength(30);
  const two = mcpTools([{ name: 'git', tools: many }]);
  expect(two.map(({ name }) => name)).toEqual(['mcp_search_tools', 'mcp_call_tool']);
  expect(JSON.stringify(two).length).toBeLessThan(2_000);
});

test('a model searches, calls what it found, and the list of tools it is given never changes', async () => {
  const tools = [...many];
  const server = { name: 'git', tools };
  const model = scriptedModel([
    { calls: [{ tool: 'mcp_search_tools', input: { query: 'create an issue' } }] },
    { calls: [{ tool: 'mcp_call_tool', input: { tool: 'git__createIssue', input: { title: 'Broken' } } }] },
    { calls: [{ tool: 'mcp_call_tool', input: { tool: 'late__found', input: { title: 'x' } } }] },
    { text: 'done' },
  ]);
  const agent = createAgent({ model, tools: mcpTools([server]), policy: autoEdit({ root: '/nowhere' }) });
  const run = agent.run('go', { approvals: 'wait' });
  const asked: string[] = [];
  run.on('approval.requested', ({ callId, preview }) => {
    asked.push(JSON.stringify(preview));
    tools.push(made('late__found', 'Came later.'));
    run.approve(callId, { by: 'ann' });
  });
  const results: string[] = [];
  run.on(
    'message.added',
    ({ message }) => void (message.role === 'tool' && results.push(JSON.stringify(message.parts))),
  );
  await run.result;
  expect(results[0]).toMatch(/git__createIssue[\s\S]*title/);
  expect(results[1]).toContain('git__createIssue: Broken');
  expect(results[2]).toContain('late__found: x');
  expect(asked[0]).toContain('Broken');
  const prefixes = new Set(model.requests.map((request) => JSON.stringify(request.tools)));
  expect(prefixes.size).toBe(1);
});

test('a call through the two is judged by the effects of the tool it calls', async () => {
  const [, call] = mcpTools([{ name: 'git', tools: many }]);
  const verdict = async (tool: string) => {
    const { signal } = new AbortController();
    const effects = await call!.effects!({ tool, input: { title: 'x' } }, { signal });
    return decide(autoEdit({ root: '/nowhere' }), { effects }).verdict;
  };
  expect(await verdict('git__createIssue')).toBe('ask');
  expect(await verdict('mail__send')).toBe('allow');
});

test('what does not fit, or is not there, comes back with what would', async () => {
  const [search, call] = mcpTools([{ name: 'git', tools: many }]);
  const { signal } = new AbortController();
  const context = { signal, callId: 'c', runId: 'r', sessionId: 's', progress: () => {}, patched: () => {} };
  const go = async (tool: Tool | undefined, input: unknown) => tool?.execute(input, context);
  await expect(go(call, { tool: 'mail__send', input: { title: 7 } })).rejects.toThrow(/does not fit[\s\S]*"title"/);
  await expect(go(call, { tool: 'nope' })).rejects.toThrow('mcp_search_tools');
  expect(await go(search, { query: 'sending letters' })).toMatch(/^mail__send/);
  expect(await go(search, { query: 'zebra' })).toContain('No tool fits');
});

for (const tool of mcpTools([{ name: 'git', tools: many }])) {
  const isSearch = tool.name === 'mcp_search_tools';
  const good = isSearch ? { query: 'issue' } : { tool: 'mail__send', input: { title: 'x' } };
  const bad = isSearch ? [{}, { query: '' }] : [{}, { tool: 7 }, { tool: 'x', input: 'y' }];
  const open = async () => ({ tool, close: async () => {} });
  for (const { name, run } of toolSuite({ open, good, bad })) test(`${tool.name} ${name}`, run);
}
