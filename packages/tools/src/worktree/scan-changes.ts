import type { Entry, FileState } from './file-state.ts';
import type { Scan, ScannedFile } from './scan.ts';
import type { SnapshotStore } from './snapshot-store.ts';

/** What changed from one scan of a tree to another. */
export interface ScanChanges {
  readonly entries: readonly Entry[];
  /** Folders that came and that went. */
  readonly folders: readonly string[];
  readonly removed: readonly string[];
}

/** What is held to be at a path instead of what the earlier scan says; `undefined` for nothing. */
export type Overlay = ReadonlyMap<string, { readonly file: ScannedFile; readonly state: FileState } | undefined>;

/** Compares two scans of a tree. Files that either left out are left out. */
export async function scanChanges(
  store: SnapshotStore,
  { from, to, overlay = new Map() }: { readonly from: Scan; readonly to: Scan; readonly overlay?: Overlay },
): Promise<ScanChanges> {
  const skipped = new Set([...from.skipped, ...to.skipped]);
  const paths = new Set([...from.files.keys(), ...to.files.keys(), ...overlay.keys()]);
  const entries: Entry[] = [];
  for (const path of paths) {
    const noted = overlay.get(path);
    const old = overlay.has(path) ? noted?.file : from.files.get(path);
    const now = to.files.get(path);
    if (skipped.has(path) || sameFile(old, now)) continue;
    const before = noted?.state ?? (old && (await store.state(old)));
    const after = now && (await store.state(now));
    entries.push({ path, ...(before ? { before } : {}), ...(after ? { after } : {}) });
  }
  const folders = [...to.folders.keys()].filter((path) => !from.folders.has(path));
  const removed = [...from.folders.keys()].filter((path) => !to.folders.has(path));
  return { entries, folders, removed };
}

function sameFile(one: ScannedFile | undefined, other: ScannedFile | undefined): boolean {
  if (!one || !other) return one === other;
  return one.id === other.id && one.kind === other.kind && (one.kind === 'link' || one.mode === other.mode);
}
