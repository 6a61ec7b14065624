import type { ImportFact } from '../parse/facts.ts';
import type { Language } from '../parse/language.ts';
import { treeFiles } from './config-files.ts';
import type { Links } from './facts-code.ts';
import type { LiveIndex } from './live-index.ts';
import { goResolver } from './resolve-go.ts';
import { pythonResolver } from './resolve-python.ts';
import { scriptResolver, type Resolve } from './resolve-script.ts';

/** An import with the files of the repository that it leads to. */
export interface ResolvedImport extends ImportFact {
  /** Paths relative to the root; empty when it leads outside the repository. Several for a package of Go. */
  readonly files: readonly string[];
}

/** Which file imports which. Made once for a state of the index. */
export interface ModuleGraph {
  linksOf(path: string): Links;
  importsOf(path: string): readonly ResolvedImport[];
  /** Files that a file imports, each once, in the order of its text. */
  targetsOf(path: string): readonly string[];
  /** Files that import a file, in order. */
  importersOf(path: string): readonly string[];
}

export function moduleGraph(index: LiveIndex): ModuleGraph {
  const resolvers = resolversOf(index);
  const resolved = new Map<string, readonly ResolvedImport[]>();
  let importers: Map<string, string[]> | undefined;
  const linksOf = (path: string): Links => {
    const place = index.placeOf(index.files.get(path)?.key ?? '');
    return place ? place.segment.linksOf(place.doc) : { imports: [], exports: [] };
  };
  const importsOf = (path: string): readonly ResolvedImport[] => {
    const known = resolved.get(path);
    if (known) return known;
    const reading = index.files.get(path)?.reading;
    const resolve = reading === undefined || reading === 'text' ? undefined : resolvers[reading];
    const found = linksOf(path).imports.flatMap((fact) => (resolve ? resolveFact(fact, path, resolve) : []));
    resolved.set(path, found);
    return found;
  };
  const targetsOf = (path: string): readonly string[] => [
    ...new Set(importsOf(path).flatMap(({ files }) => files.filter((file) => file !== path))),
  ];
  return {
    linksOf,
    importsOf,
    targetsOf,
    importersOf(path) {
      importers ??= invert(index.files.keys(), targetsOf);
      return importers.get(path) ?? [];
    },
  };
}

function resolversOf(index: LiveIndex): Readonly<Record<Language, Resolve>> {
  const files = treeFiles(index.root, index.files);
  const made = new Map<string, Resolve>();
  const lazily =
    (name: string, make: () => Resolve): Resolve =>
    (from, specifier) => {
      const resolve = made.get(name) ?? make();
      made.set(name, resolve);
      return resolve(from, specifier);
    };
  const script = lazily('script', () => scriptResolver(files));
  return {
    typescript: script,
    javascript: script,
    python: lazily('python', () => pythonResolver(files)),
    go: lazily('go', () => goResolver(files)),
  };
}

/** `from . import a` may mean a module a as well as a name in the package; the module is then what is imported. */
function resolveFact(fact: ImportFact, from: string, resolve: Resolve): ResolvedImport[] {
  const files = resolve(from, fact.specifier);
  if (!/\.pyi?$/.test(from) || fact.names.every(([imported]) => imported === '*')) return [{ ...fact, files }];
  const rest: (readonly [string, string])[] = [];
  const modules: ResolvedImport[] = [];
  for (const [imported, local] of fact.names) {
    const dot = fact.specifier === '' || fact.specifier.endsWith('.') ? '' : '.';
    const module =
      /(^|\/)__init__\.pyi?$/.test(files[0] ?? '') || files.length === 0
        ? resolve(from, `${fact.specifier}${dot}${imported}`)
        : [];
    if (module.length > 0) modules.push({ ...fact, names: [['*', local]], files: module });
    else rest.push([imported, local]);
  }
  return rest.length > 0 ? [{ ...fact, names: rest, files }, ...modules] : modules;
}

function invert(paths: Iterable<string>, targetsOf: (path: string) => readonly string[]): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  for (const path of paths) {
    for (const target of targetsOf(path)) {
      const known = importers.get(target);
      if (known) known.push(path);
      else importers.set(target, [path]);
    }
  }
  return importers;
}
