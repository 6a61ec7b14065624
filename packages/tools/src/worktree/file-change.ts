import { CapstanError } from '@capstan/sdk/contract';
import { contentHash } from './file-state.ts';
import type { Entry, FileState } from './file-state.ts';
import { locate, outside } from './locate.ts';
import { stateAt } from './tree.ts';
import type { Tree } from './tree.ts';

/** One file of a change; links in the path are followed, but a deletion takes the link itself. */
export type FileChange = WriteFile | DeleteFile | WriteLink;

/** Creates a file or replaces its content. */
export interface WriteFile {
  /** Relative to the root, or absolute inside it. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Permission bits. Default: as before, or 0o666 less the umask for a new file. */
  readonly mode?: number;
  /** The `hash` that `read` gave; the change is refused when the file is another by now. `null`: must not exist. */
  readonly basedOn?: string | null;
}

/** Deletes a file or a link. */
export interface DeleteFile {
  readonly path: string;
  readonly delete: true;
  readonly basedOn?: string | null;
}

/** Makes a symbolic link, which must lead inside the tree. */
export interface WriteLink {
  readonly path: string;
  /** The target as it stands in the link. */
  readonly link: string;
  readonly basedOn?: string | null;
}

/**
 * Looks up what each change meets on disk and what it would leave.
 *
 * @throws {CapstanError} `path_outside`, `conflict` for a stale `basedOn`, `not_found` for a deletion of nothing.
 */
export async function entriesFor(tree: Tree, changes: readonly FileChange[]): Promise<Entry[]> {
  const entries = new Map<string, Entry>();
  for (const change of changes) {
    const entry = await entryFor(tree, change);
    const key = tree.foldsCase ? entry.path.toLowerCase() : entry.path;
    if (entries.has(key)) {
      throw new CapstanError('tool_failed', `${change.path} is named twice in one change. Name each file once.`, {
        where: change.path,
      });
    }
    entries.set(key, entry);
  }
  return [...entries.values()];
}

async function entryFor(tree: Tree, change: FileChange): Promise<Entry> {
  const path = await writablePath(tree, change.path, 'content' in change ? 'follow' : 'keep');
  const before = stateAt(tree, path);
  checkBase(change, before);
  const after = await stateAfter(tree, change, { path, before });
  return { path, ...(before ? { before } : {}), ...(after ? { after } : {}) };
}

/** Resolves a path that is to be written. @throws {CapstanError} `path_outside` when it must not be. */
export async function writablePath(tree: Tree, path: string, last: 'follow' | 'keep'): Promise<string> {
  const found = await locate(tree.root, path, { last, foldsCase: tree.foldsCase });
  if (!found.inside) throw outside(path, 'lies outside the work tree');
  if (found.unwritable) throw outside(path, found.unwritable);
  if (found.path === '.') throw outside(path, 'is the work tree itself');
  return found.path;
}

function checkBase({ path, basedOn }: FileChange, before: FileState | undefined): void {
  if (basedOn === undefined) return;
  const now = before ? contentHash(before.bytes) : null;
  if (now === basedOn) return;
  throw new CapstanError('conflict', `${path} has changed since it was read. Read it again and repeat the change.`, {
    where: path,
  });
}

async function stateAfter(
  tree: Tree,
  change: FileChange,
  { path, before }: { readonly path: string; readonly before: FileState | undefined },
): Promise<FileState | undefined> {
  if ('delete' in change) {
    if (before) return undefined;
    throw new CapstanError('not_found', `There is no ${change.path} to delete.`, { where: change.path });
  }
  const owner = before ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { uid, gid } = owner;
  if ('link' in change) {
    await checkTarget(tree, path, change.link);
    return { kind: 'link', bytes: Buffer.from(change.link), mode: 0o777, uid, gid };
  }
  if (before && change.mode === undefined && (before.mode & 0o222) === 0) throw readOnly(change.path);
  const mode = change.mode ?? (before?.kind === 'file' ? before.mode : 0o666 & ~process.umask());
  return { kind: 'file', bytes: Buffer.from(change.content), mode, uid, gid };
}

async function checkTarget(tree: Tree, path: string, target: string): Promise<void> {
  const from = target.startsWith('/') ? target : `${path}/../${target}`;
  const found = await locate(tree.root, from, { foldsCase: tree.foldsCase });
  if (!found.inside) throw outside(path, `would lead to ${target}, outside the work tree`);
}

function readOnly(path: string): CapstanError {
  return new CapstanError('tool_failed', `${path} is read-only. Make it writable first if it is meant to change.`, {
    where: path,
  });
}
