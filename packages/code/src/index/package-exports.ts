import { isRecord, joinInside, parentOf, type TreeFiles } from './config-files.ts';

/** A package of the repository. */
export interface Package {
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** Finds the packages of a tree by name, and the one that a file belongs to. */
export interface Packages {
  byName(name: string): Package | undefined;
  around(path: string): Package | undefined;
}

export function packagesOf(files: TreeFiles): Packages {
  const byName = new Map<string, Package>();
  const byFolder = new Map<string, Package>();
  for (const path of files.paths()) {
    if (path !== 'package.json' && !path.endsWith('/package.json')) continue;
    const manifest = files.json(path);
    if (!manifest) continue;
    const one = { folder: parentOf(path), manifest };
    byFolder.set(one.folder, one);
    const { name } = manifest;
    // Of two of one name the shorter path is the package, the other a fixture.
    if (typeof name === 'string' && (byName.get(name)?.folder.length ?? Infinity) > one.folder.length)
      byName.set(name, one);
  }
  return {
    byName: (name) => byName.get(name),
    around(path) {
      for (let folder = parentOf(path); ; folder = parentOf(folder)) {
        const found = byFolder.get(folder);
        if (found || folder === '') return found;
      }
    },
  };
}

const conditions = ['source', 'types', 'import', 'module', 'node', 'browser', 'require', 'default'];

/**
 * Gives the paths that a subpath of a package may lead to, the likeliest first: by its `exports`, `main` and the like,
 * and what such a built file is built from.
 *
 * @param subpath `.` or with `./` in front.
 */
export function packageTargets({ folder, manifest }: Package, subpath: string): string[] {
  const exported = targetsIn(manifest.exports, subpath);
  const mains = ['source', 'types', 'typings', 'module', 'main'].map((field) => manifest[field]);
  const plain =
    subpath === '.' ? [...mains.filter((one) => typeof one === 'string'), './src/index', './index', './lib/index'] : [];
  const direct = subpath === '.' ? [] : [subpath, `./src/${subpath.slice(2)}`];
  return [...exported, ...plain, ...direct].flatMap((target) => sourcesOf(folder, target));
}

/** Gives the paths that a name beginning with `#` leads to. */
export function importTargets({ folder, manifest }: Package, name: string): string[] {
  return targetsIn(manifest.imports, name).flatMap((target) =>
    target.startsWith('.') ? sourcesOf(folder, target) : [],
  );
}

function targetsIn(map: unknown, subpath: string): string[] {
  if (map === undefined || map === null) return [];
  const keyed = isRecord(map) && Object.keys(map).some((key) => key.startsWith('.') || key.startsWith('#'));
  if (!keyed) return subpath === '.' ? leaves(map) : [];
  const exact = map[subpath];
  if (exact !== undefined) return leaves(exact);
  const patterns = Object.keys(map).filter((key) => key.includes('*') || key.endsWith('/'));
  for (const pattern of patterns.toSorted((one, other) => other.length - one.length)) {
    const [head = '', tail = ''] = pattern.split('*');
    if (!subpath.startsWith(head) || !subpath.endsWith(tail) || subpath.length < head.length + tail.length) continue;
    const middle = subpath.slice(head.length, subpath.length - tail.length);
    return leaves(map[pattern]).map((target) =>
      target.endsWith('/') ? target + middle : target.replaceAll('*', middle),
    );
  }
  return [];
}

/** Every path under a value of `exports`, those of the conditions we prefer first. */
function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (!isRecord(value)) return [];
  const rank = (key: string): number => {
    if (key.endsWith('/source')) return -1;
    const at = conditions.indexOf(key);
    return at < 0 ? conditions.length : at;
  };
  const keys = Object.keys(value).toSorted((one, other) => rank(one) - rank(other));
  return keys.flatMap((key) => leaves(value[key]));
}

/** A built file is not in the repository; what it is built from mostly lies at the same place below `src`. */
function sourcesOf(folder: string, target: string): string[] {
  const built = /(^|\/)(dist|build|lib|out|esm|cjs|es|types|\.output)(\/(esm|cjs|es|types|src))*\//;
  const plain = target.replace(/^\.\//, '');
  const bare = plain.replace(built, '$1');
  const guesses = built.test(plain) ? [plain.replace(built, '$1src/'), bare, `src/${bare}`] : [];
  return [plain, ...guesses].flatMap((way) => joinInside(folder, way) ?? []);
}
