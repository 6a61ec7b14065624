import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isAlive, toyProject, type ToyProject } from './__fixtures__/toy-project.ts';

const signal = new AbortController().signal;
const file = 'a.toy';

function started(toy: ToyProject): number[] {
  return toy.heard().flatMap(({ started: pid }) => pid ?? []);
}

function ask(toy: ToyProject, options: { signal?: AbortSignal; timeoutMs?: number } = {}) {
  return toy.servers.diagnose([toy.at(file)], { signal, ...options });
}

const faults: [string, RegExp][] = [
  ['crash', /exit code 3; it said: out of words/],
  ['garbage', /it sent no header but "Welcome to the fake server!/],
  ['no-json', /it sent a message that is no JSON: "not: json"/],
  ['huge', /it announced a message of 99999999999 bytes/],
  ['endless-header', /it sent no header but "X-Header-0/],
  ['half', /within 3000 ms|exit code/],
  ['silence', /did not answer textDocument\/diagnostic within 3000 ms/],
  ['hang', /did not answer textDocument\/diagnostic within 3000 ms/],
];

/** Only a clock can tell of these. */
const timed: ReadonlySet<string> = new Set(['half', 'silence', 'hang']);

test.each(faults)(
  'a server whose fault is %s fails the question, is ended, and another comes',
  async (fault, words) => {
    const args = ['--at', 'textDocument/diagnostic', '--fault', fault, '--once', 'NOTES/once', '--child'];
    await using toy = toyProject({ [file]: 'bad' }, { args, requestTimeoutMs: timed.has(fault) ? 3_000 : 30_000 });
    await expect(ask(toy)).rejects.toMatchObject({ code: 'tool_failed', message: expect.stringMatching(words) });
    expect((await ask(toy)).problems).toHaveLength(1);
    const [first] = started(toy);
    await expect.poll(() => isAlive(first!)).toBe(false);
    expect(started(toy)).toHaveLength(2);
  },
);

test.each(['crash', 'garbage', 'silence'])('a server whose fault is %s at the greeting is told of', async (fault) => {
  const args = ['--at', 'initialize', '--fault', fault];
  await using toy = toyProject({ [file]: 'bad' }, { args, requestTimeoutMs: 1_000 });
  await expect(ask(toy)).rejects.toMatchObject({ code: 'tool_failed' });
  await expect.poll(() => started(toy).filter(isAlive)).toEqual([]);
});

test('a server that crashes again and again is not started for ever', async () => {
  await using toy = toyProject({ [file]: 'bad' }, { args: ['--at', 'textDocument/diagnostic', '--fault', 'crash'] });
  for (let time = 0; time < 5; time += 1) await expect(ask(toy)).rejects.toThrow(/out of words/);
  await expect(ask(toy)).rejects.toThrow(/ended 5 times in five minutes.*out of words/);
  expect(started(toy)).toHaveLength(5);
});

test('a server that crashes between two questions is there again for the second', async () => {
  await using toy = toyProject({ [file]: 'bad' });
  await ask(toy);
  process.kill(started(toy)[0]!, 'SIGKILL');
  await expect.poll(() => toy.servers.status()[0]?.running).toEqual([]);
  expect((await ask(toy)).problems).toHaveLength(1);
});

test('a program that is not there is told of', async () => {
  await using toy = toyProject({ [file]: 'bad' }, { env: { PATH: '/nonexistent' } });
  await expect(toy.servers.diagnose([toy.at('a.py')], { signal })).rejects.toThrow(/none of pyright-langserver/);
});

test('an error that a server answers with fails the question alone', async () => {
  await using toy = toyProject({ [file]: 'bad' }, { args: ['--at', 'textDocument/references', '--fault', 'error'] });
  const spot = { path: toy.at(file), place: { line: 0, column: 0 } };
  await expect(toy.servers.references(spot, { signal })).rejects.toThrow('node says: the words are lost');
  expect((await ask(toy)).problems).toHaveLength(1);
  expect(started(toy)).toHaveLength(1);
});

test('a server that wants to be asked again is asked again', async () => {
  await using toy = toyProject({ [file]: 'bad' }, { args: ['--at', 'textDocument/diagnostic', '--fault', 'retry'] });
  expect((await ask(toy)).problems).toHaveLength(1);
});

test.each(['storm', 'nonsense'])('a server that sends a %s is listened to all the same', async (fault) => {
  const args = ['--at', 'textDocument/didOpen', '--fault', fault];
  await using toy = toyProject({ [file]: 'bad' }, { args });
  expect((await ask(toy)).problems).toHaveLength(1);
});

test.each(['nonsense', 'storm'])('a publishing server that sends a %s is listened to all the same', async (fault) => {
  const args = ['--mode', 'versions', '--at', 'textDocument/didOpen', '--fault', fault];
  await using toy = toyProject({ [file]: 'bad' }, { args });
  expect((await ask(toy)).problems).toHaveLength(1);
});

test('what is not said in time is named, and the server goes on', async () => {
  await using toy = toyProject({ [file]: 'bad' }, { args: ['--mode', 'push', '--lag', '1500'] });
  expect(await ask(toy, { timeoutMs: 1_000 })).toMatchObject({ problems: [], unfinished: [file] });
  expect(await ask(toy)).toMatchObject({ problems: [{ line: 1 }], unfinished: [] });
  expect(started(toy)).toHaveLength(1);
});

test('a question that is stopped ends at once, and the server is told', async () => {
  const args = ['--at', 'textDocument/diagnostic', '--fault', 'silence', '--once', 'NOTES/once'];
  await using toy = toyProject({ [file]: 'bad' }, { args });
  const stop = new AbortController();
  const asked = ask(toy, { signal: stop.signal });
  await expect.poll(() => toy.heard().some(({ request }) => request === 'textDocument/diagnostic')).toBe(true);
  stop.abort();
  await expect(asked).rejects.toMatchObject({ code: 'aborted' });
  expect((await ask(toy)).problems).toHaveLength(1);
  await expect.poll(() => JSON.stringify(toy.heard())).toContain('"cancelled":"textDocument/diagnostic"');
  expect(started(toy)).toHaveLength(1);
});

test('questions to one server wait for one another, and who is stopped while waiting waits no longer', async () => {
  const args = ['--at', 'textDocument/references', '--fault', 'silence'];
  await using toy = toyProject({ [file]: 'bad' }, { args, requestTimeoutMs: 5_000 });
  await ask(toy);
  const spot = { path: toy.at(file), place: { line: 0, column: 0 } };
  const hanging = toy.servers.references(spot, { signal }).catch((error: Error) => error.message);
  await expect(ask(toy, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'aborted' });
  expect(await hanging).toMatch(/did not answer/);
});

test('a server that will not go is ended with what it started', async () => {
  const toy = toyProject({ [file]: 'bad' }, { args: ['--at', 'shutdown', '--fault', 'stubborn', '--child'] });
  await ask(toy);
  await toy[Symbol.asyncDispose]();
  expect(started(toy).filter(isAlive)).toEqual([]);
});

describe('a process that asked', () => {
  const program = fileURLToPath(new URL('__fixtures__/asking-process.ts', import.meta.url));
  const fakeServer = fileURLToPath(new URL('__fixtures__/fake-server.ts', import.meta.url));
  const marked = ['--conditions=@capstan/source', fakeServer, '--child'];

  async function start(toy: ToyProject, env: Readonly<Record<string, string>> = {}) {
    const log = toy.at('log');
    const words = ['--conditions=@capstan/source', program, toy.servers.root, toy.at(file), ...marked, '--log', log];
    const child = spawn(process.execPath, words, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(String(said)).toBe('found 1\n');
    const { started: pid } = JSON.parse(readFileSync(log, 'utf8').split('\n')[0]!) as { started: number };
    return { child, pid };
  }

  test('ends without closing anything, and leaves nothing', async () => {
    await using toy = toyProject({ [file]: 'bad' });
    const { child, pid } = await start(toy);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    await expect.poll(() => membersOf(pid)).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('is ended by %s, and leaves nothing', async (name) => {
    await using toy = toyProject({ [file]: 'bad' });
    const { child, pid } = await start(toy, { STAY: '1' });
    expect(membersOf(pid)).toHaveLength(2);
    child.kill(name);
    const [, by] = await once(child, 'exit');
    expect(by).toBe(name);
    await expect.poll(() => membersOf(pid)).toEqual([]);
  });

  test.each([
    ['slowly', 7, null],
    ['politely', null, 'SIGTERM'],
  ])('that ends %s when it is told to is let do so', async (how, code, by) => {
    await using toy = toyProject({ [file]: 'bad' });
    const { child, pid } = await start(toy, { STAY: how });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([code, by]);
    if (how === 'slowly') await expect.poll(() => membersOf(pid)).toEqual([]);
    // Its server ends by itself when nobody speaks to it; what that started is of no use to anybody.
    for (const left of membersOf(pid)) process.kill(left, 'SIGKILL');
  });
});

/** Living processes of a server's group. */
function membersOf(group: number): number[] {
  return processes()
    .filter(({ group: own }) => own === group)
    .map(({ pid }) => pid);
}

function processes(): { readonly pid: number; readonly group: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const [state = '', , group = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' || state === 'X' ? [] : [{ pid: Number(name), group: Number(group) }];
      } catch {
        return [];
      }
    });
}
