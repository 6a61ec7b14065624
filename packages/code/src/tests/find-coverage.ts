import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { CodeIndex } from '../context/code-index.ts';
import { mergeCoverage, type Coverage } from './coverage.ts';
import { readCoverage, type Place } from './read-coverage.ts';

const names: readonly string[] = [
  'coverage/coverage-final.json',
  'coverage/coverage-summary.json',
  'coverage/lcov.info',
  'lcov.info',
  'coverage.json',
  'coverage.xml',
  'cobertura.xml',
  'coverage/cobertura-coverage.xml',
  'cover.out',
  'coverage.out',
  'coverage.txt',
  'c.out',
  'profile.cov',
];
/** Folders of what V8 itself writes, a file for each process. */
const folders: readonly string[] = ['coverage/tmp', 'coverage/.v8', '.v8-coverage', '.nyc_output'];

const maxBytes = 64_000_000;
const maxFiles = 200;

/**
 * Reads the data of coverage that lies in a repository where tools put it, at its root and at those of its packages.
 *
 * @param packages Folders of packages, relative to the root; the root is always looked at.
 */
export function findCoverage(
  index: Pick<CodeIndex, 'root' | 'file' | 'files'>,
  packages: readonly string[] = [],
): Coverage {
  const places = ['', ...packages.filter((one) => one !== '.' && one !== '')];
  const files = places.flatMap((folder) => [...names, ...listed(index.root, folder)].map((name) => join(folder, name)));
  return mergeCoverage(files.flatMap((file) => coverageIn(index, file)));
}

/** Reads one file of coverage. Nothing where it is not there, too large, or none. @param file Relative to the root. */
export function coverageIn(index: Pick<CodeIndex, 'root' | 'file' | 'files'>, file: string): Coverage[] {
  const text = textOf(join(index.root, file));
  if (text === undefined) return [];
  const folder = file.includes('/')
    ? file.slice(0, file.search(/\/?(coverage\/|\.nyc_output\/|\.v8-coverage\/|[^/]*$)/))
    : '';
  const found = readCoverage({ source: file, text }, placer(index, folder));
  return found.files.size === 0 ? [] : [found];
}

function listed(root: string, folder: string): string[] {
  return folders.flatMap((one) => {
    try {
      return readdirSync(join(root, folder, one))
        .filter((name) => name.endsWith('.json'))
        .slice(0, maxFiles)
        .map((name) => `${one}/${name}`);
    } catch {
      return [];
    }
  });
}

function textOf(path: string): string | undefined {
  try {
    return statSync(path).size > maxBytes ? undefined : readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Finds files by whole path, by the way from the data's folder, else by as much of the end as is one file's alone. */
function placer({ root, file, files }: Pick<CodeIndex, 'root' | 'file' | 'files'>, folder: string): Place {
  let paths: readonly string[] | undefined;
  return (path) => {
    const plain = path.startsWith('file://') ? decoded(path) : path;
    const way = isAbsolute(plain) ? relative(root, plain) : join(folder, plain);
    if (file(way) !== undefined) return way;
    if (isAbsolute(plain) && !way.startsWith('..')) return undefined;
    paths ??= files().map((one) => one.path);
    const parts = plain.split('/').filter(Boolean);
    // A module of Go stands before the way; a run elsewhere has another root.
    for (let from = 1; from < parts.length; from += 1) {
      const end = parts.slice(from).join('/');
      if (file(end) !== undefined) return end;
      const fitting = paths.filter((one) => one.endsWith(`/${end}`));
      if (fitting.length === 1) return fitting[0];
    }
    return undefined;
  };
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url.slice('file://'.length));
  } catch {
    return url;
  }
}
