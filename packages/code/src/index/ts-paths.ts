import { isRecord, joinInside, parentOf, type TreeFiles } from './config-files.ts';

/** What a tsconfig says of names that are no paths. */
export interface PathRules {
  /** Folder that bare names are looked up in; undefined when there is none. */
  readonly baseUrl: string | undefined;
  /** Patterns with their targets, relative to the root. */
  readonly paths: readonly (readonly [pattern: string, targets: readonly string[]])[];
}

const empty: PathRules = { baseUrl: undefined, paths: [] };

/** Finds the rules that hold for a folder: those of the nearest tsconfig.json or jsconfig.json with what it extends. */
export function pathRules(files: TreeFiles): (folder: string) => PathRules {
  const byFolder = new Map<string, PathRules>();
  const find = (folder: string): PathRules => {
    const known = byFolder.get(folder);
    if (known) return known;
    const own = ['tsconfig.json', 'jsconfig.json'].map((name) => joined(folder, name)).find((path) => files.has(path));
    const above = folder === '' ? empty : find(parentOf(folder));
    // A tsconfig without paths of its own may be one of several for the same folder; what lies above still helps then.
    const read = own === undefined ? empty : readRules(files, own, new Set());
    const rules = read.paths.length > 0 || read.baseUrl !== undefined ? read : above;
    byFolder.set(folder, rules);
    return rules;
  };
  return find;
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function readRules(files: TreeFiles, path: string, seen: Set<string>): PathRules {
  if (seen.has(path)) return empty;
  seen.add(path);
  const config = files.json(path);
  if (!config) return empty;
  const folder = parentOf(path);
  const inherited = extendsOf(config).map((name) => baseOf(files, folder, name));
  const parents = [...inherited, ...referencesOf(config).map((name) => joinInside(folder, name))];
  const base = parents
    .map((parent) => (parent === undefined ? empty : readRules(files, parent, seen)))
    .reduce(merge, empty);
  const options = isRecord(config.compilerOptions) ? config.compilerOptions : {};
  const baseUrl = typeof options.baseUrl === 'string' ? joinInside(folder, options.baseUrl) : undefined;
  if (!isRecord(options.paths)) return { baseUrl: baseUrl ?? base.baseUrl, paths: base.paths };
  const paths = Object.entries(options.paths).map(([pattern, targets]): readonly [string, readonly string[]] => [
    pattern,
    (Array.isArray(targets) ? targets : []).flatMap((target) =>
      typeof target === 'string' ? (joinInside(baseUrl ?? base.baseUrl ?? folder, target) ?? []) : [],
    ),
  ]);
  return { baseUrl: baseUrl ?? base.baseUrl, paths };
}

function merge(one: PathRules, other: PathRules): PathRules {
  return {
    baseUrl: other.baseUrl ?? one.baseUrl,
    paths: other.paths.length > 0 ? other.paths : one.paths,
  };
}

function extendsOf(config: Readonly<Record<string, unknown>>): string[] {
  const { extends: value } = config;
  return (Array.isArray(value) ? value : [value]).filter((name) => typeof name === 'string');
}

/** A solution file names the configs that hold for its folder. */
function referencesOf(config: Readonly<Record<string, unknown>>): string[] {
  const { references } = config;
  if (!Array.isArray(references) || !Array.isArray(config.files) || config.files.length > 0) return [];
  const paths = references.flatMap((one) => (isRecord(one) && typeof one.path === 'string' ? one.path : []));
  return paths.map((path) => (path.endsWith('.json') ? path : `${path}/tsconfig.json`));
}

function baseOf(files: TreeFiles, folder: string, name: string): string | undefined {
  if (!name.startsWith('.')) return undefined;
  const path = joinInside(folder, name);
  const tries = [path, `${path}.json`, `${path}/tsconfig.json`];
  return tries.find((one): one is string => one !== undefined && files.has(one));
}

/** Gives the paths that a name may stand for, the longest pattern first. */
export function matchPaths({ paths, baseUrl }: PathRules, name: string): string[] {
  const found: { readonly length: number; readonly targets: readonly string[] }[] = [];
  for (const [pattern, targets] of paths) {
    const [head = '', tail] = pattern.split('*');
    if (tail === undefined) {
      if (pattern === name) found.push({ length: Infinity, targets });
    } else if (name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail)) {
      const middle = name.slice(head.length, name.length - tail.length);
      found.push({ length: head.length, targets: targets.map((target) => target.replace('*', middle)) });
    }
  }
  const matched = found.toSorted((one, other) => other.length - one.length).flatMap(({ targets }) => targets);
  return baseUrl === undefined ? matched : [...matched, joined(baseUrl, name)];
}
