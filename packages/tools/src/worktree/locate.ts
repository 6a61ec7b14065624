import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, relative, sep } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import { foldName, isStateFolder, refusedForm, unportableName } from './portable-name.ts';

/** Where a path leads once every link on the way is followed. */
export interface Location {
  /** Absolute, links followed. */
  readonly absolute: string;
  /** Relative to the root with forward slashes; `.` for the root itself. Meaningless when outside. */
  readonly path: string;
  readonly inside: boolean;
  readonly exists: boolean;
  /** Why it must not be written, though inside: a state folder or an unportable new name. */
  readonly unwritable?: string;
}

export interface LocateOptions {
  /** Whether a link in the last place is followed. Default: yes. */
  readonly last?: 'follow' | 'keep';
  /** Whether the file system holds names that differ in case to be the same. Default: no. */
  readonly foldsCase?: boolean;
}

const maxLinks = 40;

/**
 * Follows a path component by component, links included, without judging where it leads.
 *
 * @param root Real absolute path of the work tree.
 * @param path Relative to the root, or absolute.
 * @throws {CapstanError} `path_outside` for forms that no tree can hold and for endless links.
 */
export async function locate(root: string, path: string, options: LocateOptions = {}): Promise<Location> {
  const refused = refusedForm(path);
  if (refused && process.platform !== 'win32') throw outside(path, refused);
  const start = isAbsolute(path) ? parse(path).root : root;
  const rest = (isAbsolute(path) ? path.slice(start.length) : path).split(separators).filter(Boolean);
  const found = walk(start, rest, path, options);
  return describe(root, found.absolute, found.missingFrom);
}

const separators = sep === '\\' ? /[\\/]/ : '/';

interface Walked {
  readonly absolute: string;
  /** Index into the components of `absolute` from which nothing exists; undefined when all does. */
  readonly missingFrom: string | undefined;
}

function walk(start: string, components: string[], path: string, options: LocateOptions): Walked {
  const pending = components.toReversed();
  let current = start;
  let missingFrom: string | undefined;
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '.') continue;
    if (name === '..') {
      current = dirname(current);
      if (missingFrom !== undefined && !isWithin(missingFrom, current)) missingFrom = undefined;
      continue;
    }
    if (missingFrom !== undefined) {
      current = join(current, name);
      continue;
    }
    const step = entry(current, name, options.foldsCase ?? false);
    const next = join(current, step.name);
    if (step.kind === 'missing') missingFrom = next;
    if (step.kind !== 'link' || (pending.length === 0 && options.last === 'keep')) {
      current = next;
      continue;
    }
    if (++links > maxLinks) throw outside(path, 'goes through too many links');
    const target = readlinkSync(next);
    if (isAbsolute(target)) current = parse(target).root;
    pending.push(...target.split(separators).filter(Boolean).toReversed());
  }
  return { absolute: current, missingFrom };
}

function entry(folder: string, name: string, foldsCase: boolean) {
  const found = lstatOf(join(folder, name));
  if (found && !foldsCase) return { name, kind: found };
  const spelled = spelling(folder, name, foldsCase);
  if (spelled === undefined || spelled === name) return { name, kind: found ?? ('missing' as const) };
  return { name: spelled, kind: found ?? lstatOf(join(folder, spelled)) ?? ('missing' as const) };
}

function lstatOf(path: string): 'link' | 'other' | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) return undefined;
    return stats.isSymbolicLink() ? 'link' : 'other';
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Finds how the folder itself spells a name; two names that look alike to a reader are one file, never two. */
function spelling(folder: string, name: string, foldsCase: boolean): string | undefined {
  const fold = foldsCase ? foldName : (text: string) => text.normalize('NFC');
  if (!foldsCase && isAscii(name)) return undefined;
  const wanted = fold(name);
  const names = namesIn(folder);
  if (names.includes(name)) return name;
  return names.find((candidate) => fold(candidate) === wanted);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAscii(text: string): boolean {
  return !/[^\u0000-\u007f]/.test(text);
}

function describe(root: string, absolute: string, missingFrom: string | undefined): Location {
  const inside = isWithin(root, absolute);
  const path = inside ? toPosix(relative(root, absolute)) || '.' : absolute;
  const unwritable = inside ? whyUnwritable(root, absolute, missingFrom) : undefined;
  return { absolute, path, inside, exists: missingFrom === undefined, ...(unwritable ? { unwritable } : {}) };
}

function whyUnwritable(root: string, absolute: string, missingFrom: string | undefined): string | undefined {
  const names = relative(root, absolute).split(sep).filter(Boolean);
  const state = names.find(isStateFolder);
  if (state) return `lies in ${state}, which tools do not write`;
  if (missingFrom === undefined) return undefined;
  const known = relative(root, dirname(missingFrom)).split(sep).filter(Boolean).length;
  for (const name of names.slice(known)) {
    const why = unportableName(name);
    if (why) return `has "${name}", which ${why}`;
  }
  return undefined;
}

/** Tells whether an absolute path is the folder itself or below it. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Turns a path of this system into one with forward slashes. */
export function toPosix(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** Tells whether a file system error says that nothing is there. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

/** Tells whether an error carries this system code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** The refusal of a path, in words the model can act on. */
export function outside(path: string, why: string): CapstanError {
  return new CapstanError('path_outside', `The path "${path}" ${why}. Give a path inside the work tree.`, {
    where: path,
  });
}
