import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CapstanError } from '@capstan/sdk/contract';

/** A lock older than this was left by a process that died. */
const staleMs = 10_000;
const retryMs = 20;

/** Runs `work` while no other process holds the lock of `path`. @throws {CapstanError} `conflict` after ten seconds. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (let waited = 0; !(await take(lock)); waited += retryMs) {
    if (waited >= staleMs)
      throw new CapstanError('conflict', `Another process is writing ${path}. Try again.`, { where: path });
    await wait(retryMs);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > staleMs) await rm(lock, { force: true });
    return false;
  }
}
