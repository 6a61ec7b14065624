import { fileKind, type FileKind } from '../index/file-kind.ts';
import type { LiveIndex } from '../index/live-index.ts';
import type { Segment } from '../index/segment.ts';
import { wordsOfText } from '../parse/words.ts';

/** The files of one state of the index by number, for scoring them in columns. */
export interface FileTable {
  readonly paths: readonly string[];
  readonly kinds: readonly FileKind[];
  numberOf(path: string): number | undefined;
  /** Contents that files have, segment by segment. */
  readonly segments: readonly LiveSegment[];
  /** Number of contents in use. */
  readonly docs: number;
  /** Words of a content on average. */
  readonly averageLength: number;
  readonly averageChunk: number;
  /** Files whose path has a word, with a weight: 2 in the file's own name, 1 in the name of a folder. */
  withPathWord(word: string): readonly PathHit[];
}

export interface LiveSegment {
  readonly segment: Segment;
  /** Files that have a content; empty for one that no file has any more. */
  readonly filesOf: readonly (readonly number[])[];
}

export interface PathHit {
  readonly file: number;
  readonly weight: number;
}

/** Lays out the files of an index as it is now. */
export function fileTable(index: LiveIndex): FileTable {
  const entries = [...index.files.values()].filter(({ key }) => key !== undefined);
  const paths = entries.map(({ path }) => path);
  const numbers = new Map(paths.map((path, number) => [path, number]));
  const users = new Map<Segment, number[][]>(
    index.segments.map((segment) => [segment, Array.from({ length: segment.docs }, () => [])]),
  );
  for (const [number, { key = '' }] of entries.entries()) {
    const place = index.placeOf(key);
    if (place) users.get(place.segment)?.[place.doc]?.push(number);
  }
  const segments = [...users].map(([segment, filesOf]): LiveSegment => ({ segment, filesOf }));
  let pathWords: Map<string, PathHit[]> | undefined;
  return {
    paths,
    kinds: paths.map(fileKind),
    numberOf: (path) => numbers.get(path),
    segments,
    ...lengths(segments),
    withPathWord(word) {
      pathWords ??= indexPaths(paths);
      return pathWords.get(word) ?? [];
    },
  };
}

function lengths(segments: readonly LiveSegment[]) {
  let [docs, chunks, words] = [0, 0, 0];
  for (const { segment, filesOf } of segments) {
    for (let doc = 0; doc < segment.docs; doc++) {
      if ((filesOf[doc]?.length ?? 0) === 0) continue;
      docs += 1;
      words += segment.lengthOf(doc);
      chunks += segment.firstChunk(doc + 1) - segment.firstChunk(doc);
    }
  }
  return { docs, averageLength: words / Math.max(1, docs), averageChunk: words / Math.max(1, chunks) };
}

function indexPaths(paths: readonly string[]): Map<string, PathHit[]> {
  const found = new Map<string, PathHit[]>();
  const byFolder = new Map<string, ReadonlySet<string>>();
  for (const [file, path] of paths.entries()) {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(0, slash));
    const name = path.slice(slash + 1).replace(/\.[^.]+$/, '');
    const folderWords = byFolder.get(folder) ?? new Set(wordsOfText(folder));
    byFolder.set(folder, folderWords);
    const nameWords = new Set(wordsOfText(`${name} ${name.replace(/[^\p{L}\p{N}]/gu, '')}`));
    for (const word of folderWords) if (!nameWords.has(word)) push(found, word, { file, weight: 1 });
    for (const word of nameWords) push(found, word, { file, weight: 2 });
  }
  return found;
}

function push(found: Map<string, PathHit[]>, word: string, hit: PathHit): void {
  const known = found.get(word);
  if (known) known.push(hit);
  else found.set(word, [hit]);
}
