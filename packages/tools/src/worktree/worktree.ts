import { accessSync, constants } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { PatchSummary } from '@capstan/sdk/contract';
import type { StepProbe } from './apply-entries.ts';
import { entriesFor } from './file-change.ts';
import type { FileChange } from './file-change.ts';
import { contentHash, sameState } from './file-state.ts';
import { openJournal } from './journal.ts';
import { locate, outside } from './locate.ts';
import type { Location } from './locate.ts';
import { treeLock } from './lock.ts';
import { patchLog } from './patches.ts';
import type { Patches } from './patches.ts';
import { diffText, printDiff } from './print-diff.ts';
import { snapshotStore } from './snapshot-store.ts';
import { snapshotsOf } from './snapshots.ts';
import type { Snapshots } from './snapshots.ts';
import { recoverWatches, watchChanges, writeDownLasting } from './watch-changes.ts';
import type { WatchOptions, Watches } from './watch-changes.ts';
import { commitChange, exclusively, recoverOpen, stateAt } from './tree.ts';
import type { PatchOrigin, Recovered, Tree } from './tree.ts';

/** A file as it was read. */
export interface TreeFile {
  /** Relative to the root with forward slashes, links followed. */
  readonly path: string;
  readonly absolute: string;
  readonly bytes: Buffer;
  /** SHA-256 of the bytes in hex; hand it back as `basedOn` to change only this very content. */
  readonly hash: string;
  /** Permission bits. */
  readonly mode: number;
}

/** A folder whose every change is journalled, atomic and kept as a patch that can be taken back. */
export interface Worktree {
  /** Real absolute path. */
  readonly root: string;
  /** What was found half done and undone when the tree was opened. */
  readonly recovered: readonly Recovered[];
  /**
   * Follows every link of a path.
   *
   * @returns The absolute path it leads to; nothing needs to exist there.
   * @throws {CapstanError} `path_outside` when it leads out of the tree.
   */
  resolve(path: string): Promise<string>;
  /**
   * Follows a path without judging it: what tools declare as the target of an effect.
   *
   * @param options `last: 'keep'` gives a link in the last place itself, as a deletion takes it.
   */
  locate(path: string, options?: { readonly last?: 'follow' | 'keep' }): Promise<Location>;
  /** Reads a whole file. @throws {CapstanError} `path_outside`, `not_found`, `tool_failed` for what is not a file. */
  read(path: string): Promise<TreeFile>;
  /**
   * Changes files, all of them or none, and keeps the change as a patch.
   *
   * Every file's earlier state is flushed to the journal before the first one changes. A change that changes nothing
   * gives a summary without files and leaves no patch.
   *
   * @throws {CapstanError} `path_outside`, `conflict`, `not_found`, `tool_failed`; the tree is as before then.
   */
  change(changes: readonly FileChange[], origin?: ChangeOptions): Promise<PatchSummary>;
  /** The diff that `change` would make, without touching anything. Throws as `change` does. */
  diff(changes: readonly FileChange[]): Promise<string>;
  readonly patches: Patches;
  readonly snapshots: Snapshots;
  /**
   * Runs an action that may change the tree past `change`, such as a program, and keeps what it changed as a patch.
   *
   * Everything in the tree that changes while the action runs is held to be its doing. When this process dies
   * meanwhile, the next one that opens the tree writes the patch.
   */
  watch<T>(action: () => Promise<T>, options?: WatchOptions): Promise<T>;
  /** Frees the lock's file. */
  close(): void;
}

export interface ChangeOptions extends PatchOrigin {
  /** Stops waiting for the lock; a change that has begun is ended. */
  readonly signal?: AbortSignal | undefined;
}

export interface WorktreeOptions {
  /** Longest wait for another process that changes the tree, in milliseconds. Default 30,000. */
  readonly lockWaitMs?: number;
  /** Called before each step that changes the disk. For fault tests. */
  readonly probe?: StepProbe;
}

/**
 * Opens a folder as a work tree and undoes what a process that died left half done.
 *
 * Nothing is written before the first change.
 *
 * @param root An existing folder; links are followed.
 * @throws {CapstanError} `not_found` when it is no folder.
 */
