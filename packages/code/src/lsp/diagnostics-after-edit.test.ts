import { createAgent } from '@capstan/sdk';
import type { Hook, Message, RunEvent, Tool } from '@capstan/sdk/contract';
import { scriptedModel } from '@capstan/sdk/testing';
import { fileTools, openWorktree } from '@capstan/tools';
import { expect, test } from 'vitest';
import { toyProject, type ToyOptions, type ToyProject } from './__fixtures__/toy-project.ts';
import { diagnosticsAfterEdit, type DiagnosticsAfterEditOptions } from './diagnostics-after-edit.ts';

interface Call {
  readonly tool: string;
  readonly input: object;
}

const unasked: DiagnosticsAfterEditOptions = { mayStart: () => true, timeoutMs: 10_000 };

/** Lets an agent make calls, one turn each list, and gives what it reads of each call. */
async function runCalls(
  toy: ToyProject,
  turns: readonly (readonly Call[])[],
  { hooks, tools = [] }: { readonly hooks: readonly Hook[]; readonly tools?: readonly Tool[] },
) {
  const worktree = await openWorktree(toy.root);
  const script = turns.map((calls) => ({ calls: calls.map(({ tool, input }) => ({ tool, input: { ...input } })) }));
  const model = scriptedModel([...script, { text: 'done' }]);
  const otherwise = { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' } as const;
  const policy = { name: 'free', roots: [toy.servers.root], rules: [], otherwise };
  const agent = createAgent({ model, tools: [...fileTools(worktree), ...tools], policy, hooks });
  const run = agent.run('go');
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  const { reason, error } = await run.result;
  expect(error).toBeUndefined();
  worktree.close();
  const said = (model.requests.at(-1)?.messages ?? []).filter((message) => message.role === 'tool').map(textOf);
  return { reason, said, events };
}

function textOf(message: Message): string {
  return message.parts.map((part) => ('text' in part ? part.text : '')).join('\n');
}

function edit(path: string, from: string, to: string): Call {
  return { tool: 'edit', input: { path, old: from, new: to } };
}

const modes: readonly ToyOptions[] = ['pull', 'late-pull', 'push', 'versions'].map((mode) => ({
  args: ['--mode', mode],
}));

test.each(modes)('an edit tells what it broke, and nothing else, with $args', async (options) => {
  await using toy = toyProject({ 'a.toy': 'bad old\ngood\n', 'b.toy': 'use a\n' }, options);
  const hooks = [diagnosticsAfterEdit(toy.servers, unasked)];
  const turns = [
    [edit('a.toy', 'good', 'good\nodd bad')],
    [edit('a.toy', 'odd bad', 'well')],
    [edit('b.toy', 'use a', 'use c')],
  ];
  const { said } = await runCalls(toy, turns, { hooks });
  expect(said[0]).toMatch(/^Edited a\.toy/);
  expect(said[0]?.split('\n').slice(1)).toEqual([
    'New problems since this edit:',
    'a.toy:3:5 error a bad word (B1)',
    'a.toy:3:1 warning an odd word (17)',
  ]);
  expect(said[1]).toMatch(/^Edited a\.toy[^\n]*$/);
  expect(said[2]?.split('\n').slice(1)).toEqual(['New problems since this edit:', 'b.toy:1:1 error no c']);
});

test('what an edit breaks elsewhere is told as well', async () => {
  await using toy = toyProject({ 'a.toy': 'word', 'b.toy': 'use a', 'c.toy': 'use a' });
  const dependents = async () => [toy.at('b.toy')];
  const hooks = [diagnosticsAfterEdit(toy.servers, { ...unasked, dependents })];
  const patch = '*** Begin Patch\n*** Delete File: a.toy\n*** End Patch';
  const { said } = await runCalls(toy, [[{ tool: 'apply_patch', input: { patch } }]], { hooks });
  expect(said[0]).toContain('New problems since this edit:\nb.toy:1:1 error no a');
  expect(said[0]).not.toContain('c.toy');
});

test('a new file is judged whole, and a patch of several files at once', async () => {
  await using toy = toyProject({ 'a.toy': 'good' });
  const patch =
    '*** Begin Patch\n*** Add File: n.toy\n+odd\n+use a\n*** Update File: a.toy\n@@\n-good\n+bad\n*** End Patch';
  const { said } = await runCalls(toy, [[{ tool: 'apply_patch', input: { patch } }]], {
    hooks: [diagnosticsAfterEdit(toy.servers, unasked)],
  });
  expect(said[0]).toContain(
    'New problems since this edit:\na.toy:1:1 error a bad word (B1)\nn.toy:1:1 warning an odd word (17)',
  );
});

test('of several edits at once each problem is told once', async () => {
  await using toy = toyProject({ 'a.toy': 'one\ntwo\nthree\n' });
  const { said } = await runCalls(toy, [[edit('a.toy', 'one', 'bad'), edit('a.toy', 'three', 'odd')]], {
    hooks: [diagnosticsAfterEdit(toy.servers, unasked)],
  });
  const told = said.join('\n').match(/(a bad|an odd) word/g);
  expect(told?.toSorted()).toEqual(['a bad word', 'an odd word']);
});

test('what a command changed between two edits is not laid at the door of the second', async () => {
  await using toy = toyProject({ 'a.toy': 'good\n', 'b.toy': 'good\n' });
  const command: Tool = {
    name: 'command',
    description: 'Writes past the work tree.',
    input: { type: 'object' },
    effects: () => [],
    execute() {
      toy.write('a.toy', 'good\nbad\n');
      toy.write('b.toy', 'odd\n');
      return 'ok';
    },
  };
  const turns = [
    [edit('a.toy', 'good', 'well')],
    [{ tool: 'command', input: {} }],
    [{ tool: 'read', input: { path: 'a.toy' } }],
    [edit('a.toy', 'good', 'odd')],
  ];
  const { said } = await runCalls(toy, turns, {
    hooks: [diagnosticsAfterEdit(toy.servers, unasked)],
    tools: [command],
  });
  expect(said[3]).toContain('New problems since this edit:\na.toy:1:1 warning an odd word (17)');
  expect(said[3]).not.toMatch(/a bad word|b\.toy/);
});

test('the start of a server is declared with the edit, once', async () => {
  await using toy = toyProject({ 'a.toy': 'one' });
  const { events } = await runCalls(toy, [[edit('a.toy', 'one', 'two')], [edit('a.toy', 'two', 'one')]], {
    hooks: [diagnosticsAfterEdit(toy.servers, unasked)],
  });
  const effects = events.flatMap((event) =>
    event.type === 'tool.decided' ? [event.effects.map(({ kind }) => kind)] : [],
  );
  expect(effects).toEqual([['write', 'run'], ['write']]);
});

test('no server is started that may not be, and one that a tool started speaks', async () => {
  await using toy = toyProject({ 'a.toy': 'one' });
  const hooks = [diagnosticsAfterEdit(toy.servers, { timeoutMs: 10_000 })];
  const before = await runCalls(toy, [[edit('a.toy', 'one', 'bad')]], { hooks });
  expect(before.said[0]).not.toContain('problems');
  expect(toy.heard()).toEqual([]);
  await toy.servers.diagnose([toy.at('a.toy')], { signal: new AbortController().signal });
  const after = await runCalls(toy, [[edit('a.toy', 'bad', 'odd')]], { hooks });
  expect(after.said[0]).toContain('an odd word');
});

test('once strangers have spoken an edit starts no server, so that it waits for no approval', async () => {
  await using toy = toyProject({ 'a.toy': 'one' });
  const page: Tool = {
    name: 'page',
    description: 'Gives what a stranger wrote.',
    input: { type: 'object' },
    untrusted: true,
    effects: () => [],
    execute: () => 'hello',
  };
  const { said, reason } = await runCalls(toy, [[{ tool: 'page', input: {} }], [edit('a.toy', 'one', 'bad')]], {
    hooks: [diagnosticsAfterEdit(toy.servers, unasked)],
    tools: [page],
  });
  expect(reason).toBe('done');
  expect(said[1]).toMatch(/^Edited a\.toy[^\n]*$/);
  expect(toy.heard()).toEqual([]);
});

test('a failed edit and a file of another language cost nothing', async () => {
  await using toy = toyProject({ 'a.toy': 'one', 'b.txt': 'one' });
  const { said } = await runCalls(toy, [[edit('a.toy', 'missing', 'bad')], [edit('b.txt', 'one', 'bad')]], {
    hooks: [diagnosticsAfterEdit(toy.servers, unasked)],
  });
  expect(said.join('\n')).not.toContain('problems');
  expect(toy.heard()).toEqual([]);
});

test('at most as many problems are told as are asked for', async () => {
  await using toy = toyProject({ 'a.toy': 'one' });
  const { said } = await runCalls(toy, [[edit('a.toy', 'one', 'odd\n'.repeat(30) + 'bad')]], {
    hooks: [diagnosticsAfterEdit(toy.servers, { ...unasked, maxProblems: 2 })],
  });
  expect(said[0]?.split('\n').slice(1)).toEqual([
    'New problems since this edit:',
    'a.toy:31:1 error a bad word (B1)',
    'a.toy:1:1 warning an odd word (17)',
    '… and 29 more; see them with diagnostics.',
  ]);
});

/** Waits until servers have done what was asked of them before. */
function waiting(toy: ToyProject): Tool {
  return {
    name: 'wait',
    description: 'Waits for the language servers.',
    input: { type: 'object' },
    effects: () => [],
    async execute(_, { signal }) {
      await toy.servers.diagnose(['a.toy'], { signal });
      return 'waited';
    },
  };
}

test('an edit does not wait longer than it is told to; what is found later is told later', async () => {
  await using toy = toyProject({ 'a.toy': 'one' }, { args: ['--mode', 'versions', '--lag', '1000'] });
  const hooks = [diagnosticsAfterEdit(toy.servers, { ...unasked, timeoutMs: 300 })];
  const { said, reason } = await runCalls(toy, [[edit('a.toy', 'one', 'bad')], [{ tool: 'wait', input: {} }]], {
    hooks,
    tools: [waiting(toy)],
  });
  expect(said[0]).toMatch(/\[.* was not done within 0\.3 s; what it finds is told with a later result\]$/);
  expect(said[1]).toBe('waited\nNew problems since an earlier edit:\na.toy:1:1 error a bad word (B1)');
  expect(reason).toBe('done');
});

test('an edit that comes before the answer about an earlier one is answered together with it', async () => {
  const lines = 'one\ntwo\nthree\n';
  await using toy = toyProject({ 'a.toy': lines, 'b.toy': lines }, { args: ['--mode', 'versions', '--lag', '700'] });
  const hooks = [diagnosticsAfterEdit(toy.servers, { ...unasked, timeoutMs: 100 })];
  const turns = [
    [edit('a.toy', 'one', 'bad')],
    [edit('b.toy', 'one', 'odd')],
    [edit('a.toy', 'three', 'odd')],
    [edit('a.toy', 'bad', 'good')],
    [{ tool: 'wait', input: {} }],
  ];
  const { said } = await runCalls(toy, turns, { hooks, tools: [waiting(toy)] });
  const told = said
    .join('\n')
    .split('\n')
    .filter((line) => /^[ab]\.toy:/.test(line));
  expect(told).toEqual(['a.toy:3:1 warning an odd word (17)', 'b.toy:1:1 warning an odd word (17)']);
});

test('with the run ends what nobody has waited for', async () => {
  await using toy = toyProject({ 'a.toy': 'one' }, { args: ['--mode', 'push', '--lag', '20000'] });
  const hooks = [diagnosticsAfterEdit(toy.servers, { ...unasked, timeoutMs: 100 })];
  const { reason } = await runCalls(toy, [[edit('a.toy', 'one', 'bad')]], { hooks });
  expect(reason).toBe('done');
  const began = performance.now();
  await toy.servers.diagnose(['a.toy'], { signal: new AbortController().signal, timeoutMs: 1 });
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('a server that crashes fails no edit, and is spoken of once', async () => {
  await using toy = toyProject({ 'a.toy': 'one' }, { args: ['--at', 'textDocument/diagnostic', '--fault', 'crash'] });
  const hooks = [diagnosticsAfterEdit(toy.servers, unasked)];
  const { said, reason } = await runCalls(toy, [[edit('a.toy', 'one', 'bad')], [edit('a.toy', 'bad', 'odd')]], {
    hooks,
  });
  expect(reason).toBe('done');
  expect(said[0]).toMatch(/\[No diagnostics: The language server node has gone: .*out of words/);
  expect(said[1]).toMatch(/^Edited a\.toy[^\n]*$/);
});

test('after an edit the server has what lies on disk', async () => {
  await using toy = toyProject({ 'a.toy': 'one' }, { args: ['--lag', '200', '--mode', 'versions'] });
  const hooks = [diagnosticsAfterEdit(toy.servers, { ...unasked, timeoutMs: 600 })];
  await runCalls(toy, [[edit('a.toy', 'one', 'bad')]], { hooks });
  const { problems } = await toy.servers.diagnose([toy.at('a.toy')], { signal: new AbortController().signal });
  expect(problems).toMatchObject([{ message: 'a bad word' }]);
});
