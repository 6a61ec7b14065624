import { closeSync, existsSync, openSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CapstanError, newId } from '@capstan/sdk/contract';
import { decodeTime, ulid } from 'ulid';
import { flush } from './folder.ts';
import { hasCode, isMissing } from './locate.ts';
import { headOf, packRecord, parseHead, unpackRecord } from './patch-record.ts';
import type { PatchHead, PatchRecord } from './patch-record.ts';

const ignoreFile = `# What Capstan keeps here is private, but for these.
*
!config.json
!policy.json
!playbook.md
!recipes/
!recipes/**
`;

/** The files under `.capstan/` that make changes reversible: intents in `journal/`, done ones in `patches/`. */
export interface Journal {
  readonly lockFile: string;
  /** Where the contents of snapshots are kept. */
  readonly storeFolder: string;
  /** Makes the folders where they are missing. */
  prepare(): Promise<void>;
  /** An id greater than that of every record so far, and the last of those. Under the lock only. */
  nextId(): Promise<{ readonly id: string; readonly parent?: string }>;
  /** Writes an intent and flushes it; nothing in the tree may change before this is done. */
  intend(record: PatchRecord): Promise<void>;
  /** Writes the diff and what a list of patches shows; it counts only once the record is committed. */
  describe(record: PatchRecord, diffLatin1: string): Promise<void>;
  /** Moves the intent to its place among the patches. */
  commit(id: string): Promise<void>;
  /** Forgets an intent that was undone. */
  drop(id: string): Promise<void>;
  /** Ids of intents without a commit, oldest first. */
  open(): Promise<string[]>;
  /** Reads an intent; `undefined` when it is torn. */
  readIntent(id: string): Promise<PatchRecord | undefined>;
  /** What all committed records say of themselves, oldest first. */
  heads(): Promise<PatchHead[]>;
  /** @throws {CapstanError} `not_found` for an id it does not know, `patch_failed` when its file is damaged. */
  read(id: string): Promise<PatchRecord>;
  readDiff(id: string): Promise<Buffer>;
  /** Notes that a program is about to change the tree, and how the tree was before. */
  watch(note: WatchNote): Promise<void>;
  watches(): Promise<WatchNote[]>;
  unwatch(id: string): Promise<void>;
}

/** A program that changes the tree, as long as what it did is not written down. */
export interface WatchNote {
  readonly id: string;
  /** The process that waits for it, and what tells it from a later one with the same number. */
  readonly pid: number;
  readonly mark: string;
  /** Object of the tree as it was before. */
  readonly manifest: string;
  readonly runId?: string;
  readonly callId?: string;
  readonly label?: string;
}

/** Opens the journal of the tree at `root`; nothing is created until `prepare`. */
export function openJournal(root: string): Journal {
  const home = join(root, '.capstan');
  const intents = join(home, 'journal');
  const patches = join(home, 'patches');
  const heads = new Map<string, PatchHead>();
  let known: { mtimeMs: number; last: string | undefined } | undefined;

  function last(): string | undefined {
    const { mtimeMs } = statSync(patches);
    if (known?.mtimeMs !== mtimeMs) known = { mtimeMs, last: committed(patches).at(-1) };
    return known.last;
  }

  async function head(id: string): Promise<PatchHead> {
    const cached = heads.get(id);
    if (cached) return cached;
    const file = join(patches, `${id}.json`);
    const text = await readFile(file, 'utf8').catch(() => '');
    const read = parseHead(text) ?? headOf(await readRecord(id));
    heads.set(id, read);
    return read;
  }

  async function readRecord(id: string): Promise<PatchRecord> {
    const file = join(patches, `${id}.images`);
    const packed = await readFile(file).catch((error: unknown) => {
      throw isMissing(error) || hasCode(error, 'EINVAL') ? unknownPatch(id) : error;
    });
    const record = unpackRecord(packed);
    if (record) return record;
    throw new CapstanError('patch_failed', `${file} is damaged, so patch ${id} cannot be used.`, { where: file });
  }

  return {
    lockFile: join(home, 'lock'),
    storeFolder: join(home, 'shadow.git'),
    async prepare() {
      if (existsSync(intents) && existsSync(patches)) return;
      await mkdir(intents, { recursive: true, mode: 0o700 });
      await mkdir(patches, { recursive: true, mode: 0o700 });
      await writeFile(join(home, '.gitignore'), ignoreFile, { flag: 'wx' }).catch((error: unknown) => {
        if (!hasCode(error, 'EEXIST')) throw error;
      });
    },
    async nextId() {
      const parent = last();
      const id = newId();
      if (parent === undefined) return { id };
      return { id: id > parent ? id : ulid(decodeTime(parent) + 1), parent };
    },
    async intend(record) {
      await writeSynced(join(intents, `${record.id}.tx`), packRecord(record));
      await syncFolder(intents);
    },
    async describe(record, diffLatin1) {
      const json = `${JSON.stringify(headOf(record), null, 2)}\n`;
      writeFileSync(join(patches, `${record.id}.diff`), diffLatin1, { encoding: 'latin1', mode: 0o600 });
      writeFileSync(join(patches, `${record.id}.json`), json, { mode: 0o600 });
    },
    async commit(id) {
      renameSync(join(intents, `${id}.tx`), join(patches, `${id}.images`));
      await syncFolder(patches);
      known = { mtimeMs: statSync(patches).mtimeMs, last: id };
    },
    async drop(id) {
      await rm(join(patches, `${id}.diff`), { force: true });
      await rm(join(patches, `${id}.json`), { force: true });
      await rm(join(intents, `${id}.tx`), { force: true });
    },
    async open() {
      return idsOf(namesIn(intents), '.tx');
    },
    async readIntent(id) {
      return unpackRecord(await readFile(join(intents, `${id}.tx`)));
    },
    async heads() {
      return Promise.all(committed(patches).map(head));
    },
    read: readRecord,
    readDiff: (id) => readFile(join(patches, `${id}.diff`)),
    async watch(note) {
      await writeSynced(join(intents, `${note.id}.watch`), Buffer.from(JSON.stringify(note)));
    },
    async watches() {
      const notes: WatchNote[] = [];
      for (const id of idsOf(namesIn(intents), '.watch')) {
        const note = parseNote(await readFile(join(intents, `${id}.watch`), 'utf8').catch(() => ''));
        if (note) notes.push(note);
      }
      return notes;
    },
    unwatch: (id) => rm(join(intents, `${id}.watch`), { force: true }),
  };
}

/** A torn note was never acted upon. */
function parseNote(text: string): WatchNote | undefined {
  try {
    return JSON.parse(text) as WatchNote;
  } catch {
    return undefined;
  }
}

/** The refusal of an id that the log does not hold. */
export function unknownPatch(id: string): CapstanError {
  return new CapstanError('not_found', `No patch ${id} here. List the patches to see their ids.`, { where: id });
}

function committed(patches: string): string[] {
  return idsOf(namesIn(patches), '.images');
}

function idsOf(names: readonly string[], ending: string): string[] {
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .toSorted();
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function writeSynced(file: string, bytes: Buffer): Promise<void> {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(descriptor, bytes);
    await flush(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    await flush(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
