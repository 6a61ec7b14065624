import picomatch from 'picomatch';
import type { Extent } from '../effect/effect.ts';
import { isInside, normalPath } from '../effect/normal-path.ts';
import { folded } from './folded.ts';
import { globSamples } from './glob-sample.ts';

/** How globs are read. */
export interface GlobOptions {
  /** Absolute folders that relative globs start from. */
  readonly roots: readonly string[];
  /** Takes `.GIT`, `.git.` and `.g<zero-width>it` for `.git`, as some file systems do. For rules that hold back. */
  readonly fold?: boolean;
  /** What of the path is meant. Default `file`. With `fold`, a tree or pattern matches when any file it means may. */
  readonly extent?: Extent;
  /** The tree or pattern is changed, not only read. */
  readonly writes?: boolean;
}

/**
 * Tells whether an absolute path matches any of some globs.
 *
 * A glob that begins with `/` is matched against the whole path, any other against the path below each root. `*` and
 * `**` match names that begin with a dot, and a glob that matches a folder matches all below it.
 */
export function matchPath(path: string, globs: readonly string[], options: GlobOptions): boolean {
  const { fold = false, extent = 'file', roots } = options;
  const spelt = spell(path, fold);
  if (spelt === undefined) return false;
  const bases = roots.map((root) => spell(root, fold)).filter((root) => root !== undefined);
  if (matchFile(spelt, globs, { bases, fold })) return true;
  if (!fold || extent === 'file') return false;
  const place: Place = { path: spelt, bases, writes: options.writes === true };
  return globs.some((glob) => (extent === 'tree' ? treeHolds(place, glob) : patternMayMatch(place, glob)));
}

interface Place {
  readonly path: string;
  readonly bases: readonly string[];
  readonly writes: boolean;
}

function matchFile(
  spelt: string,
  globs: readonly string[],
  { bases, fold }: { readonly bases: readonly string[]; readonly fold: boolean },
): boolean {
  const { whole, below } = compiled(globs, fold);
  if (whole?.test(spelt)) return true;
  return (
    below !== undefined &&
    bases.some(
      (base) => isInside(spelt, base) && below.test(base === '/' ? spelt.slice(1) : spelt.slice(base.length + 1)),
    )
  );
}

/** A folder that a glob names in part, or a root with all the glob may match in it. */
function treeHolds({ path, bases, writes }: Place, glob: string): boolean {
  const globs = single(glob);
  const below = (tail: string): boolean =>
    matchFile(`${path === '/' ? '' : path}/${tail}`, globs, { bases, fold: true });
  if (writes && !glob.startsWith('/') && bases.some((base) => isInside(base, path))) return true;
  return globSamples(glob.toLowerCase()).some((sample) => {
    const names = sample.split('/');
    return names.some((_, from) => from > 0 && below(names.slice(from).join('/')));
  });
}

/**
 * Tells whether a shell pattern can match what a glob means, by trying the glob's samples in the pattern's folder.
 *
 * For reading, a bare `*` or `*.json` does not count as reaching for a file that happens to match.
 */
function patternMayMatch({ path, bases, writes }: Place, glob: string): boolean {
  const names = path.split('/');
  const first = names.findIndex((name) => /[*?[{(]/.test(name));
  const base = names.slice(0, first < 0 ? undefined : first).join('/');
  const last = names.at(-1) ?? '';
  const wide = /^\**$/.test(last);
  if (wide && !writes) return base !== '' && treeHolds({ path: base, bases, writes }, glob);
  const lastOfGlob = glob.split('/').at(-1) ?? '';
  if (/^\*+(?:\.\w+)?$/.test(last) && !writes && !lastOfGlob.startsWith('*')) return false;
  const test = shellPattern(path);
  return globSamples(glob.toLowerCase()).some((sample) => {
    const parts = sample.split('/');
    return parts.some((_, from) => {
      const candidate = `${base}/${parts.slice(from).join('/')}`;
      return test(candidate) && matchFile(candidate, single(glob), { bases, fold: true });
    });
  });
}

// Paths and globs come again and again. The bounds only guard against a policy or a list of files without end.
const MAX_KEPT = 10_000;

function kept<Value>(memory: Map<string, Value>, key: string, make: () => Value): Value {
  const known = memory.get(key);
  if (known !== undefined) return known;
  if (memory.size >= MAX_KEPT) memory.clear();
  const made = make();
  memory.set(key, made);
  return made;
}

const spellings = new Map<string, string>();

function spell(path: string, fold: boolean): string | undefined {
  const found = kept(spellings, `${fold ? 'i' : 'c'}${path}`, () => {
    const normal = normalPath(path);
    return normal === undefined ? '' : fold ? folded(normal) : normal;
  });
  return found === '' ? undefined : found;
}

const singles = new Map<string, readonly string[]>();
const single = (glob: string): readonly string[] => kept(singles, glob, () => [glob]);

interface Compiled {
  readonly whole: RegExp | undefined;
  readonly below: RegExp | undefined;
}

const folds = new WeakMap<readonly string[], Compiled>();
const exacts = new WeakMap<readonly string[], Compiled>();

/** All globs of a list as two regular expressions: of whole paths, and of paths below a root. */
function compiled(globs: readonly string[], fold: boolean): Compiled {
  const memory = fold ? folds : exacts;
  const known = memory.get(globs);
  if (known) return known;
  const join = (list: readonly string[]): RegExp | undefined =>
    list.length === 0
      ? undefined
      : new RegExp(list.map((glob) => `(?:${source(fold ? glob.toLowerCase() : glob)})`).join('|'));
  const made = {
    whole: join(globs.filter((glob) => glob.startsWith('/'))),
    below: join(globs.filter((glob) => !glob.startsWith('/'))),
  };
  memory.set(globs, made);
  return made;
}

function source(glob: string): string {
  const trimmed = glob.length > 1 && glob.endsWith('/') ? glob.slice(0, -1) : glob;
  const options = { dot: true, nonegate: true } as const;
  return `${picomatch.makeRe(trimmed, options).source}|${picomatch.makeRe(`${trimmed}/**`, options).source}`;
}

const patterns = new Map<string, (path: string) => boolean>();

function shellPattern(pattern: string): (path: string) => boolean {
  return kept(patterns, pattern, () => {
    const made = picomatch(pattern, { posix: true, nonegate: true });
    return (path) => made(path);
  });
}
