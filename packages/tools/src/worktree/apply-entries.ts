import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import { sameState } from './file-state.ts';
import type { Entry, FileState } from './file-state.ts';
import { flush, openFolder, readState } from './folder.ts';
import type { Folder } from './folder.ts';
import { hasCode, isMissing, isWithin, toPosix } from './locate.ts';
import type { PatchRecord } from './patch-record.ts';

/** Called before each step that changes the disk; fault tests stop or kill the process there. */
export type StepProbe = (step: string) => void | Promise<void>;

/** Where entries are applied and how. */
export interface ApplyPlace {
  readonly root: string;
  readonly probe: StepProbe;
}

/**
 * Makes every entry's `after` true: new contents are written beside their places first, so that a full disk is met
 * before anything has changed; then come deletions, folders, and the new contents into their places.
 *
 * The record must be in the journal already. On failure the caller undoes it.
 *
 * @throws {CapstanError} `conflict` when a file is no longer what the entry says it was.
 */
export async function applyRecord(place: ApplyPlace, record: PatchRecord): Promise<void> {
  const folders = openFolders();
  const steps = record.entries.map((entry, index): Step => ({
    entry,
    folders,
    temporary: temporaryName(record.id, index),
  }));
  const isBlocked = blocked(record);
  const ready = new Set(steps.filter(({ entry }) => entry.after && !isBlocked(entry.path)));
  try {
    for (const path of record.folders) if (!isBlocked(path)) await makeFolder(place, join(place.root, path));
    for (const step of ready) await prepareEntry(place, step);
    for (const step of steps) if (!step.entry.after) await removeEntry(place, step);
    await folders.sync();
    removeFolders(place.root, record.removed);
    for (const path of record.folders) await makeFolder(place, join(place.root, path));
    for (const step of steps) if (step.entry.after && !ready.has(step)) await prepareEntry(place, step);
    for (const step of steps) if (step.entry.after) await placeEntry(place, step);
    await folders.sync();
  } finally {
    folders.close();
  }
}

/** Makes a test of whether a file that the record deletes stands where a folder of a path has to be. */
function blocked(record: PatchRecord): (path: string) => boolean {
  const gone = new Set(record.entries.filter((entry) => !entry.after).map((entry) => entry.path));
  return (path) => {
    for (let at = path; at !== '.'; at = posix.dirname(at)) if (gone.has(at)) return true;
    return false;
  };
}

/**
 * Takes a record back that was begun and perhaps not ended: every file that is as the record left it gets its earlier
 * state, files that someone else changed meanwhile are left alone.
 *
 * @returns The paths left alone.
 */
export async function undoRecord(place: ApplyPlace, record: PatchRecord): Promise<string[]> {
  const kept: string[] = [];
  const folders = openFolders();
  const step = async (index: number, entry: Entry) => {
    const undoing = undoEntry(place, { entry, folders, temporary: temporaryName(record.id, index) });
    // Where a link has taken the place of a folder, nothing of the record can be found any more.
    const undone = await undoing.catch((error: unknown) => {
      if (isCapstanError(error) && error.code === 'path_outside') return false;
      throw error;
    });
    if (!undone) kept.push(entry.path);
  };
  try {
    for (const [index, entry] of record.entries.entries()) if (entry.after) await step(index, entry);
    await folders.sync();
    removeFolders(place.root, record.folders);
    for (const [index, entry] of record.entries.entries()) if (!entry.after) await step(index, entry);
    for (const path of record.removed) await makeFolder(place, join(place.root, path));
    await folders.sync();
  } finally {
    folders.close();
  }
  return kept;
}

/** Removes folders that are empty, the innermost first. */
function removeFolders(root: string, paths: readonly string[]): void {
  for (const path of paths.toReversed()) {
    try {
      rmdirSync(join(root, path));
    } catch (error) {
      const inUse = hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST') || hasCode(error, 'EBUSY');
      if (!inUse && !isMissing(error)) throw error;
    }
  }
}

/** The folders above what entries make that do not exist, or that are files until then, outermost first. */
export function missingFolders(root: string, entries: readonly Entry[]): string[] {
  const files = entries.filter((entry) => entry.after).map((entry) => join(root, entry.path));
  const gone = new Set(entries.filter((entry) => !entry.after).map((entry) => join(root, entry.path)));
  const missing = new Set<string>();
  for (const file of files) {
    const chain: string[] = [];
    for (let folder = dirname(file); isWithin(root, folder) && folder !== root; folder = dirname(folder)) {
      if (missing.has(folder) || (!gone.has(folder) && exists(folder))) break;
      chain.push(folder);
    }
    for (const folder of chain.toReversed()) missing.add(folder);
  }
  return [...missing].map((folder) => toPosix(relative(root, folder)));
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A file stands where a folder of the path would be.
    return false;
  }
}

function temporaryName(id: string, index: number): string {
  return `.capstan-${id}-${index}.tmp`;
}

interface Step {
  readonly entry: Entry;
  readonly folders: Folders;
  readonly temporary: string;
}

