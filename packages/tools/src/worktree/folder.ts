import { constants, existsSync } from 'node:fs';
import { lstat, open, readlink, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { FileState } from './file-state.ts';
import { hasCode, isMissing, outside } from './locate.ts';

/** A folder held open, so that a link swapped into its path afterwards changes nothing. */
export interface Folder {
  readonly absolute: string;
  /** A path to one of its entries that goes through the open folder where the system allows. */
  at(name: string): string;
  /** Makes renames and new entries survive a power loss. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

const { O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;

let descriptors: string | undefined | false = false;

/** The folder through which Linux reaches what a descriptor holds; undefined elsewhere. */
function descriptorFolder(): string | undefined {
  if (descriptors === false) descriptors = existsSync('/proc/self/fd') ? '/proc/self/fd' : undefined;
  return descriptors;
}

/**
 * Opens a folder whose real path must be exactly the one given.
 *
 * On Linux every later access goes through the descriptor; elsewhere the real path is checked at each use.
 *
 * @throws {CapstanError} `path_outside` if a link took the place of a component since the path was resolved.
 */
export async function openFolder(absolute: string): Promise<Folder> {
  if (process.platform === 'win32') return checkedFolder(absolute);
  const handle = await open(absolute, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch((error: unknown) => {
    throw hasCode(error, 'ELOOP') || hasCode(error, 'ENOTDIR') ? swapped(absolute) : error;
  });
  try {
    return await heldFolder(absolute, handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function heldFolder(absolute: string, handle: FileHandle): Promise<Folder> {
  const base = descriptorFolder();
  const real = base ? await readlink(`${base}/${handle.fd}`) : await realpath(absolute);
  if (real !== absolute) throw swapped(absolute);
  const prefix = base ? `${base}/${handle.fd}` : absolute;
  return {
    absolute,
    at: (name) => `${prefix}/${name}`,
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

async function checkedFolder(absolute: string): Promise<Folder> {
  if ((await realpath(absolute)) !== absolute) throw swapped(absolute);
  return { absolute, at: (name) => join(absolute, name), sync: async () => {}, close: async () => {} };
}

function swapped(path: string): CapstanError {
  return outside(path, 'changed into another place while it was used');
}

/**
 * Reads what an entry of an open folder is, without following a link.
 *
 * @returns `undefined` when nothing is there.
 * @throws {CapstanError} `tool_failed` for folders, pipes, sockets and devices.
 */
export async function readState(folder: Folder, name: string): Promise<FileState | undefined> {
  const path = folder.at(name);
  const stats = await lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!stats) return undefined;
  const { uid, gid } = stats;
  if (stats.isSymbolicLink()) {
    return { kind: 'link', bytes: await readlink(path, 'buffer'), mode: 0o777, uid, gid };
  }
  if (!stats.isFile()) throw notAFile(join(folder.absolute, name), stats.isDirectory());
  return readFileState(folder, name);
}

async function readFileState(folder: Folder, name: string): Promise<FileState> {
  const where = join(folder.absolute, name);
  const handle = await open(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    throw hasCode(error, 'ELOOP') ? swapped(where) : error;
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw notAFile(where, stats.isDirectory());
    const bytes = await handle.readFile();
    return { kind: 'file', bytes, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
  } finally {
    await handle.close();
  }
}

function notAFile(path: string, directory: boolean): CapstanError {
  const what = directory ? 'a folder' : 'not a regular file';
  return new CapstanError('tool_failed', `${path} is ${what}. Give the path of a file.`, { where: path });
}
