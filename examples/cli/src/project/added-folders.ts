import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, parse, relative, resolve, sep } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';

export interface AddedFoldersOptions {
  /** Where relative names begin. */
  readonly cwd: string;
  /** The root of the work tree. */
  readonly root: string;
  readonly home: string;
}

/**
 * Finds the folders that a run may work in besides its root.
 *
 * @returns Real absolute paths, each once.
 * @throws {CapstanError} `invalid_config` for one that is no folder, holds another or is held by one, or is too wide.
 */
export function addedFolders(names: readonly string[], { cwd, root, home }: AddedFoldersOptions): readonly string[] {
  const found = new Set<string>();
  for (const name of names) {
    const folder = resolve(cwd, name);
    const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isFolder) throw wrong(`There is no folder ${folder}. Give --add-dir one that exists.`);
    const real = realpathSync(folder);
    if (real === parse(real).root || real === realpath(home)) {
      throw wrong(`${real} is too much to be worked in as one. Give --add-dir a folder below it.`);
    }
    for (const other of [realpath(root), ...found]) {
      if (other === real) continue;
      if (!isWithin(other, real) && !isWithin(real, other)) continue;
      throw wrong(`${real} and ${other} lie in one another; the outer one is enough.`);
    }
    if (real !== realpath(root)) found.add(real);
  }
  return [...found];
}

/** Tells whether a path is a folder or lies below it. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function wrong(message: string): CapstanError {
  return new CapstanError('invalid_config', message, { where: '--add-dir' });
}