/** Writes the new state of an entry beside its place. */
async function prepareEntry(place: ApplyPlace, { entry, folders, temporary }: Step): Promise<void> {
  if (!entry.after) return;
  const folder = folders.get(dirname(join(place.root, entry.path)));
  await place.probe(`prepare ${entry.path}`);
  await writeTemporary(folder, temporary, entry.after);
}

async function removeEntry(place: ApplyPlace, { entry, folders }: Step): Promise<void> {
  const { folder, name } = unchanged(place, entry, folders);
  await place.probe(`remove ${entry.path}`);
  unlinkSync(folder.at(name));
}

async function placeEntry(place: ApplyPlace, { entry, folders, temporary }: Step): Promise<void> {
  const { folder, name } = unchanged(place, entry, folders);
  await place.probe(`place ${entry.path}`);
  if (entry.before) return renameSync(folder.at(temporary), folder.at(name));
  try {
    placeNew(folder, temporary, name);
  } catch (error) {
    rmSync(folder.at(temporary), { force: true });
    throw hasCode(error, 'EEXIST') ? changedMeanwhile(entry.path) : error;
  }
}

/** Opens the folder of an entry and makes sure that the entry is still as the record says. */
function unchanged(place: ApplyPlace, entry: Entry, folders: Folders): { folder: Folder; name: string } {
  const absolute = join(place.root, entry.path);
  const folder = folders.get(dirname(absolute));
  const name = basename(absolute);
  if (!sameState(readState(folder, name), entry.before)) throw changedMeanwhile(entry.path);
  return { folder, name };
}

/** Gives a new file its name only if nobody else took it meanwhile. */
function placeNew(folder: Folder, temporary: string, name: string): void {
  try {
    linkSync(folder.at(temporary), folder.at(name));
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw error;
    // Some file systems have no hard links.
    return renameSync(folder.at(temporary), folder.at(name));
  }
  unlinkSync(folder.at(temporary));
}

async function undoEntry(place: ApplyPlace, { entry, folders, temporary }: Step): Promise<boolean> {
  const absolute = join(place.root, entry.path);
  const name = basename(absolute);
  if (entry.before) await makeFolder(place, dirname(absolute));
  if (!exists(dirname(absolute))) return true;
  const folder = folders.get(dirname(absolute));
  rmSync(folder.at(temporary), { force: true });
  const current = readState(folder, name);
  if (sameState(current, entry.before)) return true;
  if (!sameState(current, entry.after)) return false;
  await place.probe(`undo ${entry.path}`);
  if (!entry.before) {
    unlinkSync(folder.at(name));
    return true;
  }
  await writeTemporary(folder, temporary, entry.before);
  renameSync(folder.at(temporary), folder.at(name));
  return true;
}

/** Writes a state beside its place, with owner and mode, and flushes it. */
async function writeTemporary(folder: Folder, name: string, state: FileState): Promise<void> {
  const path = folder.at(name);
  rmSync(path, { force: true });
  if (state.kind === 'link') return symlinkSync(state.bytes, path);
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(descriptor, state.bytes);
    giveTo(descriptor, state);
    fchmodSync(descriptor, state.mode);
    await flush(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Only a privileged process may give files away; the content matters more than the owner. */
function giveTo(descriptor: number, { uid, gid }: FileState): void {
  const own = fstatSync(descriptor);
  if (own.uid === uid && own.gid === gid) return;
  try {
    fchownSync(descriptor, uid, gid);
  } catch {}
}

async function makeFolder(place: ApplyPlace, absolute: string): Promise<void> {
  if (!isWithin(place.root, absolute) || exists(absolute)) return;
  await makeFolder(place, dirname(absolute));
  const parent = openFolder(dirname(absolute));
  try {
    await place.probe(`mkdir ${absolute}`);
    mkdirSync(parent.at(basename(absolute)));
    await parent.sync();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    parent.close();
  }
}

interface Folders {
  get(absolute: string): Folder;
  sync(): Promise<void>;
  close(): void;
}

const maxHeld = 64;

/** Opens each folder once; a change over many folders stays under the limit of open files. */
function openFolders(): Folders {
  const held = new Map<string, Folder>();
  const changed = new Set<string>();
  return {
    get(absolute) {
      const known = held.get(absolute);
      if (known) return known;
      const [oldest] = held;
      if (held.size >= maxHeld && oldest) {
        held.delete(oldest[0]);
        oldest[1].close();
      }
      const folder = openFolder(absolute);
      held.set(absolute, folder);
      changed.add(absolute);
      return folder;
    },
    async sync() {
      for (const absolute of changed) await syncOnce(held.get(absolute), absolute);
      for (const folder of held.values()) folder.close();
      held.clear();
      changed.clear();
    },
    close() {
      for (const folder of held.values()) folder.close();
      held.clear();
    },
  };
}

async function syncOnce(held: Folder | undefined, absolute: string): Promise<void> {
  if (held) return held.sync();
  const folder = openFolder(absolute);
  try {
    await folder.sync();
  } finally {
    folder.close();
  }
}

function changedMeanwhile(path: string): CapstanError {
  return new CapstanError(
    'conflict',
    `${path} changed while it was being written. Read it again and repeat the change.`,
    {
      where: path,
      retryable: true,
    },
  );
}
