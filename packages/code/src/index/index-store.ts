import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FileEntry } from './file-entry.ts';
import type { KnownFolder, Stamp, TreeState } from './scan-tree.ts';
import { openSegment, type Segment } from './segment.ts';
import { segmentVersion } from './segment-layout.ts';

/** What is kept of an index. */
export interface KeptIndex {
  readonly files: readonly FileEntry[];
  readonly tree: TreeState;
  readonly segments: readonly Segment[];
}

/** The folder that an index is kept in. Nothing in it is needed: what is lost or damaged is made again. */
export interface IndexStore {
  /** Reads what was kept; says why when there is nothing to use. */
  load(): KeptIndex | { readonly unusable: string };
  /** Writes all that is new. Other processes see the old or the new state, never one in between. */
  save(kept: KeptIndex): void;
  /** Reads a small part by name; undefined when it is absent or damaged. */
  loadPart(name: string): unknown;
  savePart(name: string, value: unknown): void;
}

const manifestName = 'manifest.json';
/** Files that another process may be about to use are let alone for ten minutes. */
const restMs = 600_000;

/**
 * Opens the store in a folder. Nothing is written before the first save.
 *
 * @param now Milliseconds since 1970.
 */
export function indexStore(folder: string, now: () => number): IndexStore {
  const store: IndexStore = {
    load: () => loadIndex(folder),
    save(kept) {
      prepare(folder);
      const names = kept.segments.map((segment) => saveSegment(folder, segment));
      const { files, tree } = kept;
      const { folders, rules, extra, tracked } = tree;
      const rows = files.map(({ path, reading, stamp, key, skipped }) => [
        path,
        reading,
        stamp,
        key ?? '',
        skipped ?? '',
      ]);
      store.savePart(manifestName, { names, files: rows, folders: [...folders], rules: [...rules], extra, tracked });
      tidy(folder, new Set(names), now() - restMs);
    },
    loadPart: (name) => readChecked(join(folder, name)),
    savePart(name, value) {
      prepare(folder);
      const body = JSON.stringify(value);
      writeWhole(join(folder, name), `${segmentVersion} ${crc32(body)}\n${body}`);
    },
  };
  return store;
}

interface Manifest {
  readonly names: readonly string[];
  readonly files: readonly (readonly [string, FileEntry['reading'], Stamp, string, FileEntry['skipped'] | ''])[];
  readonly folders: readonly (readonly [string, KnownFolder])[];
  readonly rules: readonly (readonly [string, Stamp])[];
  readonly extra: readonly string[];
  readonly tracked: Stamp;
}

function loadIndex(folder: string): KeptIndex | { readonly unusable: string } {
  if (!statSync(join(folder, manifestName), { throwIfNoEntry: false })) return { unusable: 'there is none yet' };
  const manifest = readChecked(join(folder, manifestName)) as Manifest | undefined;
  if (!manifest) return { unusable: 'its list of files is damaged or of another version' };
  try {
    const segments = manifest.names.map((name) => openSegment(readAligned(join(folder, name))));
    const files = manifest.files.map(([path, reading, stamp, key, skipped]): FileEntry => ({
      path,
      reading,
      stamp,
      ...(key === '' ? {} : { key }),
      ...(skipped === '' || skipped === undefined ? {} : { skipped }),
    }));
    const { extra, tracked } = manifest;
    const tree = { folders: new Map(manifest.folders), rules: new Map(manifest.rules), extra, tracked };
    return { files, tree, segments };
  } catch (error) {
    return { unusable: error instanceof Error ? error.message : String(error) };
  }
}

/** Numbers are read in place, so the bytes must begin at a multiple of eight. */
function readAligned(file: string): Buffer {
  const bytes = readFileSync(file);
  if (bytes.byteOffset % 8 === 0) return bytes;
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  bytes.copy(copy);
  return copy;
}

function readChecked(file: string): unknown {
  try {
    const text = readFileSync(file, 'utf8');
    const line = text.indexOf('\n');
    const [version, sum] = text.slice(0, line).split(' ').map(Number);
    const body = text.slice(line + 1);
    return version === segmentVersion && crc32(body) === sum ? (JSON.parse(body) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** A segment is named by its content, so one that is there already is the same. */
function saveSegment(folder: string, { packed }: Segment): string {
  const name = `${createHash('sha256').update(packed).digest('hex').slice(0, 24)}.seg`;
  const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size;
  if (size !== packed.length) writeWhole(join(folder, name), packed);
  return name;
}

function writeWhole(file: string, content: string | Buffer): void {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, content);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function prepare(folder: string): void {
  if (mkdirSync(folder, { recursive: true }) !== undefined) writeFileSync(join(folder, '.gitignore'), '*\n');
}

function tidy(folder: string, used: ReadonlySet<string>, before: number): void {
  for (const name of readdirSync(folder)) {
    if (used.has(name) || !/\.(seg|tmp)$/.test(name)) continue;
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stats && stats.mtimeMs < before) rmSync(join(folder, name), { force: true });
  }
}
