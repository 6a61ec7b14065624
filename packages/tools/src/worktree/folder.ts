import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CapstanError } from '@capstan/sdk/contract';
import type { FileState } from './file-state.ts';
import { hasCode, outside } from './locate.ts';

/** A folder held open, so that a link swapped into its path afterwards changes nothing. */
export interface Folder {
  readonly absolute: string;
  /** A path to one of its entries that goes through the open folder where the system allows. */
  at(name: string): string;
  /** Makes renames and new entries survive a power loss. */
  sync(): Promise<void>;
  close(): void;
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
export function openFolder(absolute: string): Folder {
  if (process.platform === 'win32') return checkedFolder(absolute);
  const descriptor = openPlain(absolute, O_DIRECTORY);
  try {
    return heldFolder(absolute, descriptor);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Opens for reading without following a link in the last place, and without waiting for the other end of a pipe. */
function openPlain(path: string, flags: number, where = path): number {
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | flags);
  } catch (error) {
    if (hasCode(error, 'ELOOP') || (flags === O_DIRECTORY && hasCode(error, 'ENOTDIR'))) throw swapped(where);
    throw error;
  }
}

function heldFolder(absolute: string, descriptor: number): Folder {
  const base = descriptorFolder();
  const real = base ? readlinkSync(`${base}/${descriptor}`) : realpathSync(absolute);
  if (real !== absolute) throw swapped(absolute);
  const prefix = base ? `${base}/${descriptor}` : absolute;
  return {
    absolute,
    at: (name) => `${prefix}/${name}`,
    sync: () => flush(descriptor),
    close: () => closeSync(descriptor),
  };
}

/** Waits until what was written to a descriptor is on the disk. */
export const flush: (descriptor: number) => Promise<void> = promisify(fsync);

function checkedFolder(absolute: string): Folder {
  if (realpathSync(absolute) !== absolute) throw swapped(absolute);
  return { absolute, at: (name) => join(absolute, name), sync: async () => {}, close: () => {} };
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
export function readState(folder: Folder, name: string): FileState | undefined {
  const path = folder.at(name);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return undefined;
  const { uid, gid } = stats;
  if (stats.isSymbolicLink()) return { kind: 'link', bytes: readlinkSync(path, 'buffer'), mode: 0o777, uid, gid };
  if (!stats.isFile()) throw notAFile(join(folder.absolute, name), stats.isDirectory());
  return readFileState(folder, name);
}

function readFileState(folder: Folder, name: string): FileState {
  const where = join(folder.absolute, name);
  const descriptor = openPlain(folder.at(name), O_NONBLOCK, where);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw notAFile(where, stats.isDirectory());
    if (stats.size > maxFileBytes) throw tooLarge(where, stats.size);
    const { uid, gid } = stats;
    return { kind: 'file', bytes: readFileSync(descriptor), mode: stats.mode & 0o7777, uid, gid };
  } finally {
    closeSync(descriptor);
  }
}

/** What is kept whole in memory and in the journal. */
const maxFileBytes = 512 << 20;

function tooLarge(path: string, size: number): CapstanError {
  const words = `${path} has ${Math.round(size / (1 << 20))} MiB, too much to be handled as a whole. Use a program that works on parts of it.`;
  return new CapstanError('tool_failed', words, { where: path });
}

function notAFile(path: string, directory: boolean): CapstanError {
  const what = directory ? 'a folder' : 'not a regular file';
  return new CapstanError('tool_failed', `${path} is ${what}. Give the path of a file.`, { where: path });
}
