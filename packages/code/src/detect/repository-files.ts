import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { scanTree } from '../index/scan-tree.ts';

/** Files of a repository, for finding out what it is made with. Paths are relative to the root, folders without a slash. */
export interface RepositoryFiles {
  readonly root: string;
  /** Every folder that is not ignored; the root's is empty. */
  readonly folders: readonly string[];
  /** Names of the files in a folder. */
  names(folder: string): readonly string[];
  has(path: string): boolean;
  /** Text of a file up to 16 MB; undefined where there is none. */
  text(path: string): string | undefined;
}

const maxBytes = 16_000_000;

/** Lists the folders of a repository; files are read when they are asked for, and kept. */
export async function repositoryFiles(root: string, signal?: AbortSignal): Promise<RepositoryFiles> {
  const { state } = await scanTree(root, { now: Date.now(), signal });
  const names = new Map<string, readonly string[]>();
  const texts = new Map<string, string | undefined>();
  const namesIn = (folder: string): readonly string[] => {
    const known = names.get(folder);
    if (known) return known;
    const found = filesIn(join(root, folder));
    names.set(folder, found);
    return found;
  };
  return {
    root,
    folders: [...state.folders.keys()].map((folder) => folder.replace(/\/$/, '')).toSorted(),
    names: namesIn,
    has: (path) => namesIn(folderOf(path)).includes(nameOf(path)),
    text(path) {
      if (!texts.has(path)) texts.set(path, textOf(join(root, path)));
      return texts.get(path);
    },
  };
}

/** Joins a folder of the repository and what lies below it. */
export function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The folder of a path; empty for the root. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map(({ name }) => name)
      .toSorted();
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    if (statSync(path).size > maxBytes) return undefined;
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return undefined;
  }
}
