import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Tool, ToolContext } from '@capstan/sdk/contract';
import { shellTools } from './shell-tool.ts';

let root: string;
let tools: Tool[];
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-session-')));
  tools = shellTools({ root, resolve: (path) => resolve(root, path) });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function contextOf(signal: AbortSignal, sessionId: string): ToolContext {
  return {
    signal,
    callId: 'c',
    runId: 'r',
    sessionId,
    progress: () => {},
    patched: () => {},
  } as unknown as ToolContext;
}

async function call(name: string, input: object, sessionId = 'one'): Promise<string> {
  const tool = tools.find((candidate) => candidate.name === name)!;
  const signal = new AbortController().signal;
  await tool.effects?.(input, { signal, sessionId });
  return String(await tool.execute(input, contextOf(signal, sessionId)));
}

test('a session stays in the folder where its last command ended, another does not', async () => {
  expect(await call('shell', { command: 'mkdir -p a/b; cd a/b' })).toContain('the next command starts in a/b');
  expect(await call('shell', { command: 'pwd' })).toContain(`${root}/a/b\n`);
  expect(await call('shell', { command: 'pwd' }, 'two')).toContain(`${root}\n`);
  expect(await call('shell', { command: 'pwd', cwd: 'a' })).toContain(`${root}/a\n`);
});

test('a session that leaves the work tree is brought back', async () => {
  expect(await call('shell', { command: 'cd /' })).toContain('outside of the work tree');
  expect(await call('shell', { command: 'pwd' })).toContain(`${root}\n`);
});

test('a session whose folder is gone is back in the root', async () => {
  await call('shell', { command: 'mkdir gone; cd gone' });
  await call('shell', { command: 'rmdir ../gone' });
  expect(await call('shell', { command: 'pwd' })).toContain(`${root}\n`);
});

test('the folder of the session is the declared one', async () => {
  await call('shell', { command: 'mkdir d; cd d; exit 3' });
  const effects = await tools[0]!.effects?.(
    { command: 'ls' },
    { signal: new AbortController().signal, sessionId: 'one' },
  );
  expect(effects).toEqual([{ kind: 'run', command: 'ls', cwd: join(root, 'd') }]);
});

test('a call runs where it was judged, whatever ran in between', async () => {
  const shell = tools[0]!;
  const input = { command: 'pwd' };
  const signal = new AbortController().signal;
  await shell.effects?.(input, { signal, sessionId: 'one' });
  await call('shell', { command: 'mkdir d; cd d' });
  expect(await shell.execute(input, contextOf(signal, 'one'))).toContain(`${root}\n`);
});

test('a background command is read bit by bit and stopped', async () => {
  const started = await call('shell', {
    command: 'echo ready; while [ ! -e go ]; do sleep 0.05; done; echo went; sleep 300',
    background: true,
  });
  expect(started).toContain('ready\n[job-1: running]');
  await call('shell', { command: 'touch go' });
  expect(await call('shell_output', { id: 'job-1', waitMs: 5_000 })).toBe('went\n[job-1: running]');
  expect(await call('shell_output', {})).toContain('job-1: running');
  expect(await call('shell_output', {}, 'two')).toBe('No background commands.');
  expect(await call('shell_stop', { id: 'job-1' })).toContain('[job-1: killed by SIGTERM');
});

test('a background command that fails at once says so in the same call', async () => {
  expect(await call('shell', { command: 'echo no; exit 2', background: true })).toMatch(
    /no\n\[job-1: (running|exit code 2)\]/,
  );
  expect(await call('shell_output', { id: 'job-1', waitMs: 5_000 })).toContain('[job-1: exit code 2]');
});

test('a background command nobody started is not found', async () => {
  await expect(call('shell_output', { id: 'job-9' })).rejects.toMatchObject({ code: 'not_found' });
});
