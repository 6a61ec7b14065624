import { joinInside, parentOf, type TreeFiles } from './config-files.ts';
import type { Resolve } from './resolve-script.ts';

/**
 * Resolves imports of Python: relative ones by their dots, others from the folders that hold packages: the root, `src`
 * and every folder above the importing file that is no package itself.
 */
export function pythonResolver(files: TreeFiles): Resolve {
  const roots = sourceRoots(files);
  const module = (folder: string, name: string): string | undefined => {
    const base = joinInside(folder, name.replaceAll('.', '/')) ?? '';
    return [`${base}.py`, `${base}/__init__.py`, `${base}.pyi`, `${base}/__init__.pyi`].find((path) => files.has(path));
  };
  return (from, specifier) => {
    const [, dots = '', name = ''] = /^(\.*)(.*)$/.exec(specifier) ?? [];
    if (dots !== '') {
      const folder = joinInside(parentOf(from), '../'.repeat(dots.length - 1) || '.');
      const found = folder === undefined ? undefined : name === '' ? initOf(files, folder) : module(folder, name);
      return found === undefined ? [] : [found];
    }
    for (const root of [...foldersAbove(files, from), ...roots]) {
      const found = module(root, name);
      if (found !== undefined && found !== from) return [found];
    }
    return [];
  };
}

function initOf(files: TreeFiles, folder: string): string | undefined {
  return ['__init__.py', '__init__.pyi']
    .map((name) => joinInside(folder, name))
    .find((path) => path && files.has(path));
}

/** Folders above a file that are no packages, the nearest first: a script finds its neighbours. */
function foldersAbove(files: TreeFiles, from: string): string[] {
  let folder = parentOf(from);
  while (folder !== '' && initOf(files, folder) !== undefined) folder = parentOf(folder);
  return [folder];
}

/** Folders that hold a package without being one. */
function sourceRoots(files: TreeFiles): string[] {
  const roots = new Set(['', 'src']);
  for (const path of files.paths()) {
    if (!path.endsWith('/__init__.py')) continue;
    const above = parentOf(parentOf(path));
    if (above !== '' && initOf(files, above) === undefined) roots.add(above);
  }
  return [...roots].toSorted((one, other) => one.length - other.length || (one < other ? -1 : 1));
}
