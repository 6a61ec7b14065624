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
  /** Called with what was changed, if anything, also when the action failed. */
  readonly patched?: (patch: PatchSummary) => void;
  /** The action leaves a program behind: its run stays watched, and what changes until the next watch is the run's. */
  readonly lasting?: boolean;
}

/** The watches of a tree: where snapshots are kept, and the runs that stay watched. */
export interface Watches {
  readonly tree: Tree;
  readonly store: SnapshotStore;
  /** By run. */
  readonly lasting: Map<string, Watch>;
}

interface Watch {
  readonly note: WatchNote;
  readonly before: Scan;
}

/** Runs an action that may change the tree by itself, such as a program, and keeps what it changed as a patch. */
export async function watchChanges<T>(watches: Watches, action: () => Promise<T>, options: WatchOptions): Promise<T> {
  const { tree, lasting } = watches;
  const { signal, patched, runId = '' } = options;
  const report = (patch: PatchSummary | undefined) => {
    if (patch && patch.files.length > 0) patched?.(patch);
  };
  const watch = await exclusively(tree, () => begin(watches, options, report), signal);
  try {
    return await action();
  } finally {
    await exclusively(tree, async () => {
      const { patch, now } = await writeDown(watches, watch);
      if (options.lasting || lasting.has(runId)) lasting.set(runId, await note(watches, options, now));
      report(patch);
    });
  }
}

/** Writes down what programs that runs left behind have changed so far. */
export async function writeDownLasting(watches: Watches): Promise<void> {
  const { tree, lasting } = watches;
  if (lasting.size === 0) return;
  await exclusively(tree, async () => {
    for (const [runId, watch] of lasting) {
      const { now } = await writeDown(watches, watch);
      lasting.set(runId, await note(watches, watch.note, now));
    }
  });
}

/** Writes down what programs changed whose process died before it could. Under the lock only. */
export async function recoverWatches(watches: Watches): Promise<void> {
  const { tree, store } = watches;
  for (const found of await tree.journal.watches()) {
    if (processMark(found.pid) === found.mark) continue;
    await writeDown(watches, { note: found, before: await store.load(found.manifest) });
  }
}

async function begin(
  watches: Watches,
  options: WatchOptions,
  report: (patch: PatchSummary | undefined) => void,
): Promise<Watch> {
  const earlier = watches.lasting.get(options.runId ?? '');
  if (!earlier) return note(watches, options, await watches.store.scan(options.signal));
  const { patch, now } = await writeDown(watches, earlier);
  report(patch);
  return note(watches, options, now);
}

async function note({ tree, store }: Watches, { runId, callId, label }: PatchOrigin, before: Scan): Promise<Watch> {
  const made: WatchNote = {
    id: (await tree.journal.nextId()).id,
    pid: process.pid,
    mark: processMark(process.pid),
    manifest: await store.keep(before),
    ...(runId ? { runId } : {}),
    ...(callId ? { callId } : {}),
    ...(label ? { label } : {}),
  };
  await tree.journal.watch(made);
  await tree.probe('watching');
  return { note: made, before };
}

async function writeDown(
  { tree, store }: Watches,
  watch: Watch,
): Promise<{ patch: PatchSummary | undefined; now: Scan }> {
  const now = await store.scan();
  const meanwhile = await madeMeanwhile(tree, watch.note.id);
  const changes = await scanChanges(store, { from: watch.before, to: now, overlay: meanwhile.files });
  const { entries } = changes;
  const folders = changes.folders.filter((path) => !meanwhile.folders.has(path));
  const removed = changes.removed.filter((path) => !meanwhile.removed.has(path));
  const { runId, callId, label } = watch.note;
  const changed = entries.length > 0 || folders.length > 0 || removed.length > 0;
  const wanted = { runId, callId, label, kind: 'change', observed: true, entries, folders, removed } as const;
  const patch = changed ? await commitChange(tree, wanted) : undefined;
  await tree.journal.unwatch(watch.note.id);
  return { patch, now };
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
