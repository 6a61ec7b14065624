import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

/** Looks into the files of a tree, for what decides where imports lead. */
export interface TreeFiles {
  readonly root: string;
  /** Tells whether the index knows a file, by its path relative to the root. */
  has(path: string): boolean;
  /** Paths of all files. */
  paths(): Iterable<string>;
  /** Paths of the files of a folder; the root's is empty. */
  inFolder(folder: string): readonly string[];
  /** Reads a JSON file, comments and trailing commas allowed; undefined when it cannot be read. */
  json(path: string): Readonly<Record<string, unknown>> | undefined;
  text(path: string): string | undefined;
}

/** Makes it over a list of paths. What is read is kept. */
export function treeFiles(root: string, paths: ReadonlySet<string> | ReadonlyMap<string, unknown>): TreeFiles {
  const folders = new Map<string, string[]>();
  for (const path of paths.keys()) {
    const folder = parentOf(path);
    const files = folders.get(folder);
    if (files) files.push(path);
    else folders.set(folder, [path]);
  }
  const texts = new Map<string, string | undefined>();
  const text = (path: string): string | undefined => {
    if (!texts.has(path)) texts.set(path, readText(`${root}/${path}`));
    return texts.get(path);
  };
  return {
    root,
    has: (path) => paths.has(path),
    paths: () => paths.keys(),
    inFolder: (folder) => folders.get(folder) ?? [],
    text,
    json(path) {
      const body = text(path);
      return body === undefined ? undefined : parseLoose(body);
    },
  };
}

/** The folder of a path; empty for the root. */
export function parentOf(path: string): string {
  const folder = dirname(path);
  return folder === '.' ? '' : folder;
}

/** Joins a folder and a way below or above it; undefined when it leads out of the tree. */
export function joinInside(folder: string, way: string): string | undefined {
  const path = join(folder, way);
  if (path === '..' || path.startsWith('../') || path.startsWith('/')) return undefined;
  return path === '.' ? '' : path.replace(/^\.\//, '').replace(/\/$/, '');
}

function readText(absolute: string): string | undefined {
  try {
    return readFileSync(absolute, 'utf8');
  } catch {
    return undefined;
  }
}

/** Parses JSON as tsconfig files are written. */
function parseLoose(text: string): Readonly<Record<string, unknown>> | undefined {
  const plain = text
    .replace(/^\uFEFF/, '')
    .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '$1')
    .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[\]}])/g, '$1');
  try {
    const value: unknown = JSON.parse(plain);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
