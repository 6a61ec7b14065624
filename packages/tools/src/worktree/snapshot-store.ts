import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { FileState } from './file-state.ts';
import { objectStore } from './object-store.ts';
import type { ObjectStore } from './object-store.ts';
import { sameScan, scan } from './scan.ts';
import type { KnownFile, KnownFiles, Scan, ScannedFile } from './scan.ts';

/** Turns the whole tree into objects and back. */
export interface SnapshotStore {
  readonly objects: ObjectStore;
  /** Scans the tree and keeps its contents. */
  scan(signal?: AbortSignal): Promise<Scan>;
  /** Keeps what a scan found. @returns The object that names it. */
  keep(found: Scan): Promise<string>;
  /** Reads a kept scan. */
  load(manifest: string): Promise<Scan>;
  /** The state of a file of a scan. */
  state(file: ScannedFile): Promise<FileState>;
}

interface Manifest {
  readonly v: 1;
  /** Path, kind, object, mode, owner, group. */
  readonly files: readonly (readonly [string, 'file' | 'link', string, number, number, number])[];
  readonly folders: readonly (readonly [string, number])[];
  readonly skipped: readonly string[];
}

const maxFileBytes = 20 << 20;

/** Opens the store of snapshots of the tree at `root`. */
export function snapshotStore(root: string, folder: string): SnapshotStore {
  const objects = objectStore(folder);
  const knownFile = join(folder, 'capstan-known.json');
  let known: KnownFiles | undefined;
  let kept: { readonly found: Scan; readonly id: string } | undefined;

  return {
    objects,
    async scan(signal) {
      await objects.load();
      known ??= await readKnown(knownFile);
      const found = await scan(root, { known, store: objects, maxFileBytes, signal });
      await objects.flush();
      if (known.changed) await saveKnown(knownFile, known);
      return found;
    },
    async keep(found) {
      if (kept && sameScan(kept.found, found)) return kept.id;
      const id = objects.put('blob', Buffer.from(JSON.stringify(manifestOf(found))));
      await objects.flush();
      kept = { found, id };
      return id;
    },
    async load(manifest) {
      await objects.load();
      return scanOf(parseManifest((await objects.get(manifest)).toString('utf8')));
    },
    async state({ kind, id, mode, uid, gid }) {
      return { kind, mode, uid, gid, bytes: await objects.get(id) };
    },
  };
}

function manifestOf({ files, folders, skipped }: Scan): Manifest {
  const rows = [...files].map(([path, { kind, id, mode, uid, gid }]) => [path, kind, id, mode, uid, gid] as const);
  return { v: 1, files: rows, folders: [...folders], skipped };
}

function scanOf({ files, folders, skipped }: Manifest): Scan {
  const rows = files.map(([path, kind, id, mode, uid, gid]) => [path, { kind, id, mode, uid, gid }] as const);
  return { files: new Map(rows), folders: new Map(folders), skipped };
}

function parseManifest(text: string): Manifest {
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.v === 1) return manifest;
  throw new CapstanError('patch_failed', 'This snapshot was made by a newer version. Update Capstan to use it.');
}

async function readKnown(file: string): Promise<KnownFiles> {
  try {
    const rows = JSON.parse(await readFile(file, 'utf8')) as [string, KnownFile][];
    return { files: new Map(rows), changed: false };
  } catch {
    // Without it every file is read once more.
    return { files: new Map(), changed: false };
  }
}

async function saveKnown(file: string, known: KnownFiles): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, JSON.stringify([...known.files]), { mode: 0o600 });
  await rename(temporary, file);
  known.changed = false;
}
