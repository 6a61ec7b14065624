import picomatch from 'picomatch';
import { isInside, normalPath } from './normal-path.ts';

/** How globs are read. */
export interface GlobOptions {
  /** Absolute folders that relative globs start from. */
  readonly roots: readonly string[];
  /** Takes `.GIT`, `.git ` and `.g<zero-width>it` for `.git`, as some file systems do. For rules that hold back. */
  readonly fold?: boolean;
}

/**
 * Tells whether an absolute path matches a glob.
 *
 * A glob that begins with `/` is matched against the whole path, any other against the path below each root. `*` and
 * `**` match names that begin with a dot, and a glob that matches a folder matches all below it.
 */
export function matchPath(path: string, glob: string, { roots, fold = false }: GlobOptions): boolean {
  const normal = normalPath(path);
  if (normal === undefined) return false;
  const test = matcherOf(glob, fold);
  if (glob.startsWith('/')) return test(fold ? folded(normal) : normal);
  for (const root of roots) {
    const base = normalPath(root);
    if (base === undefined || !isInside(normal, base)) continue;
    const below = base === '/' ? normal.slice(1) : normal.slice(base.length + 1);
    if (test(fold ? folded(below) : below)) return true;
  }
  return false;
}

/** Drops what case-folding and Unicode-ignoring file systems drop from each name. */
function folded(path: string): string {
  const plain = path
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase();
  return plain.includes(':') || /[. ](?:\/|$)/.test(plain) ? plain.split('/').map(windowsName).join('/') : plain;
}

/** A name as Windows opens it: without stream and without dots and spaces at its end. */
function windowsName(name: string): string {
  const bare = name.replace(/:.*$/, '').replace(/[. ]+$/, '');
  return bare === '' ? name : bare;
}

// Globs come from policies, which are few and live long; the bound only guards against a policy made in a loop.
const matchers = new Map<string, (path: string) => boolean>();
const MAX_MATCHERS = 10_000;

function matcherOf(glob: string, fold: boolean): (path: string) => boolean {
  const key = `${fold ? 'i' : 'c'}${glob}`;
  const known = matchers.get(key);
  if (known) return known;
  if (matchers.size >= MAX_MATCHERS) matchers.clear();
  const pattern = fold ? glob.toLowerCase() : glob;
  const trimmed = pattern.endsWith('/') ? pattern.slice(0, -1) : pattern;
  const made = picomatch([trimmed, `${trimmed}/**`], { dot: true, nonegate: true });
  const matcher = (path: string): boolean => made(path);
  matchers.set(key, matcher);
  return matcher;
}
