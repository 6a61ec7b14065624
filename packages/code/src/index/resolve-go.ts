import { joinInside, parentOf, type TreeFiles } from './config-files.ts';
import type { Resolve } from './resolve-script.ts';

/** Resolves imports of Go by the modules of the repository: all files of the package that are no tests. */
export function goResolver(files: TreeFiles): Resolve {
  const modules: { readonly name: string; readonly folder: string }[] = [];
  for (const path of files.paths()) {
    if (path !== 'go.mod' && !path.endsWith('/go.mod')) continue;
    const name = /^module\s+"?([^\s"]+)/m.exec(files.text(path) ?? '')?.[1];
    if (name !== undefined) modules.push({ name, folder: parentOf(path) });
  }
  modules.sort((one, other) => other.name.length - one.name.length);
  return (_from, specifier) => {
    const home = modules.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
    if (!home) return [];
    const folder = joinInside(home.folder, specifier.slice(home.name.length + 1) || '.');
    if (folder === undefined) return [];
    return files.inFolder(folder).filter((path) => path.endsWith('.go') && !path.endsWith('_test.go'));
  };
}
