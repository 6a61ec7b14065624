import { isRecord, joinInside, parentOf, type TreeFiles } from './config-files.ts';
import { importTargets, packagesOf, packageTargets } from './package-exports.ts';
import { matchPaths, pathRules } from './ts-paths.ts';

/** Finds the file that a specifier in a file leads to; empty when it lies outside the repository. */
export type Resolve = (from: string, specifier: string) => readonly string[];

const endings = ['.ts', '.tsx', '.mts', '.cts', '.d.ts', '.js', '.jsx', '.mjs', '.cjs', '.vue', '.svelte', '.json'];

/** Resolves imports of TypeScript and JavaScript as bundlers and TypeScript do, towards sources rather than built files. */
export function scriptResolver(files: TreeFiles): Resolve {
  const packages = packagesOf(files);
  const rules = pathRules(files);
  const first = (paths: readonly string[]): readonly string[] => {
    for (const path of paths) {
      const found = fileAt(files, path);
      if (found !== undefined) return [found];
    }
    return [];
  };
  return (from, specifier) => {
    const name = specifier.replace(/[?#].+$/, '');
    if (/^\.{1,2}(\/|$)/.test(name))
      return first([joinInside(parentOf(from), name)].filter((one) => one !== undefined));
    if (name.startsWith('/')) return first([name.slice(1), `src/${name.slice(1)}`, `public/${name.slice(1)}`]);
    const own = packages.around(from);
    if (specifier.startsWith('#') && own) {
      const mapped = first(importTargets(own, specifier));
      if (mapped.length > 0) return mapped;
    }
    const mapped = first(matchPaths(rules(parentOf(from)), name));
    if (mapped.length > 0) return mapped;
    const [, packageName = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(name) ?? [];
    const target = packages.byName(packageName);
    return target && isRecord(target.manifest) ? first(packageTargets(target, rest === '' ? '.' : `.${rest}`)) : [];
  };
}

/** The file that a path without or with another ending stands for. */
function fileAt(files: TreeFiles, path: string): string | undefined {
  if (files.has(path)) return path;
  const [, stem = path, ending = ''] = /^(.*?)(\.d\.[cm]?ts|\.[cm]?[jt]sx?)?$/.exec(path) ?? [];
  const instead = ending === '' ? [] : endings.map((one) => stem + one);
  const tries = [...endings.map((one) => path + one), ...instead, ...endings.map((one) => `${path}/index${one}`)];
  return tries.find((one) => files.has(one));
}
