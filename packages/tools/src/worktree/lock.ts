import type * as Sqlite from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import { CapstanError } from '@capstan/sdk/contract';

/** The one lock of a work tree. */
export interface TreeLock {
  /**
   * Runs `action` while no other holder, of this process or another, runs its own.
   *
   * @throws {CapstanError} `aborted` when the signal fires while waiting, `conflict` after `waitMs`.
   */
  hold<T>(action: () => Promise<T>, options?: { readonly signal?: AbortSignal | undefined }): Promise<T>;
  close(): void;
}

/**
 * Makes the lock kept in a file.
 *
 * It is an SQLite write lock: the kernel frees it when its process dies, however that dies, so none is ever stale.
 *
 * @param waitMs Longest wait for another process. Default 30,000.
 */
export function treeLock(file: string, waitMs = 30_000): TreeLock {
  let database: DatabaseSync | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function locked<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    database ??= openDatabase(file);
    await acquire(database, waitMs, signal);
    try {
      return await action();
    } finally {
      database.exec('COMMIT');
    }
  }

  return {
    hold(action, { signal } = {}) {
      const turn = last.then(() => locked(action, signal));
      last = turn.catch(() => {});
      return turn;
    },
    close() {
      database?.close();
      database = undefined;
    },
  };
}

function openDatabase(file: string): DatabaseSync {
  const database = new (sqlite().DatabaseSync)(file);
  // Waiting is ours: SQLite would sleep and hold up everything else.
  database.exec('PRAGMA busy_timeout = 0');
  return database;
}

/** Loads SQLite without the warning that Node 22 prints for it. */
function sqlite(): typeof Sqlite {
  const warn = process.emitWarning;
  process.emitWarning = () => {};
  try {
    const module = process.getBuiltinModule('node:sqlite');
    if (module) return module;
  } finally {
    process.emitWarning = warn;
  }
  throw new CapstanError('invalid_config', 'This Node has no node:sqlite. Use Node 22.19 or later.');
}

async function acquire(database: DatabaseSync, waitMs: number, signal?: AbortSignal): Promise<void> {
  let pauseMs = 1;
  for (let waited = 0; ; waited += pauseMs, pauseMs = Math.min(pauseMs * 2, 50)) {
    if (tryAcquire(database)) return;
    if (waited >= waitMs) throw busy(database);
    await pause(pauseMs, signal);
  }
}

function tryAcquire(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 6)) return false;
    throw error;
  }
}

function busy(database: DatabaseSync): CapstanError {
  const where = database.location() ?? 'the lock';
  return new CapstanError('conflict', `Another process keeps ${where}. Try again when it has finished.`, {
    retryable: true,
    where,
  });
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new CapstanError('aborted', 'Stopped while waiting for the lock of the work tree.'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
