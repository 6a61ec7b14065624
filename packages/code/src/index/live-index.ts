import { readingOf } from '../parse/language.ts';
import type { FileEntry } from './file-entry.ts';
import type { IndexStore, KeptIndex } from './index-store.ts';
import { readInThreads } from './read-in-threads.ts';
import { readJobs, type ReadJob, type ReadOutcome } from './read-jobs.ts';
import { sameStamp, scanTree, stampOfFile, type Stamp, type TreeScan, type TreeState } from './scan-tree.ts';
import { openSegment, type Segment } from './segment.ts';
import { segmentBuilder } from './segment-builder.ts';

/** What a refresh found, as paths in order. */
export interface IndexChange {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Where the facts of a content are. */
export interface DocPlace {
  readonly segment: Segment;
  readonly doc: number;
}

/** The files of a tree with the segments that hold their contents, kept up to date by `refresh`. */
export interface LiveIndex {
  readonly root: string;
  /** Counts up whenever a refresh changed something. */
  readonly generation: number;
  /** Why what was kept could not be used; undefined when it was. */
  readonly rebuilt: string | undefined;
  /** Why the index could not be kept on disk the last time it was tried. */
  readonly unsaved: string | undefined;
  /** By path, in order. */
  readonly files: ReadonlyMap<string, FileEntry>;
  readonly segments: readonly Segment[];
  placeOf(key: string): DocPlace | undefined;
  refresh(signal?: AbortSignal): Promise<IndexChange>;
  /** Looks at these files alone, when the index knows them all; else at everything. */
  update(paths: readonly string[], signal?: AbortSignal): Promise<IndexChange>;
  /** Writes what is not yet on disk. */
  save(): void;
}

export interface LiveIndexOptions {
  /** Absent: nothing is kept on disk. */
  readonly store?: IndexStore | undefined;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** Files below this number are read here; starting threads would take longer. */
const fewFiles = 150;
/** Segments above this number are put together. */
const maxSegments = 8;

/** Opens the index of a tree and brings it up to date. `root` is absolute, links followed. */
export async function openLiveIndex(root: string, options: LiveIndexOptions): Promise<LiveIndex> {
  const kept = options.store?.load() ?? { unusable: 'nothing is kept' };
  const state = emptyState(root, options);
  if ('unusable' in kept) state.rebuilt = kept.unusable;
  else restore(state, kept);
  await refresh(state, options.signal);
  return {
    root,
    get generation() {
      return state.generation;
    },
    get rebuilt() {
      return state.rebuilt;
    },
    get unsaved() {
      return state.unsaved;
    },
    get files() {
      return state.files;
    },
    get segments() {
      return state.segments;
    },
    placeOf: (key) => state.places.get(key),
    refresh: (signal) => oneAtATime(state, () => refresh(state, signal)),
    update: (paths, signal) => oneAtATime(state, () => update(state, paths, signal)),
    save: () => save(state),
  };
}

interface State {
  readonly root: string;
  readonly options: LiveIndexOptions;
  files: Map<string, FileEntry>;
  tree: TreeState | undefined;
  segments: Segment[];
  places: Map<string, DocPlace>;
  generation: number;
  rebuilt: string | undefined;
  unsaved: string | undefined;
  dirty: boolean;
  last: Promise<unknown>;
}

function emptyState(root: string, options: LiveIndexOptions): State {
  return {
    root,
    options,
    files: new Map(),
    tree: undefined,
    segments: [],
    places: new Map(),
    generation: 0,
    rebuilt: undefined,
    unsaved: undefined,
    dirty: false,
    last: Promise.resolve(),
  };
}

function restore(state: State, { files, tree, segments }: KeptIndex): void {
  for (const segment of segments) addSegment(state, segment);
  state.tree = tree;
  for (const file of files) {
    // A content that no segment holds is read again.
    if (file.key === undefined || state.places.has(file.key)) state.files.set(file.path, file);
  }
}

function oneAtATime<T>(state: State, action: () => Promise<T>): Promise<T> {
  const turn = state.last.then(action);
  state.last = turn.catch(() => {});
  return turn;
}

async function refresh(state: State, signal?: AbortSignal): Promise<IndexChange> {
  const now = state.options.now();
  const scan = await scanTree(state.root, { known: state.tree, now, signal });
  state.tree = scan.state;
  return takeIn(state, scan, signal);
}

async function update(state: State, paths: readonly string[], signal?: AbortSignal): Promise<IndexChange> {
  if (paths.some((path) => !state.files.has(path))) return refresh(state, signal);
  const files = new Map<string, Stamp>();
  for (const [path, { stamp }] of state.files) files.set(path, stamp);
  for (const path of paths) {
    const stamp = stampOfFile(state.root, path, state.options.now());
    if (stamp) files.set(path, stamp);
    else files.delete(path);
  }
  return takeIn(state, { files, changed: false }, signal, new Set(paths));
}

/** Brings the files up to what a scan found, reading those that may have changed. */
async function takeIn(
  state: State,
  scan: FoundFiles,
  signal?: AbortSignal,
  only?: ReadonlySet<string>,
): Promise<IndexChange> {
  const jobs = jobsOf(state, scan).filter(({ path }) => only === undefined || only.has(path));
  const outcomes = jobs.length === 0 ? [] : await readAll(state, jobs, signal);
  const change = apply(state, scan, outcomes);
  const some = change.added.length + change.changed.length + change.removed.length > 0;
  state.dirty ||= scan.changed || outcomes.length > 0 || some;
  if (some) {
    state.generation += 1;
    compact(state);
  }
  return change;
}

/** What of a scan matters to the list of files. */
type FoundFiles = Pick<TreeScan, 'files' | 'changed'>;

function jobsOf({ files }: State, scan: FoundFiles): ReadJob[] {
  const jobs: ReadJob[] = [];
  for (const [path, stamp] of scan.files) {
    const known = files.get(path);
    // A stamp of zeros stands for a file that changed a moment ago: it may have changed since.
    if (known && stamp[1] > 0 && sameStamp(known.stamp, stamp)) continue;
    const reading = readingOf(path);
    if (reading) jobs.push({ path, reading });
  }
  return jobs;
}

async function readAll(state: State, jobs: readonly ReadJob[], signal?: AbortSignal): Promise<readonly ReadOutcome[]> {
  if (jobs.length > fewFiles) {
    const threaded = await readInThreads(state.root, jobs, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      if (error instanceof RangeError || error instanceof TypeError) throw error;
      return undefined;
    });
    if (threaded) {
      for (const packed of threaded.segments) addSegment(state, openSegment(packed));
      return threaded.outcomes;
    }
  }
  const reader = readJobs((key) => state.places.has(key));
  const outcomes: ReadOutcome[] = [];
  for (let at = 0; at < jobs.length; at += 32) {
    signal?.throwIfAborted();
    outcomes.push(...reader.read(state.root, jobs.slice(at, at + 32)));
    if (at + 32 < jobs.length) await new Promise((resolve) => setImmediate(resolve));
  }
  addSegment(state, openSegment(reader.finish()));
  return outcomes;
}

function addSegment(state: State, segment: Segment): void {
  if (segment.docs === 0) return;
  state.segments = [...state.segments, segment];
  for (let doc = 0; doc < segment.docs; doc++) {
    const key = segment.keyOf(doc);
    if (!state.places.has(key)) state.places.set(key, { segment, doc });
  }
}

function apply(state: State, scan: FoundFiles, outcomes: readonly ReadOutcome[]): IndexChange {
  const [added, changed, removed]: [string[], string[], string[]] = [[], [], []];
  let sorted = true;
  for (const { path, key, skipped } of outcomes) {
    const known = state.files.get(path);
    const [stamp, reading] = [scan.files.get(path), readingOf(path)];
    if (!stamp || !reading) continue;
    if (!known) added.push(path);
    else if (known.key !== key || known.skipped !== skipped) changed.push(path);
    sorted &&= known !== undefined;
    const end = { ...(key === undefined ? {} : { key }), ...(skipped === undefined ? {} : { skipped }) };
    state.files.set(path, { path, reading, stamp, ...end });
  }
  for (const path of state.files.keys()) {
    if (scan.files.has(path)) continue;
    removed.push(path);
    state.files.delete(path);
  }
  if (!sorted) state.files = new Map([...state.files].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  return { added: added.toSorted(), changed: changed.toSorted(), removed };
}

/** Puts segments together when there are many, and drops contents that no file has any more when they are most. */
function compact(state: State): void {
  const used = new Set([...state.files.values()].flatMap(({ key }) => key ?? []));
  const dead = state.places.size - used.size;
  const whole = dead > 200 && dead > used.size;
  if (!whole && state.segments.length <= maxSegments) return;
  const largest = state.segments.reduce((one, other) => (other.docs > one.docs ? other : one));
  const merged = whole ? state.segments : state.segments.filter((segment) => segment !== largest);
  const builder = segmentBuilder();
  for (const segment of merged) {
    builder.copy(
      segment,
      (doc) => used.has(segment.keyOf(doc)) && state.places.get(segment.keyOf(doc))?.segment === segment,
    );
  }
  state.segments = whole ? [] : [largest];
  state.places = new Map();
  for (const segment of [...state.segments.splice(0), openSegment(builder.finish())]) addSegment(state, segment);
}

function save(state: State): void {
  const { store } = state.options;
  if (!store || !state.dirty || !state.tree) return;
  try {
    store.save({ files: [...state.files.values()], tree: state.tree, segments: state.segments });
    state.unsaved = undefined;
    state.dirty = false;
  } catch (error) {
    state.unsaved = error instanceof Error ? error.message : String(error);
  }
}
