import type { Dirent } from 'node:fs';
import { lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findGit, folderRules, ignoreFiles, isIgnored, isStateFolder, outerRules, trackedFiles } from '@capstan/tools';
import type { IgnoreRules } from '@capstan/tools';
import { readingOf } from '../parse/language.ts';

/** What tells that a file or folder is as it was. */
export type Stamp = readonly [size: number, mtimeMs: number, ctimeMs: number, inode: number];

/** A folder as it was listed. */
export interface KnownFolder {
  readonly stamp: Stamp;
  /** Names of the files that may be indexed. */
  readonly files: readonly string[];
  /** Names of the folders below that are looked into. */
  readonly folders: readonly string[];
  /** Paths of the files in it that say what is ignored. */
  readonly rules: readonly string[];
}

/** What a scan leaves for the next one. Paths of folders end in a slash; the root's is empty. */
export interface TreeState {
  readonly folders: ReadonlyMap<string, KnownFolder>;
  /** Stamps of the files that say what is ignored; absent ones by a stamp of zeros. */
  readonly rules: ReadonlyMap<string, Stamp>;
  /** Stamp of git's list of tracked files. */
  readonly tracked: Stamp;
  /** Files that git tracks although they are ignored. */
  readonly extra: readonly string[];
}

export interface TreeScan {
  readonly state: TreeState;
  /** Stamps of all files that may be indexed, by path relative to the root. */
  readonly files: ReadonlyMap<string, Stamp>;
  /** The state differs from the one given. */
  readonly changed: boolean;
}

const none: Stamp = [0, 0, 0, 0];
const ownIgnoreFile = '.capstanignore';
const ruleNames: readonly string[] = [...ignoreFiles, ownIgnoreFile];

/** Folders of what others wrote or tools made, ignored or not. */
const foreign =
  /^(node_modules|bower_components|__pycache__|\.venv|\.tox|\.nox|\.mypy_cache|\.pytest_cache|\.ruff_cache|\.next|\.nuxt|\.svelte-kit|\.turbo|\.hg|\.svn|\.yarn|\.pnpm-store|third_party|site-packages|jspm_packages)$/;

const lockFile =
  /^(pnpm-lock\.yaml|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|bun\.lock|deno\.lock|poetry\.lock|uv\.lock|pdm\.lock|composer\.lock|cargo\.lock|go\.sum)$/i;

/**
 * Finds the files that may be indexed: those that git and `.capstanignore` do not exclude, and those that git tracks all
 * the same. Links are not followed; other repositories within this one are left out.
 *
 * With the state of an earlier scan only folders that changed since are listed again.
 */
export async function scanTree(
  root: string,
  { known, now, signal, also = () => false }: ScanOptions,
): Promise<TreeScan> {
  const stale = known === undefined || rulesChanged(root, known);
  const scan: Scan = {
    root,
    now,
    known: stale ? undefined : known,
    folders: new Map(),
    files: new Map(),
    rules: new Map(),
    changed: stale,
    signal,
    also,
  };
  const [gitIndex, exclude] = gitFiles(root);
  if (exclude !== undefined) scan.rules.set(exclude, settled(stampOf(join(root, exclude)) ?? none, now));
  const tracked = settled((gitIndex === undefined ? undefined : stampOf(join(root, gitIndex))) ?? none, now);
  await scanFolders(scan);
  const extraHolds = !stale && tracked[1] > 0 && sameStamp(tracked, known.tracked);
  const extra = extraHolds ? known.extra : trackedExtra(scan);
  for (const path of extra) {
    const stamp = stampOfFile(root, path, now);
    if (stamp) scan.files.set(path, stamp);
  }
  const state: TreeState = { folders: scan.folders, rules: scan.rules, extra, tracked };
  return { state, files: scan.files, changed: scan.changed || !extraHolds };
}

export interface ScanOptions {
  /** What an earlier scan left. */
  readonly known?: TreeState | undefined;
  /** Milliseconds since 1970, by the clock that file times are set by. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
  /** Tells which names are wanted besides those that the index reads. The same for all scans of a tree. */
  readonly also?: (name: string) => boolean;
}

/** Milliseconds within which a file may change a second time and still show the same time. */
const tickMs = 100;

/** What changed a moment ago may change again unseen, so its stamp is not kept: it is looked at anew the next time. */
function settled(stamp: Stamp, now: number): Stamp {
  return now - Math.max(stamp[1], stamp[2]) < tickMs ? none : stamp;
}

function rulesChanged(root: string, { rules }: TreeState): boolean {
  return [...rules].some(([path, stamp]) => !sameStamp(stampOf(join(root, path)) ?? none, stamp));
}

interface Scan {
  readonly root: string;
  readonly now: number;
  readonly known: TreeState | undefined;
  readonly folders: Map<string, KnownFolder>;
  readonly files: Map<string, Stamp>;
  readonly rules: Map<string, Stamp>;
  changed: boolean;
  readonly signal: AbortSignal | undefined;
  readonly also: (name: string) => boolean;
}

interface Level {
  readonly folder: string;
  readonly above: () => RuleChain;
}

/** Rules of git, and those of the user for this index, which hold for tracked files too. */
interface RuleChain {
  readonly git: IgnoreRules | undefined;
  readonly own: IgnoreRules | undefined;
}

