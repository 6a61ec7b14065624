import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { CapstanError, newId } from '@capstan/sdk/contract';
import type { PatchSummary } from '@capstan/sdk/contract';
import { diffText, printDiff } from './print-diff.ts';
import { scanChanges } from './scan-changes.ts';
import { writeCommit, writeGitTree } from './git-tree.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { commitChange, exclusively } from './tree.ts';
import type { PatchOrigin, Tree } from './tree.ts';

/** The whole tree at one moment. */
export interface Snapshot {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly runId?: string;
  readonly label?: string;
  /** Files that were left out because they are larger than 20 MiB or could not be read; a restore leaves them alone. */
  readonly skipped: readonly string[];
  readonly files: number;
}

/** Snapshots of a work tree: all files that are not ignored, and those that git tracks all the same. */
export interface Snapshots {
  take(options?: PatchOrigin & { readonly signal?: AbortSignal | undefined }): Promise<Snapshot>;
  /** All snapshots, the oldest first. */
  list(): Promise<Snapshot[]>;
  /** What changed since, as a diff. @throws {CapstanError} `not_found`. */
  diff(id: string): Promise<string>;
  /**
   * Gives the tree back as it was: contents, modes, links and folders. Ignored files stay as they are.
   *
   * It is a patch of its own, so that it can be rolled back.
   *
   * @throws {CapstanError} `not_found`, `patch_failed` when the snapshot is damaged, else as `change`.
   */
  restore(id: string): Promise<PatchSummary>;
}

interface Stored extends Snapshot {
  readonly manifest: string;
}

/** Gives the snapshots of a tree. */
export function snapshotsOf(tree: Tree, store: SnapshotStore): Snapshots {
  return {
    take: ({ signal, ...origin } = {}) => exclusively(tree, () => take(store, origin, signal), signal),
    list: async () => (await readAll(store)).map(({ manifest: _, ...snapshot }) => snapshot),
    diff: async (id) => {
      const { manifest } = await find(store, id);
      const { entries } = await scanChanges(store, { from: await store.load(manifest), to: await store.scan() });
      return diffText(printDiff(entries));
    },
    restore: (id) => exclusively(tree, () => restore(tree, store, id)),
  };
}

async function take(store: SnapshotStore, { runId, label }: PatchOrigin, signal?: AbortSignal): Promise<Snapshot> {
  const found = await store.scan(signal);
  const manifest = await store.keep(found);
  const newest = (await idsIn(store)).at(-1);
  const last = newest && (await readOne(store, newest));
  const at = Date.now();
  const said = { ...(runId ? { runId } : {}), ...(label ? { label } : {}) };
  const snapshot: Snapshot = { id: newId(), at, ...said, skipped: found.skipped, files: found.files.size };
  const { objects } = store;
  const known = last && last.manifest === manifest ? await objects.readRef(`${last.id}.tree`) : undefined;
  const tree = known ?? writeGitTree(objects, found);
  const commit = writeCommit(objects, tree, { at, text: JSON.stringify({ ...snapshot, manifest }) });
  await objects.flush();
  await objects.setRef(`${snapshot.id}.tree`, tree);
  await objects.setRef(snapshot.id, commit);
  return snapshot;
}

async function readAll(store: SnapshotStore): Promise<Stored[]> {
  const snapshots: Stored[] = [];
  for (const id of await idsIn(store)) {
    const snapshot = await readOne(store, id);
    if (snapshot) snapshots.push(snapshot);
  }
  return snapshots;
}

async function idsIn(store: SnapshotStore): Promise<string[]> {
  await store.objects.load();
  return (await store.objects.refs()).filter((name) => idForm.test(name)).toSorted();
}

const idForm = /^[0-9A-Z]{26}$/;

async function readOne({ objects }: SnapshotStore, id: string): Promise<Stored | undefined> {
  const commit = await objects.readRef(id);
  const text = commit && (await objects.get(commit)).toString('utf8');
  return text ? (JSON.parse(text.slice(text.indexOf('\n\n') + 2)) as Stored) : undefined;
}

async function find(store: SnapshotStore, id: string): Promise<Stored> {
  await store.objects.load();
  const found = idForm.test(id) ? await readOne(store, id) : undefined;
  if (found) return found;
  throw new CapstanError('not_found', `No snapshot ${id} here. List the snapshots to see their ids.`, { where: id });
}

async function restore(tree: Tree, store: SnapshotStore, id: string): Promise<PatchSummary> {
  const { manifest } = await find(store, id);
  const wanted = await store.load(manifest);
  const now = await store.scan();
  const { entries, folders, removed } = await scanChanges(store, { from: now, to: wanted });
  const nothing = entries.length === 0 && folders.length === 0 && removed.length === 0;
  const summary = nothing
    ? { id: '', files: [], added: 0, removed: 0 }
    : await commitChange(tree, { kind: 'change', label: `restore ${id}`, entries, folders, removed });
  for (const [path, mode] of wanted.folders) {
    if (now.folders.get(path) !== mode) await chmod(join(tree.root, path), mode);
  }
  return summary;
}
