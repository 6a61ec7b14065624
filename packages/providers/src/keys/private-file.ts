import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';

/** A file that only its owner may read, as it was found. */
export interface PrivateText {
  readonly text: string;
  /** Changes whenever the file does. */
  readonly stamp: string;
}

const posix = process.platform !== 'win32';
const others = 0o077;

/**
 * Reads a file that must be private. One that others may read is made private first.
 *
 * @returns `undefined` when there is none.
 * @throws {CapstanError} `invalid_config` for a link, for what belongs to another user, or when it cannot be made private.
 */
export async function readPrivate(path: string): Promise<PrivateText | undefined> {
  const found = await stampOf(path);
  if (!found) return undefined;
  // Not following links here as well: the file may have been changed since.
  const file = await open(path, constants.O_RDONLY | (posix ? constants.O_NOFOLLOW : 0));
  try {
    return { text: await file.readFile('utf8'), stamp: found };
  } finally {
    await file.close();
  }
}

/** Checks a private file and tells its stamp, without reading it. Throws as `readPrivate` does. */
export async function stampOf(path: string): Promise<string | undefined> {
  const found = await lstat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return undefined;
  if (!found.isFile()) throw unsafe(path, 'is no plain file');
  if (posix) {
    if (process.getuid && found.uid !== BigInt(process.getuid())) throw unsafe(path, 'belongs to another user');
    if (Number(found.mode) & others) {
      await chmod(path, 0o600).catch(() => {
        throw unsafe(path, 'can be read by others and could not be made private');
      });
    }
  }
  return `${found.ino}:${found.size}:${found.mtimeNs}`;
}

/** Writes a private file whole, or not at all; its folder is made private when it is made. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  try {
    const file = await open(fresh, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

function unsafe(path: string, why: string): CapstanError {
  return new CapstanError(
    'invalid_config',
    `${path} ${why}, so no keys are read from it. Move it away and store the keys again.`,
    { where: path },
  );
}
