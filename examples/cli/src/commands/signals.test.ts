import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openaiServer, type LoopbackServer } from '@capstan/providers/testing';
import { hasTerminal, openScreen } from '../testing/screen.ts';
import { cli, scratch, startCli, type CliOptions, type Scratch } from '../testing/scratch.ts';

/** A model that starts a program which goes on for a day, and answers whatever is said to it after that. */
async function sleepyVendor() {
  const seconds = 80_000 + randomInt(9000);
  const server = await openaiServer(({ body }) => {
    const { messages, tools = [] } = body as { messages: { role: string; content?: unknown }[]; tools?: unknown[] };
    const sleeps = JSON.stringify(messages).includes(`sleep ${seconds}`);
    if (tools.length === 0 || sleeps) return { text: 'On we go.' };
    return { calls: [{ tool: 'shell', input: { command: `echo started; sleep ${seconds}` } }] };
  });
  return { server, sleeping: () => spawnSync('pgrep', ['-f', `^sleep ${seconds}`]).status === 0 };
}

function options(repo: Scratch, server: LoopbackServer): CliOptions {
  return { cwd: repo.root, env: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1` } };
}

async function until(done: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!done()) {
    if (performance.now() > end) throw new Error('It never came about.');
    await pause(50);
  }
}

/** What is kept can be read, is unbroken, and can be gone on with; nobody holds the tree. */
async function expectUsable(here: CliOptions): Promise<void> {
  expect((await cli(['sessions', 'show'], here)).stdout).toContain('sleep');
  expect(await cli(['log', 'verify'], here)).toEqual({ code: 0, stdout: expect.any(String), stderr: '' });
  const edit = JSON.stringify({ path: 'after.txt', content: 'x\n' });
  expect(await cli(['tool', 'run', 'write', '--yes', '--input', edit], here)).toMatchObject({ code: 0 });
}

const run = ['run', '--mode', 'full-auto', 'sleep a while'];
const recipe = ['do', 'explain', 'a.txt', '--mode', 'full-auto'];
const wrap = ['wrap', '--auto', '--mode', 'full-auto', '--', 'false'];

test.each([
  ['SIGINT', 130, run],
  ['SIGHUP', 129, run],
  ['SIGTERM', 143, recipe],
  // It gives the exit code of what it wraps.
  ['SIGTERM', 1, wrap],
] as const)(
  '%s ends with %i, no program left behind and a session to go on with: %s',
  { timeout: 60_000 },
  async (signal, code, words) => {
    using repo = scratch({ 'a.txt': 'one\n' });
    const { server, sleeping } = await sleepyVendor();
    await using _ = server;
    const here = options(repo, server);
    const started = startCli(words, here);
    await until(sleeping);
    started.child.kill(signal);
    const { code: left, stdout, stderr } = await started.ended;
    expect(left, stdout + stderr).toBe(code);
    await until(() => !sleeping());
    expect(await cli(['run', '-c', '-q', 'go on'], here)).toMatchObject({ code: 0, stdout: 'On we go.\n' });
    await expectUsable(here);
  },
);

test.each([[run], [wrap]])(
  'a reader that goes away leaves no program behind: %s',
  { timeout: 60_000 },
  async (words) => {
    using repo = scratch({ 'a.txt': 'one\n' });
    const { server, sleeping } = await sleepyVendor();
    await using _ = server;
    const here = options(repo, server);
    const started = startCli(words, here);
    await until(sleeping);
    started.child.stdout?.destroy();
    started.child.stderr?.destroy();
    started.child.kill('SIGTERM');
    await new Promise((ended) => started.child.once('exit', ended));
    await until(() => !sleeping());
    await expectUsable(here);
  },
);

test('an editor that goes away leaves no program behind', { timeout: 60_000 }, async () => {
  using repo = scratch({ 'a.txt': 'one\n' });
  const { server, sleeping } = await sleepyVendor();
  await using _ = server;
  const here = options(repo, server);
  const started = startCli(['acp', '--mode', 'full-auto'], { ...here, input: 'open' });
  const send = (id: number, method: string, params: object) =>
    started.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  send(1, 'initialize', { protocolVersion: 1, clientCapabilities: {} });
  await started.printed('"id":1');
  send(2, 'session/new', { cwd: repo.root, mcpServers: [] });
  await started.printed('sessionId');
  const sessionId = /"sessionId":"([^"]+)"/.exec(started.said.stdout)?.[1];
  send(3, 'session/prompt', { sessionId, prompt: [{ type: 'text', text: 'sleep a while' }] });
  await until(sleeping);
  started.child.stdin?.end();
  expect((await started.ended).code).toBe(0);
  await until(() => !sleeping());
  await expectUsable(here);
});

describe.skipIf(!hasTerminal)('the terminal UI', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s gives the terminal back, and leaves no program behind', { timeout: 60_000 }, async (signal, code) => {
    using repo = scratch({ 'a.txt': 'one\n' });
    const { server, sleeping } = await sleepyVendor();
    await using _ = server;
    const { env = {} } = options(repo, server);
    using screen = openScreen(['--mode', 'full-auto', 'sleep a while'], { cwd: repo.root, env });
    await until(sleeping);
    screen.signal(signal);
    await screen.shows(`left with ${code}`);
    await until(() => !sleeping());
    // Echo is on again, and lines are whole lines.
    screen.type('typed after');
    screen.press('Enter');
    await screen.shows(/typed after\ntyped after/);
    await expectUsable({
      cwd: repo.root,
      env: { ...env, CAPSTAN_CONFIG_HOME: join(repo.root, '.capstan', 'test-home') },
    });
  });

  test('Ctrl-C stops a program, and twice leaves; the session goes on later', { timeout: 60_000 }, async () => {
    using repo = scratch({ 'a.txt': 'one\n' });
    const { server, sleeping } = await sleepyVendor();
    await using _ = server;
    const { env = {} } = options(repo, server);
    using screen = openScreen(['--mode', 'full-auto', 'sleep a while'], { cwd: repo.root, env });
    await until(sleeping);
    screen.press('C-c');
    await screen.shows('Stopped. What was done so far is kept');
    await until(() => !sleeping());
    screen.press('C-c', 'C-c');
    await screen.shows('left with 0');
    using again = openScreen(['-c'], { cwd: repo.root, env });
    await again.shows('sleep a while');
    again.type('go on');
    again.press('Enter');
    await again.shows('On we go.');
  });

  test('a terminal that is closed ends it, and its programs', { timeout: 60_000 }, async () => {
    using repo = scratch({ 'a.txt': 'one\n' });
    const { server, sleeping } = await sleepyVendor();
    await using _ = server;
    const { env = {} } = options(repo, server);
    {
      using _screen = openScreen(['--mode', 'full-auto', 'sleep a while'], { cwd: repo.root, env });
      await until(sleeping);
    }
    await until(() => !sleeping());
    writeFileSync(join(repo.root, 'b.txt'), 'x');
    await expectUsable({ cwd: repo.root, env });
  });
});
