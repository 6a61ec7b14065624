import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { openCage } from './cage.ts';
import { runProcess } from './run-process.ts';
import type { ProcessLimits } from './process-options.ts';
import { startProcess } from './spawn.ts';

const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
const caged = ((): boolean => {
  const cage = openCage('test', { processes: 10, memoryBytes: 1 << 27 });
  cage?.remove();
  return cage?.enforces.size === 2;
})();

function bash(command: string, limits: ProcessLimits = {}) {
  return runProcess({ argv: ['bash', '-c', command], cwd: '/', env, limits: { timeoutMs: 15_000, ...limits } });
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

test('both outputs come apart', async () => {
  expect(await bash('echo out; echo err >&2; exit 4')).toMatchObject({
    stdout: 'out\n',
    stderr: 'err\n',
    exitCode: 4,
    reason: 'exited',
  });
});

test('standard input is what is given', async () => {
  const result = await runProcess({ argv: ['cat'], cwd: '/', env, input: 'word' });
  expect(result.stdout).toBe('word');
});

test('a program that is missing is said to be, by name', async () => {
  await expect(runProcess({ argv: ['no-such-program'], cwd: '/', env })).rejects.toMatchObject({
    code: 'not_found',
    details: { where: 'no-such-program' },
  });
});

test('a signal that has aborted starts nothing', async () => {
  await expect(runProcess({ argv: ['true'], cwd: '/', env, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  });
});

describe('limits', () => {
  test('silence for too long ends a job, output does not', async () => {
    expect(await bash('sleep 20', { idleMs: 200 })).toMatchObject({ reason: 'idle' });
    expect(await bash('for i in 1 2 3 4; do sleep 0.1; echo $i; done', { idleMs: 2_000 })).toMatchObject({
      reason: 'exited',
      exitCode: 0,
    });
  });

  test('too much processor time ends a job', async () => {
    expect(await bash('while :; do :; done', { cpuSeconds: 1 })).toMatchObject({ reason: 'cpu' });
  });

  test.skipIf(!caged)('too much memory ends a job', async () => {
    const line = `${process.execPath} -e "const a=[];for(;;)a.push(Buffer.alloc(1<<20,1))"`;
    expect(await bash(line, { memoryBytes: 200 << 20 })).toMatchObject({ reason: 'memory' });
  });

  test.skipIf(!caged)('a fork storm meets the limit and leaves nothing', async () => {
    const end = await bash('f() { f | f & }; f; sleep 0.4', { processes: 100 });
    expect(end.forksRefused).toBe(true);
    const pids = end.leftovers.map((name) => Number(/\((\d+)\)$/.exec(name)?.[1]));
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('a daemon', () => {
  test.skipIf(!caged)('that left parent, group, session and environment is found at once', async () => {
    const daemon = '(env -i setsid bash -c "sleep 300 & echo \\$! > $f" &)';
    const line = `f=$(mktemp); ${daemon}; until [ -s "$f" ]; do sleep 0.02; done; cat "$f"; rm "$f"`;
    const { stdout, leftovers } = await bash(line, { processes: 500 });
    const pid = Number(stdout);
    expect(leftovers).toContain(`sleep (${pid})`);
    expect(isAlive(pid)).toBe(false);
  });
});

test.skipIf(!caged)('what a killed process left running is ended by the next one', async () => {
  const spawnUrl = new URL('./spawn.ts', import.meta.url).href;
  const options = `{ argv: ['/bin/sleep', '300'], cwd: '/', env: {}, output: 'separate', onOutput() {}, limits: { processes: 9 } }`;
  const script = `const { startProcess } = await import('${spawnUrl}'); console.log((await startProcess(${options})).pid); process.kill(process.pid, 'SIGKILL');`;
  const argv = [process.execPath, '--conditions=@capstan/source', '--input-type=module', '-e', script] as const;
  // Its child is no job of ours: the child has a group and an environment of its own.
  const host = spawn(argv[0], argv.slice(1), { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  host.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  await once(host, 'close');
  const pid = Number(said.join(''));
  expect(isAlive(pid)).toBe(true);
  await bash('true', { processes: 100 });
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
});

test('a gigabyte of output costs little memory', async () => {
  let bytes = 0;
  const before = process.memoryUsage().rss;
  let most = 0;
  const job = await startProcess({
    argv: ['bash', '-c', 'yes | head -c 1000000000'],
    cwd: '/',
    env,
    output: 'merged',
    onOutput: (chunk) => {
      bytes += chunk.length;
      most = Math.max(most, process.memoryUsage.rss());
    },
  });
  expect(await job.ended).toMatchObject({ reason: 'exited', exitCode: 0 });
  expect(bytes).toBe(1_000_000_000);
  expect(most - before).toBeLessThan(150 << 20);
}, 60_000);
