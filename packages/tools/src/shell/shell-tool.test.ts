import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Tool, ToolContext } from '@capstan/sdk/contract';
import { shellTool, type ShellOptions } from './shell-tool.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-shell-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function makeTool(options?: ShellOptions): Tool {
  return shellTool({ root, resolve: (path) => resolve(root, path) }, options);
}

interface Call {
  readonly signal?: AbortSignal;
  readonly progress?: (text: string) => void;
  readonly options?: ShellOptions;
}

async function run(command: string, input: object = {}, { signal, progress, options }: Call = {}): Promise<string> {
  const context = {
    signal: signal ?? new AbortController().signal,
    callId: 'call',
    runId: 'run',
    sessionId: 'session',
    progress: progress ?? (() => {}),
    patched: () => {},
  } as unknown as ToolContext;
  return String(await makeTool(options).execute({ command, ...input }, context));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a command', () => {
  test('gives its output in the order it was written, and its exit code', async () => {
    const result = await run('echo one; echo two >&2; echo three; echo four > /dev/stderr; exit 3');
    expect(result).toBe('one\ntwo\nthree\nfour\n[exit code 3]');
  });

  test('says so when there is no output', async () => {
    expect(await run('true')).toBe('(no output)\n[exit code 0]');
  });

  test('finds standard input closed and no terminal to ask on', async () => {
    expect(await run('read answer; echo $?; (: < /dev/tty) 2>/dev/null || echo none')).toBe('1\nnone\n[exit code 0]');
  });

  test('names the signal that killed it', async () => {
    expect(await run('kill -SEGV $$')).toContain('[killed by SIGSEGV]');
  });

  test('runs in the folder it is given', async () => {
    expect(await run('mkdir -p sub; cd sub; pwd')).toContain(`${root}/sub\n`);
    expect(await run('pwd', { cwd: 'sub' })).toContain(`${root}/sub\n`);
  });

  test('fails kindly in a folder that is missing', async () => {
    await expect(run('pwd', { cwd: 'nowhere' })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('sees no keys of the environment', async () => {
    const env = {
      PATH: process.env.PATH,
      OPENAI_API_KEY: 'a',
      GH_TOKEN: 'b',
      OTHER: 'sk-ant-abcdefghijkl',
      PLAIN: 'kept',
    };
    const result = await run('env', {}, { options: { env } });
    expect(result).toContain('PLAIN=kept');
    expect(result).not.toMatch(/OPENAI|GH_TOKEN|sk-ant/);
  });

  test('is refused kindly when it is longer than the system takes', async () => {
    await expect(run(`: ${'x'.repeat(140_000)}`)).rejects.toThrow('Write it to a file');
    expect(await run(`echo ${'x'.repeat(20_000)} | wc -c`)).toContain('20001');
  });

  test('declares the folder and the command as its effect', async () => {
    const effects = await makeTool().effects?.({ command: 'ls', cwd: 'sub' }, { signal: new AbortController().signal });
    expect(effects).toEqual([{ kind: 'run', command: 'ls', cwd: join(root, 'sub') }]);
  });
});

describe('the end of a call', () => {
  test('comes at the time limit, and takes children in other sessions along', async () => {
    const command = 'setsid sleep 300 & echo $!; (setsid bash -c "sleep 301 & echo \\$!; wait" &); sleep 302';
    const error = await run(command, { timeoutMs: 400 }).catch((thrown: Error) => thrown.message);
    const pids = String(error).match(/^\d+$/gm)?.map(Number) ?? [];
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(error).toContain('ran for 400 ms');
  });

  test('comes at once when the signal aborts, also for a command that ignores SIGTERM', async () => {
    const stop = new AbortController();
    const ended = run(
      'trap "" TERM; echo $$; while :; do sleep 1; done',
      {},
      { signal: stop.signal, progress: () => stop.abort() },
    );
    const error = await ended.catch((thrown: Error & { code?: string }) => thrown);
    expect(error).toMatchObject({ code: 'aborted' });
    expect(isAlive(Number(/^\d+/.exec((error as Error).message)?.[0]))).toBe(false);
  });

  test('does not wait for a background child that holds the output, and stops it', async () => {
    const result = await run('sleep 300 & echo $!');
    expect(isAlive(Number.parseInt(result, 10))).toBe(false);
    expect(result).toContain('still running when the command ended, so stopped: sleep');
  });
});

describe('output', () => {
  test('reaches the reader while the command runs', async () => {
    const seen: string[] = [];
    await run('echo first; sleep 0.3; echo second', {}, { progress: (text) => seen.push(text) });
    expect(seen).toEqual(['first\n', 'second\n']);
  });

  test('keeps head and tail when long, and the whole of it in a file', async () => {
    const result = await run('seq 1 20000', {}, { options: { maxOutputChars: 3_000 } });
    expect(result.length).toBeLessThan(3_400);
    expect(result.startsWith('1\n2\n')).toBe(true);
    expect(result).toContain('\n20000\n[exit code 0]');
    const [, path, offset] = /in (\.capstan\/outputs\/\w+\.txt): read it with offset (\d+)/.exec(result) ?? [];
    const lines = readFileSync(join(root, path!), 'utf8').split('\n');
    expect(lines).toHaveLength(20_001);
    expect(result).not.toContain(`\n${lines[Number(offset) - 1]}\n`);
  });

  test('is not kept through a link that a repository put in place of .capstan', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'capstan-elsewhere-'));
    symlinkSync(elsewhere, join(root, '.capstan'));
    const result = await run('seq 1 20000', {}, { options: { maxOutputChars: 3_000 } });
    expect(result).toContain('It could not be kept');
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(elsewhere, { recursive: true });
  });

  test('that is no text is not shown, names parted by NUL are', async () => {
    const program = await run(
      `head -c 20000 ${process.execPath} | tail -c 10000; gzip -c ${process.execPath} | head -c 100000`,
    );
    expect(program).toMatch(/^\(\d+ bytes that are no text, not shown\)\n\[exit code/);
    expect(await run(`for i in $(seq 200); do printf 'a%s\\0' $i; done`)).toContain('a1a2a3');
  });

  test('of progress bars shows the last state, without colours', async () => {
    expect(await run(String.raw`printf '10%%\r50%%\r100%%\n\033[31mred\033[0m\n'`)).toBe('100%\nred\n[exit code 0]');
  });
});
