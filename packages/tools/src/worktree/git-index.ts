import { readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { toPosix } from './locate.ts';

/** The repository that a folder belongs to. */
export interface GitPlace {
  /** Its top folder. */
  readonly top: string;
  /** Its git folder, wherever it lies. */
  readonly gitFolder: string;
}

/** Finds the repository of a folder by looking upward; also linked work trees and submodules. */
export function findGit(folder: string): GitPlace | undefined {
  for (let top = folder; ; top = dirname(top)) {
    const gitFolder = gitFolderAt(join(top, '.git'));
    if (gitFolder) return { top, gitFolder };
    if (dirname(top) === top) return undefined;
  }
}

function gitFolderAt(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return path;
  if (!stats?.isFile()) return undefined;
  const [, target] = /^gitdir: (.+)$/m.exec(readFileSync(path, 'utf8')) ?? [];
  return target && resolve(dirname(path), target.trim());
}

/**
 * Lists the files that git tracks at or below a folder, by reading its index; git itself is not run.
 *
 * @returns Paths relative to `root`; empty when there is no repository or its index cannot be read.
 */
export function trackedFiles(root: string): string[] {
  const place = findGit(root);
  if (!place) return [];
  try {
    const paths = parseIndex(readFileSync(join(place.gitFolder, 'index')));
    const prefix = toPosix(relative(place.top, root));
    if (prefix === '') return paths;
    return paths.filter((path) => path.startsWith(`${prefix}/`)).map((path) => path.slice(prefix.length + 1));
  } catch {
    return [];
  }
}

/** Reads the paths of a git index of version 2, 3 or 4 (https://git-scm.com/docs/index-format). */
export function parseIndex(index: Buffer): string[] {
  if (index.toString('latin1', 0, 4) !== 'DIRC') throw new Error('no git index');
  const version = index.readUInt32BE(4);
  const count = index.readUInt32BE(8);
  const paths: string[] = [];
  let at = 12;
  let last: Buffer = Buffer.alloc(0);
  for (let entry = 0; entry < count; entry++) {
    const start = at;
    const extended = version >= 3 && (index.readUInt16BE(at + 60) & 0x4000) !== 0;
    at += extended ? 64 : 62;
    if (version === 4) {
      const strip = readOffset(index, at);
      const end = index.indexOf(0, strip.next);
      last = Buffer.concat([last.subarray(0, last.length - strip.value), index.subarray(strip.next, end)]);
      at = end + 1;
    } else {
      const end = index.indexOf(0, at);
      last = index.subarray(at, end);
      at = start + Math.floor((end - start + 8) / 8) * 8;
    }
    const path = last.toString('utf8');
    if (!path.endsWith('/')) paths.push(path);
  }
  return paths;
}

/** Git's variable-width number, in which each further byte counts one more. */
function readOffset(bytes: Buffer, start: number): { readonly value: number; readonly next: number } {
  let at = start;
  let value = (bytes[at] ?? 0) & 0x7f;
  while ((bytes[at] ?? 0) & 0x80) {
    at++;
    value = (value + 1) * 128 + ((bytes[at] ?? 0) & 0x7f);
  }
  return { value, next: at + 1 };
}