export async function openWorktree(root: string, options: WorktreeOptions = {}): Promise<Worktree> {
  const tree = await openTree(root, options);
  const store = snapshotStore(tree.root, tree.journal.storeFolder);
  const watches: Watches = { tree, store, lasting: new Map() };
  const recovered = await recover(watches);
  const patches = patchLog(tree);
  return {
    root: tree.root,
    recovered,
    resolve: (path) => resolveInside(tree, path),
    locate: (path, options) => locate(tree.root, path, { ...options, foldsCase: tree.foldsCase }),
    read: (path) => readFile(tree, path),
    change: (changes, { signal, ...origin } = {}) => exclusively(tree, () => change(tree, changes, origin), signal),
    diff: async (changes) => diffText(printDiff(await effective(tree, changes))),
    patches: {
      ...patches,
      async rollbackRun(runId) {
        await writeDownLasting(watches);
        return patches.rollbackRun(runId);
      },
    },
    snapshots: snapshotsOf(tree, store),
    watch: (action, watching = {}) => watchChanges(watches, action, watching),
    close: () => tree.lock.close(),
  };
}

async function openTree(root: string, { lockWaitMs, probe = () => {} }: WorktreeOptions): Promise<Tree> {
  const real = await realpath(root).catch(() => undefined);
  const stats = real === undefined ? undefined : await lstat(real);
  if (real === undefined || !stats?.isDirectory()) {
    throw new CapstanError('not_found', `${root} is no folder. Give the path of an existing one.`, { where: root });
  }
  const journal = openJournal(real);
  return { root: real, foldsCase: await foldsCase(real), journal, lock: treeLock(journal.lockFile, lockWaitMs), probe };
}

async function recover(watches: Watches): Promise<Recovered[]> {
  const { tree } = watches;
  const { journal } = tree;
  if ((await journal.open()).length === 0 && (await journal.watches()).length === 0) return [];
  if (!isWritable(dirname(journal.lockFile))) return [];
  return tree.lock.hold(async () => {
    const recovered = await recoverOpen(tree);
    await recoverWatches(watches);
    return recovered;
  });
}

/** A tree that must not be written can still be read; what is half done in it waits. */
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Tells whether the root's own name can be written in another case and still be found. */
async function foldsCase(root: string): Promise<boolean> {
  const name = basename(root);
  const swapped = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  if (swapped === name) return process.platform === 'darwin' || process.platform === 'win32';
  const [one, other] = await Promise.all([lstat(root), lstat(join(dirname(root), swapped)).catch(() => undefined)]);
  return other !== undefined && other.ino === one.ino && other.dev === one.dev;
}

async function resolveInside(tree: Tree, path: string): Promise<string> {
  return (await locateInside(tree, path)).absolute;
}

async function locateInside(tree: Tree, path: string): Promise<Location> {
  const found = await locate(tree.root, path, { foldsCase: tree.foldsCase });
  if (!found.inside) throw outside(path, 'lies outside the work tree');
  return found;
}

async function readFile(tree: Tree, path: string): Promise<TreeFile> {
  const found = await locateInside(tree, path);
  const state = stateAt(tree, found.path);
  if (!state) {
    throw new CapstanError('not_found', `There is no file ${found.path}. Find it with glob or list.`, {
      where: found.path,
    });
  }
  const { bytes, mode } = state;
  return { path: found.path, absolute: found.absolute, bytes, hash: contentHash(bytes), mode };
}

async function effective(tree: Tree, changes: readonly FileChange[]) {
  const entries = await entriesFor(tree, changes);
  return entries.filter((entry) => !sameState(entry.before, entry.after));
}

async function change(tree: Tree, changes: readonly FileChange[], origin: PatchOrigin): Promise<PatchSummary> {
  const entries = await effective(tree, changes);
  if (entries.length === 0) return { id: '', files: [], added: 0, removed: 0 };
  return commitChange(tree, { ...origin, kind: 'change', entries });
}
