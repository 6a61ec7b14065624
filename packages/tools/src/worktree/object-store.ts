import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { CapstanError } from '@capstan/sdk/contract';
import { isMissing } from './locate.ts';
import { buildPack, readEntry, readIndex } from './pack-file.ts';
import type { ObjectType, PackedObject, PackIndex } from './pack-file.ts';

/**
 * A git object store of our own, apart from the user's: contents by their SHA-1, kept as packs that git itself reads
 * (`git --git-dir=.capstan/shadow.git log --all`).
 */
export interface ObjectStore {
  readonly folder: string;
  /** Makes the folders and learns what is there; again when another process may have added to it. */
  load(): Promise<void>;
  has(id: string): boolean;
  /** Adds an object in memory; `flush` writes what was added. */
  put(type: ObjectType, content: Buffer): string;
  /** Bytes that wait for `flush`. */
  readonly pending: number;
  flush(): Promise<void>;
  /** @throws {CapstanError} `patch_failed` when the object is missing or damaged. */
  get(id: string): Promise<Buffer>;
  /** Points a name at a commit, so that git keeps it. */
  setRef(name: string, id: string): Promise<void>;
  readRef(name: string): Promise<string | undefined>;
  refs(): Promise<string[]>;
}

/** The name git gives to an object. */
export function objectId(type: ObjectType, content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

/** Where an object lies. */
interface Place {
  readonly file: string;
  readonly offset: number;
  readonly end: number;
}

/** Opens the store in a folder; nothing is created until `load`. */
export function objectStore(folder: string): ObjectStore {
  const packFolder = join(folder, 'objects', 'pack');
  const refFolder = join(folder, 'refs', 'capstan');
  const packs = new Set<string>();
  const places = new Map<string, Place>();
  const waiting = new Map<string, PackedObject>();
  let pending = 0;

  const learn = (name: string, file: string, index: PackIndex) => {
    packs.add(name);
    for (const [id, { offset, end }] of index) places.set(id, { file, offset, end });
  };

  return {
    folder,
    get pending() {
      return pending;
    },
    async load() {
      await prepare(folder, [packFolder, refFolder]);
      for (const name of await readdir(packFolder)) {
        if (!name.endsWith('.idx') || packs.has(name)) continue;
        const file = join(packFolder, name.replace(/idx$/, 'pack'));
        const { size } = await stat(file).catch(() => ({ size: 0 }));
        if (size > 0) learn(name, file, readIndex(readFileSync(join(packFolder, name)), size));
      }
    },
    has: (id) => waiting.has(id) || places.has(id),
    put(type, content) {
      const id = objectId(type, content);
      if (waiting.has(id) || places.has(id)) return id;
      const deflated = deflateSync(content, { level: 1 });
      waiting.set(id, { id, type, size: content.length, deflated });
      pending += deflated.length;
      return id;
    },
    async flush() {
      if (waiting.size === 0) return;
      const { name, pack, index } = buildPack([...waiting.values()]);
      await writeWhole(join(packFolder, `pack-${name}.pack`), pack);
      await writeWhole(join(packFolder, `pack-${name}.idx`), index);
      learn(`pack-${name}.idx`, join(packFolder, `pack-${name}.pack`), readIndex(index, pack.length));
      waiting.clear();
      pending = 0;
    },
    async get(id) {
      const ready = waiting.get(id);
      if (ready) return inflateSync(ready.deflated);
      const place = places.get(id);
      const content = place && (await readObject(place, id));
      if (content) return content;
      throw new CapstanError(
        'patch_failed',
        `Object ${id} is missing from ${folder}, so this snapshot cannot be used.`,
        { where: folder },
      );
    },
    setRef: (name, id) => writeWhole(join(refFolder, name), Buffer.from(`${id}\n`)),
    async readRef(name) {
      const text = await readFile(join(refFolder, name), 'utf8').catch(() => undefined);
      return text?.trim();
    },
    refs: () =>
      readdir(refFolder).catch((error: unknown) => {
        if (isMissing(error)) return [];
        throw error;
      }),
  };
}

async function prepare(folder: string, folders: readonly string[]): Promise<void> {
  if (existsSync(join(folder, 'HEAD'))) return;
  for (const path of [...folders, join(folder, 'refs', 'heads')]) await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  await writeFile(join(folder, 'HEAD'), 'ref: refs/heads/none\n');
}

async function readObject({ file, offset, end }: Place, id: string): Promise<Buffer | undefined> {
  const handle = await open(file, 'r');
  try {
    const entry = Buffer.alloc(end - offset);
    await handle.read(entry, 0, entry.length, offset);
    const found = readEntry(entry);
    const content = found && inflateSync(found.deflated);
    return content && objectId(found.type, content) === id ? content : undefined;
  } finally {
    await handle.close();
  }
}

/** Writes a file beside its place, flushes it and renames it, so that it is whole or absent. */
async function writeWhole(file: string, bytes: Buffer): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
