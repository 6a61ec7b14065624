import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.mjs';
import { commandEnv } from './npm.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-boot-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quiet = () => {};

test('of two at once, one waits for the other', async () => {
  const lock = join(folder, 'lock');
  const steps = [];
  const work = (name) => async () => {
    steps.push(`${name} in`);
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(`${name} out`);
  };
  await Promise.all([withLock(lock, work('a'), quiet), withLock(lock, work('b'), quiet)]);
  expect(steps).toEqual(['a in', 'a out', 'b in', 'b out']);
  expect(existsSync(lock)).toBe(false);
});

test('the lock of a dead process is taken over', async () => {
  const lock = join(folder, 'lock');
  mkdirSync(lock);
  writeFileSync(join(lock, 'pid'), String(await deadPid()));
  expect(await withLock(lock, async () => 'done', quiet)).toBe('done');
});

test('a lock whose child still works is waited for', async () => {
  const lock = join(folder, 'lock');
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  mkdirSync(lock);
  writeFileSync(join(lock, 'pid'), String(await deadPid()));
  writeFileSync(join(lock, 'child'), String(child.pid));
  const waited = [];
  const done = withLock(
    lock,
    async () => waited.push('worked'),
    (text) => {
      waited.push(text);
      child.stdin.end();
    },
  );
  await done;
  expect(waited).toEqual(['another process is installing; waiting for it …', 'worked']);
});

test('a failure releases the lock', async () => {
  const lock = join(folder, 'lock');
  await expect(withLock(lock, () => Promise.reject(new Error('no')), quiet)).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});

test('nested tools see none of what npm run adds, but the way to the network', () => {
  const env = {
    PATH: '/bin',
    INIT_CWD: '/here',
    npm_command: 'run',
    npm_config_prefix: '/usr',
    npm_config_registry: 'https://npm.example',
    npm_config_https_proxy: 'http://proxy.example',
    HTTPS_PROXY: 'http://proxy.example',
  };
  const { npm_command: _, npm_config_prefix: __, ...kept } = env;
  expect(commandEnv(env)).toEqual(kept);
});

function deadPid() {
  const child = spawn(process.execPath, ['-e', '']);
  return new Promise((resolve) => child.on('close', () => resolve(child.pid)));
}
