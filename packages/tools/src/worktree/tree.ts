import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import type { PatchSummary } from '@capstan/sdk/contract';
import { lstatSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { applyRecord, missingFolders, undoRecord } from './apply-entries.ts';
import type { StepProbe } from './apply-entries.ts';
import { sameState } from './file-state.ts';
import type { Entry, FileState } from './file-state.ts';
import { openFolder, readState } from './folder.ts';
import type { Folder } from './folder.ts';
import type { Journal } from './journal.ts';
import { hasCode, isMissing } from './locate.ts';
import type { TreeLock } from './lock.ts';
import type { PatchHead, PatchRecord } from './patch-record.ts';
import { printDiff, totalLines } from './print-diff.ts';
import type { PrintedDiff } from './print-diff.ts';

/** What the parts of a work tree share. */
export interface Tree {
  readonly root: string;
  readonly foldsCase: boolean;
  readonly journal: Journal;
  readonly lock: TreeLock;
  readonly probe: StepProbe;
}

/** What is kept with a patch beside its content. */
export interface PatchOrigin {
  readonly runId?: string | undefined;
  readonly callId?: string | undefined;
  /** A few words for people. */
  readonly label?: string | undefined;
}

/** What was found half done from a process that died. */
export interface Recovered {
  readonly id: string;
  readonly runId?: string;
  /** Files left as they are, because someone changed them since. */
  readonly kept: readonly string[];
}

/** Runs an action under the lock, with everything half done by dead processes undone first. */
export async function exclusively<T>(tree: Tree, action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await tree.journal.prepare().catch((error: unknown) => {
    throw readable(error, join(tree.root, '.capstan'));
  });
  const held = async () => {
    await recoverOpen(tree);
    return action();
  };
  return tree.lock.hold(held, { signal }).catch((error: unknown) => {
    throw readable(error, tree.root);
  });
}

/** Undoes intents whose process died before their commit. Under the lock only. */
export async function recoverOpen(tree: Tree): Promise<Recovered[]> {
  const recovered: Recovered[] = [];
  for (const id of (await tree.journal.open()).toReversed()) {
    const record = await tree.journal.readIntent(id);
    if (record?.observed) {
      await tree.journal.describe(record, printDiff(record.entries).latin1);
      await tree.journal.commit(id);
      continue;
    }
    const kept = record ? await undoRecord(tree, record) : [];
    await tree.journal.drop(id);
    if (record) recovered.push({ id, ...(record.runId ? { runId: record.runId } : {}), kept });
  }
  return recovered;
}

/** Gives what is at a path relative to the root, links not followed; `undefined` where nothing is. */
export function stateAt(
  tree: Tree,
  path: string,
  { folders = 'refuse' }: { readonly folders?: 'refuse' | 'nothing' } = {},
): FileState | undefined {
  const absolute = join(tree.root, path);
  if (folders === 'nothing' && isFolder(absolute)) return undefined;
  const folder = folderOf(absolute, folders);
  if (!folder) return undefined;
  try {
    return readState(folder, basename(absolute));
  } finally {
    folder.close();
  }
}

function folderOf(absolute: string, folders: 'refuse' | 'nothing'): Folder | undefined {
  try {
    return openFolder(dirname(absolute));
  } catch (error) {
    if (isMissing(error) || (folders === 'nothing' && isCapstanError(error))) return undefined;
    throw error;
  }
}

function isFolder(absolute: string): boolean {
  try {
    return lstatSync(absolute, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

/** A change to be made, or one that was made and is to be written down. */
export interface WantedChange extends PatchOrigin {
  readonly kind: PatchHead['kind'];
  readonly of?: readonly string[];
  readonly observed?: true;
  readonly entries: readonly Entry[];
  /** Folders to make and to remove beside those that the files need; relative, outermost first. */
  readonly folders?: readonly string[];
  readonly removed?: readonly string[];
}

/**
 * Makes a change of the tree, all of it or nothing, and keeps it as a patch. Under the lock only.
 *
 * @throws {CapstanError} `conflict` when a file changed meanwhile, `tool_failed` when the disk refuses.
 */
export async function commitChange(tree: Tree, wanted: WantedChange): Promise<PatchSummary> {
  const entries = wanted.entries.filter((entry) => !sameState(entry.before, entry.after));
  const printed = printDiff(entries);
  const record = await newRecord(tree, { ...wanted, entries }, printed);
  const acts = record.kind !== 'proposal' && !record.observed;
  await intend(tree, record);
  try {
    await tree.journal.describe(record, printed.latin1);
    if (acts) await applyRecord(tree, record);
    await tree.probe('commit');
    await tree.journal.commit(record.id);
  } catch (error) {
    if (acts) await undo(tree, record, error);
    await tree.journal.drop(record.id);
    throw error;
  }
  await tree.probe('committed');
  return { id: record.id, files: printed.files, ...totalLines(printed.files) };
}

/** Undoes a record that failed; what cannot be undone now stays in the journal, and the next change undoes it first. */
async function undo(tree: Tree, record: PatchRecord, cause: unknown): Promise<void> {
  await undoRecord(tree, record).catch((error: unknown) => {
    const [why, then] = [cause, error].map((one) => (one instanceof Error ? one.message : String(one)));
    throw new CapstanError(
      'patch_failed',
      `The change failed (${why}) and is not undone yet (${then}). Mend what is in the way; the next change or opening of the tree undoes it.`,
      { where: tree.root },
      { cause },
    );
  });
}

async function newRecord(tree: Tree, wanted: WantedChange, printed: PrintedDiff): Promise<PatchRecord> {
  const { runId, callId, label, kind, entries } = wanted;
  const { folders, removed } = folderChanges(tree, wanted);
  return {
    v: 1,
    ...(await tree.journal.nextId()),
    kind,
    at: Date.now(),
    ...(runId ? { runId } : {}),
    ...(callId ? { callId } : {}),
    ...(label ? { label } : {}),
    ...(wanted.of ? { of: wanted.of } : {}),
    ...(wanted.observed ? { observed: true } : {}),
    hash: printed.hash,
    files: printed.files,
    entries,
    folders: folders.toSorted(),
    removed: removed.toSorted(),
  };
}

/** Folders that the change really makes and removes, so that undoing it does not touch others. */
function folderChanges(tree: Tree, { kind, observed, entries, folders = [], removed = [] }: WantedChange) {
  if (kind === 'proposal') return { folders: [], removed: [] };
  if (observed) return { folders, removed };
  const made = new Set(missingFolders(tree.root, entries));
  for (const path of folders) if (!isFolder(join(tree.root, path))) made.add(path);
  return { folders: [...made], removed: removed.filter((path) => isFolder(join(tree.root, path))) };
}

async function intend(tree: Tree, record: PatchRecord): Promise<void> {
  await tree.probe('intend');
  try {
    await tree.journal.intend(record);
  } catch (error) {
    await tree.journal.drop(record.id).catch(() => {});
    throw error;
  }
  await tree.probe('intended');
}

/** Turns an error of the file system into one that says what to do; leaves others as they are. */
export function readable(error: unknown, where: string): unknown {
  const [, words] = reasons.find(([code]) => hasCode(error, code)) ?? [];
  if (!words || !(error instanceof Error)) return error;
  return new CapstanError('tool_failed', `${words} Nothing was changed. (${where})`, { where }, { cause: error });
}

const reasons: readonly (readonly [string, string])[] = [
  ['ENOSPC', 'The disk is full. Free some space and try again.'],
  ['EDQUOT', 'The disk quota is used up. Free some space and try again.'],
  ['EROFS', 'The file system is read-only. Work on a writable copy.'],
  ['EACCES', 'Permission is missing to write there. Ask for it or choose another file.'],
  ['EPERM', 'The system does not permit this change. Choose another file.'],
  ['EMFILE', 'Too many files are open. Try again.'],
  ['ENFILE', 'Too many files are open on this machine. Try again.'],
  ['ENAMETOOLONG', 'The name is too long for this file system. Choose a shorter one.'],
  ['EISDIR', 'A folder is in the place of the file. Choose another path.'],
  ['ENOTDIR', 'A file is in the place of a folder. Choose another path.'],
];
