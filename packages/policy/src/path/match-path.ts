import picomatch from 'picomatch';
import type { Extent } from '../effect/effect.ts';
import { folded } from './folded.ts';
import { globSamples } from './glob-sample.ts';
import { isInside, normalPath } from '../effect/normal-path.ts';

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
 * Tells whether an absolute path matches a glob.
 *
 * A glob that begins with `/` is matched against the whole path, any other against the path below each root. `*` and
 * `**` match names that begin with a dot, and a glob that matches a folder matches all below it.
 */
export function matchPath(path: string, glob: string, options: GlobOptions): boolean {
  const normal = normalPath(path);
  if (normal === undefined) return false;
  const { fold = false, extent = 'file' } = options;
  const spelt = fold ? folded(normal) : normal;
  if (matchFile(spelt, glob, options)) return true;
  if (!fold || extent === 'file') return false;
  return extent === 'tree' ? treeHolds(spelt, glob, options) : patternMayMatch(spelt, glob, options);
}

function matchFile(spelt: string, glob: string, { roots, fold = false }: GlobOptions): boolean {
  const test = matcherOf(glob, fold);
  if (glob.startsWith('/')) return test(spelt);
  for (const root of roots) {
    const base = baseOf(root, fold);
    if (base === undefined || !isInside(spelt, base)) continue;
    if (test(base === '/' ? spelt.slice(1) : spelt.slice(base.length + 1))) return true;
  }
  return false;
}

/** A folder that a glob names in part, or a root with all the glob may match in it. */
function treeHolds(path: string, glob: string, options: GlobOptions): boolean {
  const below = (tail: string): boolean => matchFile(`${path === '/' ? '' : path}/${tail}`, glob, options);
  for (const sample of globSamples(options.fold ? glob.toLowerCase() : glob)) {
    const names = sample.split('/');
    for (let from = 1; from < names.length; from += 1) if (below(names.slice(from).join('/'))) return true;
    const whole = options.writes === true && options.roots.some((root) => isInside(baseOf(root, true) ?? '/', path));
    if (whole && !glob.startsWith('/')) return true;
  }
  return false;
}

/**
 * Tells whether a shell pattern can match what a glob means, by trying the glob's samples in the pattern's folder.
 *
 * For reading, a bare `*` or `*.json` does not count as reaching for a file that happens to match.
 */
function patternMayMatch(pattern: string, glob: string, options: GlobOptions): boolean {
  const names = pattern.split('/');
  const first = names.findIndex((name) => /[*?[{(]/.test(name));
  const base = names.slice(0, first < 0 ? undefined : first).join('/');
  const last = names.at(-1) ?? '';
  const wide = /^\**$/.test(last);
  const vague = wide || /^\*+(?:\.\w+)?$/.test(last);
  if (wide && options.writes !== true) return base !== '' && treeHolds(base, glob, options);
  const lastOfGlob = glob.split('/').at(-1) ?? '';
  if (vague && options.writes !== true && !lastOfGlob.startsWith('*')) return false;
  const test = matcherOf(pattern, true, true);
  for (const sample of globSamples(glob.toLowerCase())) {
    const parts = sample.split('/');
    for (let from = 0; from < parts.length; from += 1) {
      const candidate = `${base}/${parts.slice(from).join('/')}`;
      if (test(candidate) && matchFile(candidate, glob, options)) return true;
    }
  }
  return false;
}

const bases = new Map<string, string | undefined>();

function baseOf(root: string, fold: boolean): string | undefined {
  const key = `${fold ? 'i' : 'c'}${root}`;
  if (bases.has(key)) return bases.get(key);
  const normal = normalPath(root);
  const base = normal !== undefined && fold ? folded(normal) : normal;
  if (bases.size > 1_000) bases.clear();
  bases.set(key, base);
  return base;
}

// Globs come from policies, which are few and live long; the bound only guards against a policy made in a loop.
const matchers = new Map<string, (path: string) => boolean>();
const MAX_MATCHERS = 10_000;

function matcherOf(glob: string, fold: boolean, shell = false): (path: string) => boolean {
  const key = `${fold ? 'i' : 'c'}${shell ? 's' : 'g'}${glob}`;
  const known = matchers.get(key);
  if (known) return known;
  if (matchers.size >= MAX_MATCHERS) matchers.clear();
  const pattern = fold ? glob.toLowerCase() : glob;
  const trimmed = pattern.endsWith('/') ? pattern.slice(0, -1) : pattern;
  const made = shell
    ? picomatch(trimmed, { posix: true, nonegate: true })
    : picomatch([trimmed, `${trimmed}/**`], { dot: true, nonegate: true });
  const matcher = (path: string): boolean => made(path);
  matchers.set(key, matcher);
  return matcher;
}
