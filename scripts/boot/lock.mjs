import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process does; the lock of a process that died is taken over. `work` gets a function that
 * names a child, which must have ended too before that.
 */
export async function withLock(folder, work, say) {
  mkdirSync(dirname(folder), { recursive: true });
  let told = false;
  while (!take(folder)) {
    if (isStale(folder)) {
      rmSync(folder, { recursive: true, force: true });
      continue;
    }
    if (!told) say('another process is installing; waiting for it …');
    told = true;
    await sleep(200);
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work((pid) => writeFileSync(join(folder, 'child'), String(pid)));
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(folder, 'pid'), String(process.pid));
  return true;
}

function isStale(folder) {
  try {
    const pids = readdirSync(folder).map((name) => Number(readFileSync(join(folder, name), 'utf8')));
    if (pids.length > 0) return !pids.some(isAlive);
  } catch {
    // Released or written at this moment; the next look tells.
  }
  // No pid yet: its owner is between the two steps of taking, unless it died there.
  const made = statSync(folder, { throwIfNoEntry: false });
  return made !== undefined && Date.now() - made.mtimeMs > 5_000;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
