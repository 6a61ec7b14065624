import type { PatchSummary } from '@capstan/sdk/contract';
import type { FileState } from './file-state.ts';
import { blobId } from './git-binary.ts';
import type { WatchNote } from './journal.ts';
import { processMark } from './process-mark.ts';
import type { Scan, ScannedFile } from './scan.ts';
import { scanChanges } from './scan-changes.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { commitChange, exclusively } from './tree.ts';
import type { PatchOrigin, Tree } from './tree.ts';

/** How a watched action is written down. */
export interface WatchOptions extends PatchOrigin {
  readonly signal?: AbortSignal | undefined;
  /** Called with what the action changed, if anything, also when it failed. */
  readonly patched?: (patch: PatchSummary) => void;
}

/** Runs an action that may change the tree by itself, such as a program, and keeps what it changed as a patch. */
export async function watchChanges<T>(
  place: Place,
  action: () => Promise<T>,
  { signal, patched, ...origin }: WatchOptions,
): Promise<T> {
  const { tree } = place;
  const { note, before } = await exclusively(tree, () => begin(place, origin, signal), signal);
  try {
    return await action();
  } finally {
    const patch = await exclusively(tree, () => writeDown(place, note, before));
    if (patch && patch.files.length > 0) patched?.(patch);
  }
}

/** Writes down what programs changed whose process died before it could. Under the lock only. */
export async function recoverWatches(tree: Tree, store: SnapshotStore): Promise<void> {
  for (const note of await tree.journal.watches()) {
    if (processMark(note.pid) === note.mark) continue;
    await writeDown({ tree, store }, note, await store.load(note.manifest));
  }
}

/** A tree and where its snapshots are kept. */
export interface Place {
  readonly tree: Tree;
  readonly store: SnapshotStore;
}

async function begin(
  { tree, store }: Place,
  origin: PatchOrigin,
  signal?: AbortSignal,
): Promise<{ note: WatchNote; before: Scan }> {
  const before = await store.scan(signal);
  const { runId, callId, label } = origin;
  const note: WatchNote = {
    id: (await tree.journal.nextId()).id,
    pid: process.pid,
    mark: processMark(process.pid),
    manifest: await store.keep(before),
    ...(runId ? { runId } : {}),
    ...(callId ? { callId } : {}),
    ...(label ? { label } : {}),
  };
  await tree.journal.watch(note);
  await tree.probe('watching');
  return { note, before };
}

async function writeDown({ tree, store }: Place, note: WatchNote, before: Scan): Promise<PatchSummary | undefined> {
  const now = await store.scan();
  const meanwhile = await madeMeanwhile(tree, note.id);
  const { entries, folders, removed } = await scanChanges(store, { from: before, to: now, overlay: meanwhile.files });
  const made = folders.filter((path) => !meanwhile.folders.has(path));
  const gone = removed.filter((path) => !meanwhile.removed.has(path));
  const { runId, callId, label } = note;
  const origin = { runId, callId, label };
  let patch: PatchSummary | undefined;
  if (entries.length > 0 || made.length > 0 || gone.length > 0) {
    patch = await commitChange(tree, {
      ...origin,
      kind: 'change',
      observed: true,
      entries,
      folders: made,
      removed: gone,
    });
  }
  await tree.journal.unwatch(note.id);
  return patch;
}

/** What patches left that were made after a moment: these changes are written down already. */
async function madeMeanwhile(tree: Tree, since: string) {
  const files = new Map<string, { file: ScannedFile; state: FileState } | undefined>();
  const folders = new Set<string>();
  const removed = new Set<string>();
  for (const head of await tree.journal.heads()) {
    if (head.id < since || head.kind === 'proposal' || head.kind === 'reject') continue;
    const record = await tree.journal.read(head.id);
    for (const { path, after } of record.entries) files.set(path, after && { file: scannedAs(after), state: after });
    for (const path of record.folders) folders.add(path);
    for (const path of record.removed) removed.add(path);
  }
  return { files, folders, removed };
}

function scannedAs({ kind, mode, uid, gid, bytes }: FileState): ScannedFile {
  return { kind, mode, uid, gid, id: blobId(bytes) };
}
