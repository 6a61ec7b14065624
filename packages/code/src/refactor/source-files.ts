import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A text file as it is on disk. */
export interface SourceFile {
  /** Without the byte order mark. */
  readonly text: string;
  readonly mark: '' | '\uFEFF';
  /** SHA-256 of the bytes in hex. */
  readonly hash: string;
  /** Its bytes are UTF-8, so that what is written back is what was read. */
  readonly sound: boolean;
}

/** The files of a tree as they would be: what is on disk, with what a plan puts over it. */
export interface SourceFiles {
  readonly root: string;
  /** As on disk; undefined when it cannot be read. */
  disk(path: string): SourceFile | undefined;
  /** As planned; undefined for what is not there or taken away. */
  text(path: string): string | undefined;
  /** Puts a text over a file, without its mark; `null` takes the file away. */
  put(path: string, text: string | null): void;
  /** Takes everything off again. */
  clear(): void;
  /** What is put over, in the order of paths. */
  planned(): readonly (readonly [path: string, text: string | null])[];
  /** Tells whether a file would be there, when the plan says so; undefined where the disk decides. */
  plannedThere(path: string): boolean | undefined;
  /** Goes up whenever files come or go. */
  generation(): number;
  /** Goes up with each `put` of the path. */
  version(path: string): number;
}

/** Makes it for a folder. Paths are relative to it, with forward slashes. What is read is kept. */
export function sourceFiles(root: string): SourceFiles {
  const read = new Map<string, SourceFile | undefined>();
  const over = new Map<string, string | null>();
  const versions = new Map<string, number>();
  let generation = 0;
  const bump = (path: string): void => void versions.set(path, (versions.get(path) ?? 0) + 1);
  const disk = (path: string): SourceFile | undefined => {
    if (!read.has(path)) read.set(path, readSource(join(root, path)));
    return read.get(path);
  };
  return {
    root,
    disk,
    text(path) {
      const put = over.get(path);
      return put === undefined ? disk(path)?.text : (put ?? undefined);
    },
    put(path, text) {
      if (disk(path)?.text === text || (text === null && !disk(path))) over.delete(path);
      else over.set(path, text);
      if (text === null || !disk(path)) generation += 1;
      bump(path);
    },
    clear() {
      for (const path of over.keys()) bump(path);
      over.clear();
      generation += 1;
    },
    planned: () => [...over].toSorted(([one], [other]) => (one < other ? -1 : 1)),
    plannedThere(path) {
      const put = over.get(path);
      return put === undefined ? undefined : put !== null;
    },
    generation: () => generation,
    version: (path) => versions.get(path) ?? 0,
  };
}

function readSource(absolute: string): SourceFile | undefined {
  try {
    const bytes = readFileSync(absolute);
    const whole = bytes.toString('utf8');
    const mark = whole.startsWith('\uFEFF') ? '\uFEFF' : '';
    const sound = Buffer.from(whole, 'utf8').equals(bytes);
    return { text: whole.slice(mark.length), mark, hash: createHash('sha256').update(bytes).digest('hex'), sound };
  } catch {
    return undefined;
  }
}
