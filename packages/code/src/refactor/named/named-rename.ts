import type { CodeIndex } from '../../context/code-index.ts';
import { counted } from '../counted.ts';
import { placeOf, type Target } from '../find-target.ts';
import { refuse, refuseFor, type Obstacle } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import type { SourceFiles } from '../source-files.ts';
import { applyEdits, inOrder, type TextEdit } from '../text-edit.ts';
import { changedMeanings, errorsNear, namedFile, unreadPlaces, type NamedFile } from './named-file.ts';

/** A rename of a name of Python or Go on its way. */
export interface NamedRename {
  readonly index: CodeIndex;
  readonly files: SourceFiles;
  readonly target: Target;
  readonly old: string;
  readonly next: string;
  readonly what: string;
  readonly isPublic: boolean;
  /** Reads a file, once. */
  read(path: string): NamedFile | undefined;
  /** Files of the language whose text has a word. */
  having(word: string): readonly NamedFile[];
}

/** Places to change, what stands against it, and what a person may look at. */
export interface NamedPlaces {
  readonly edits: Map<string, TextEdit[]>;
  readonly obstacles: Obstacle[];
  readonly warnings: string[];
}

export function newPlaces(): NamedPlaces {
  return { edits: new Map(), obstacles: [], warnings: [] };
}

/** Notes a place of the old name. */
export function addPlace({ edits }: NamedPlaces, path: string, start: number, { old, next }: NamedRename): void {
  const list = edits.get(path) ?? [];
  edits.set(path, list);
  if (!list.some((one) => one.start === start)) list.push({ start, end: start + old.length, text: next });
}

export function obstacleAt(file: NamedFile, offset: number, { reason, what }: Omit<Obstacle, 'where'>): Obstacle {
  return { reason, where: placeOf(file.path, file.text, offset), what };
}

/** Makes what a rename works with. */
export function namedRename(
  ground: Pick<NamedRename, 'index' | 'files' | 'isPublic'>,
  target: Target,
  next: string,
): NamedRename {
  const { index, files } = ground;
  const kept = new Map<string, NamedFile | undefined>();
  const read = (path: string): NamedFile | undefined => {
    if (!kept.has(path)) {
      const text = files.text(path);
      kept.set(path, text === undefined ? undefined : namedFile(path, text));
    }
    return kept.get(path);
  };
  const file = read(target.path);
  const name = file?.names.find(({ start, end }) => start <= target.offset && end > target.offset);
  if (!file || !name) {
    const where = file ? placeOf(file.path, file.text, target.offset) : target.path;
    return refuse(`rename to ${next}`, { reason: 'unsupported', where, what: 'no name stands here' });
  }
  const pattern = target.path.endsWith('.go') ? /\.go$/ : /\.pyi?$/;
  const paths = [...index.files(), ...index.skipped()].map((one) => one.path).filter((path) => pattern.test(path));
  return {
    ...ground,
    target: { path: target.path, offset: name.start },
    old: name.name,
    next,
    what: `rename ${name.name} to ${next}`,
    read,
    having: (word) => paths.flatMap((path) => (files.text(path)?.includes(word) === true ? (read(path) ?? []) : [])),
  };
}

/**
 * Checks and puts the changes over the files.
 *
 * @param near Files where the new name must not change what anything means, besides those that change.
 */
export function finishRename(rename: NamedRename, places: NamedPlaces, near: Iterable<string> = []): Outcome {
  const { files, index, what, old, next } = rename;
  const skipped = new Map(index.skipped().map(({ path, reason }) => [path, reason]));
  for (const path of places.edits.keys()) {
    const reason = skipped.get(path);
    if (reason !== undefined)
      places.obstacles.push({ reason: 'generated', where: path, what: `it is left out of the index: ${reason}` });
    if (files.disk(path)?.sound === false)
      places.obstacles.push({ reason: 'unsupported', where: path, what: 'it is not written in UTF-8' });
  }
  const looked = new Set([...places.edits.keys(), ...near]);
  for (const path of looked) {
    const file = rename.read(path);
    if (file)
      places.obstacles.push(...unreadPlaces(file, old), ...unreadPlaces(file, next), ...errorsNear(file, [old, next]));
  }
  refuseFor(what, places.obstacles);
  const counts = new Map<string, number>();
  const texts = new Map<string, string>();
  const changed: Obstacle[] = [];
  for (const [path, list] of places.edits) {
    const file = rename.read(path);
    const edits = inOrder(list);
    if (!file || !edits) return refuse(what, { reason: 'unsupported', where: path, what: 'changes would overlap' });
    const text = applyEdits(file.text, edits);
    changed.push(...changedMeanings(file, namedFile(path, text), edits));
    texts.set(path, text);
    counts.set(path, edits.length);
  }
  refuseFor(what, changed);
  for (const [path, text] of texts) files.put(path, text);
  return {
    summary: what,
    warnings: places.warnings.slice(0, 20),
    checked: [`every name of ${counted(looked.size, 'file')} means what it did`],
    places: counts,
  };
}
