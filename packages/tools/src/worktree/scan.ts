import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { trackedFiles } from './git-index.ts';
import { objectId } from './object-store.ts';
import type { ObjectStore } from './object-store.ts';
import { isStateFolder } from './portable-name.ts';
import { walk } from './walk.ts';

/** A file or link as a scan found it. */
export interface ScannedFile {
  readonly kind: 'file' | 'link';
  /** Git's name of its content, or of the target of the link. */
  readonly id: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** All of a tree that is not ignored, by path relative to the root. */
export interface Scan {
  readonly files: ReadonlyMap<string, ScannedFile>;
  /** Permission bits of the folders. */
  readonly folders: ReadonlyMap<string, number>;
  /** Files left out because they are too large or cannot be read. */
  readonly skipped: readonly string[];
}

/** Tells whether two scans found the same. */
export function sameScan(one: Scan, other: Scan): boolean {
  const { files, folders, skipped } = other;
  if (one.files.size !== files.size || one.folders.size !== folders.size) return false;
  if (one.skipped.join('\0') !== skipped.join('\0')) return false;
  for (const [path, mode] of one.folders) if (folders.get(path) !== mode) return false;
  for (const [path, file] of one.files) {
    const now = files.get(path);
    if (now?.id !== file.id || now.mode !== file.mode || now.kind !== file.kind) return false;
    if (now.uid !== file.uid || now.gid !== file.gid) return false;
  }
  return true;
}

/** What was known of a file when it was last read; while it holds, the file need not be read again. */
export interface KnownFile {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly id: string;
}

/** What is known of all files, and whether that has changed since it was saved. */
export interface KnownFiles {
  readonly files: Map<string, KnownFile>;
  changed: boolean;
}

export interface ScanOptions {
  /** Files read before; brought up to date. */
  readonly known: KnownFiles;
  /** Where contents go that it has not yet. Absent: contents are hashed only. */
  readonly store?: ObjectStore;
  /** Larger files are left out. */
  readonly maxFileBytes: number;
  readonly signal?: AbortSignal | undefined;
}

const flushBytes = 32 << 20;

/** Looks at every file of a tree: those not ignored, and those that git tracks all the same. */
export async function scan(root: string, options: ScanOptions): Promise<Scan> {
  const files = new Map<string, ScannedFile>();
  const folders = new Map<string, number>();
  const skipped: string[] = [];
  const look = (path: string) => lookAt(root, path, { files, folders, skipped, options });
  for await (const level of walk(root, { signal: options.signal })) {
    for (const { path, kind } of level) if (kind !== 'other') look(path);
    if (options.store && options.store.pending > flushBytes) await options.store.flush();
  }
  for (const path of trackedFiles(root)) {
    if (!files.has(path) && !path.split('/').some(isStateFolder)) lookAtTracked(root, path, { folders, look });
  }
  forgetGone(options.known, files);
  return { files, folders, skipped };
}

function forgetGone(known: KnownFiles, files: ReadonlyMap<string, ScannedFile>): void {
  for (const path of known.files.keys()) {
    if (files.has(path)) continue;
    known.files.delete(path);
    known.changed = true;
  }
}

interface Look {
  readonly files: Map<string, ScannedFile>;
  readonly folders: Map<string, number>;
  readonly skipped: string[];
  readonly options: ScanOptions;
}

function lookAt(root: string, path: string, { files, folders, skipped, options }: Look): void {
  const absolute = join(root, path);
  try {
    const stats = lstatSync(absolute);
    const { uid, gid } = stats;
    const mode = stats.mode & 0o7777;
    if (stats.isDirectory()) {
      folders.set(path, mode);
    } else if (stats.isSymbolicLink()) {
      const target = readlinkSync(absolute, 'buffer');
      files.set(path, { kind: 'link', id: keep(options.store, target), mode: 0o777, uid, gid });
    } else if (stats.isFile() && stats.size > options.maxFileBytes) {
      skipped.push(path);
    } else if (stats.isFile()) {
      files.set(path, { kind: 'file', id: contentId(absolute, path, { stats, options }), mode, uid, gid });
    }
  } catch {
    // Gone since the folder was listed, or not ours to read.
    skipped.push(path);
  }
}

/** A tracked file in an ignored folder; a link on the way would lead elsewhere. */
function lookAtTracked(
  root: string,
  path: string,
  { folders, look }: { readonly folders: ReadonlyMap<string, number>; readonly look: (path: string) => void },
): void {
  const above: string[] = [];
  for (let folder = dirname(path); folder !== '.' && !folders.has(folder); folder = dirname(folder)) above.push(folder);
  for (const folder of above.toReversed()) {
    if (!lstatSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory()) return;
    look(folder);
  }
  const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (stats?.isFile() || stats?.isSymbolicLink()) look(path);
}

function contentId(
  absolute: string,
  path: string,
  { stats, options }: { readonly stats: Stats; readonly options: ScanOptions },
): string {
  const { known, store } = options;
  const { size, mtimeMs, ctimeMs, ino } = stats;
  const last = known.files.get(path);
  const same = last?.size === size && last.mtimeMs === mtimeMs && last.ctimeMs === ctimeMs && last.ino === ino;
  if (same && (!store || store.has(last.id))) return last.id;
  const id = keep(store, readFileSync(absolute));
  // A file changed within the resolution of its times may change again without showing it.
  const resolutionMs = mtimeMs % 1000 === 0 ? 2000 : 50;
  const settled = Math.max(mtimeMs, ctimeMs) < Date.now() - resolutionMs;
  if (settled) known.files.set(path, { size, mtimeMs, ctimeMs, ino, id });
  if (settled || known.files.delete(path)) known.changed = true;
  return id;
}

function keep(store: ObjectStore | undefined, content: Buffer): string {
  return store ? store.put('blob', content) : objectId('blob', content);
}