async function scanFolders(scan: Scan): Promise<void> {
  const pending: Level[] = [{ folder: '', above: once(() => ({ git: outerRules(scan.root), own: undefined })) }];
  let since = performance.now();
  for (let level = pending.pop(); level; level = pending.pop()) {
    scan.signal?.throwIfAborted();
    pending.push(...scanFolder(scan, level));
    if (performance.now() - since < 12) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
}

function scanFolder(scan: Scan, { folder, above }: Level): Level[] {
  const absolute = join(scan.root, folder);
  const stamp = stampOf(absolute);
  if (!stamp) return [];
  const before = scan.known?.folders.get(folder);
  const same = before && sameStamp(before.stamp, stamp);
  const rules = once(() => rulesIn(scan.root, folder, above()));
  const listed = same ? before : listFolder(scan, folder, { stamp, rules });
  scan.changed ||= !same;
  scan.folders.set(folder, listed);
  for (const path of listed.rules) scan.rules.set(path, settled(stampOf(join(scan.root, path)) ?? none, scan.now));
  for (const name of listed.files) {
    const found = stampOf(`${absolute}/${name}`);
    if (found) scan.files.set(folder + name, settled(found, scan.now));
  }
  return listed.folders.map((name) => ({ folder: `${folder}${name}/`, above: rules }));
}

interface Listing {
  readonly stamp: Stamp;
  readonly rules: () => RuleChain;
}

function listFolder(scan: Scan, folder: string, { stamp, rules }: Listing): KnownFolder {
  const entries = entriesOf(join(scan.root, folder));
  const names = new Set(entries.map(({ name }) => name));
  const kept = settled(stamp, scan.now);
  if (isForeign(folder, names)) return { stamp: kept, files: [], folders: [], rules: [] };
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (entry.isDirectory()) {
      if (!isStateFolder(name) && !foreign.test(name) && !excluded(rules(), `${folder}${name}/`)) folders.push(name);
    } else if (entry.isFile() && (isWanted(name) || scan.also(name)) && !excluded(rules(), folder + name))
      files.push(name);
  }
  const ruleFiles = ruleNames.filter((name) => names.has(name)).map((name) => folder + name);
  return { stamp: kept, files: files.toSorted(), folders: folders.toSorted(), rules: ruleFiles };
}

/** Another repository, an environment of Python, or what Go copied in. */
function isForeign(folder: string, names: ReadonlySet<string>): boolean {
  if (folder !== '' && names.has('.git')) return true;
  return names.has('pyvenv.cfg') || (names.has('modules.txt') && /(^|\/)vendor\/$/.test(folder));
}

function isWanted(name: string): boolean {
  return readingOf(name) !== undefined && !lockFile.test(name);
}

function excluded({ git, own }: RuleChain, path: string): boolean {
  return isIgnored(git, path) || isIgnored(own, path);
}

function rulesIn(root: string, folder: string, { git, own }: RuleChain): RuleChain {
  const names = ruleNames.filter((name) => stampOf(join(root, folder, name)) !== undefined);
  return {
    git: folderRules(root, folder, { above: git, names }),
    own: folderRules(root, folder, { above: own, names, files: [ownIgnoreFile] }),
  };
}

/** Git's list of tracked files and its own ignore file, relative to the root. */
function gitFiles(root: string): readonly string[] {
  const place = findGit(root);
  if (!place) return [];
  return [join(place.gitFolder, 'index'), join(place.gitFolder, 'info', 'exclude')].map((file) => relative(root, file));
}

/** What git tracks in spite of its rules is part of the repository all the same, unless the user's own file excludes it. */
function trackedExtra(scan: Scan): string[] {
  const extra = trackedFiles(scan.root).filter((path) => !scan.files.has(path) && isTrackedWanted(path));
  return extra.filter((path) => !ownExcludes(scan.root, path));
}

function isTrackedWanted(path: string): boolean {
  const names = path.split('/');
  if (names.slice(0, -1).some((name) => isStateFolder(name) || foreign.test(name) || name === 'vendor')) return false;
  return isWanted(names.at(-1) ?? '');
}

function ownExcludes(root: string, path: string): boolean {
  let own: IgnoreRules | undefined;
  let folder = '';
  for (const name of path.split('/')) {
    const names = [ownIgnoreFile].filter((file) => stampOf(join(root, folder, file)) !== undefined);
    own = folderRules(root, folder, { above: own, names, files: [ownIgnoreFile] });
    if (isIgnored(own, `${folder}${name}/`) || isIgnored(own, folder + name)) return true;
    folder += `${name}/`;
  }
  return false;
}

/** Tells whether two stamps are of the same state. */
export function sameStamp(one: Stamp, other: Stamp): boolean {
  return one[0] === other[0] && one[1] === other[1] && one[2] === other[2] && one[3] === other[3];
}

/** The stamp of one file; undefined when it is no file any more. */
export function stampOfFile(root: string, path: string, now: number): Stamp | undefined {
  const absolute = join(root, path);
  const stamp = stampOf(absolute);
  return stamp && lstatSync(absolute, { throwIfNoEntry: false })?.isFile() ? settled(stamp, now) : undefined;
}

function stampOf(absolute: string): Stamp | undefined {
  try {
    const stats = lstatSync(absolute, { throwIfNoEntry: false });
    // A link that replaced a file is none of ours.
    if (!stats || stats.isSymbolicLink()) return undefined;
    return [stats.isDirectory() ? 0 : stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino];
  } catch {
    return undefined;
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
