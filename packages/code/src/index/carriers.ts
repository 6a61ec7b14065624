import type { PlacedSymbol } from './find-symbols.ts';
import type { ModuleGraph, ResolvedImport } from './module-graph.ts';

/** Files that hand a symbol on, by path: the one that declares it and all that export it again. */
export interface Carriers {
  /** Names under which a file exports it. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names under which a file exports a whole module that has it, with its names there. */
  readonly modules: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
}

export const noCarriers: Carriers = { names: new Map(), modules: new Map() };

/** Finds who hands a symbol on. */
export function carriersOf(graph: ModuleGraph, symbol: PlacedSymbol): Carriers {
  const carriers = new Map<string, Set<string>>();
  const modules = new Map<string, Map<string, Set<string>>>();
  const open: (readonly [path: string, name: string])[] = [];
  const add = (path: string, name: string): void => {
    const names = carriers.get(path) ?? new Set();
    if (names.has(name)) return;
    carriers.set(path, names.add(name));
    open.push([path, name]);
  };
  for (const name of exportedNames(graph, symbol)) add(symbol.path, name);
  for (let next = open.shift(); next; next = open.shift()) {
    const [path, name] = next;
    for (const importer of graph.importersOf(path)) {
      for (const fact of graph.importsOf(importer)) {
        if (!fact.files.includes(path)) continue;
        for (const given of handedOn(graph, importer, { fact, name })) add(importer, given);
        for (const given of wholeModules(fact, importer)) addModule(modules, importer, { given, name });
      }
    }
  }
  return { names: carriers, modules };
}

function addModule(
  modules: Map<string, Map<string, Set<string>>>,
  path: string,
  { given, name }: { readonly given: string; readonly name: string },
): void {
  const own = modules.get(path) ?? new Map<string, Set<string>>();
  modules.set(path, own.set(given, (own.get(given) ?? new Set<string>()).add(name)));
}

/** Names under which a file gives on all of a module: `export * as a from`, and in Python whatever it imports whole. */
function wholeModules({ kind, names }: ResolvedImport, importer: string): readonly string[] {
  if (kind !== 'export' && !importer.endsWith('.py')) return [];
  return names.flatMap(([imported, local]) => (imported === '*' && local !== '*' ? [local] : []));
}

function exportedNames(graph: ModuleGraph, { path, name }: PlacedSymbol): readonly string[] {
  if (!isScript(path)) return [name];
  return graph.linksOf(path).exports.flatMap(([exported, local]) => (local === name ? [exported] : []));
}

interface Handing {
  readonly fact: ResolvedImport;
  /** What the imported file calls it. */
  readonly name: string;
}

/** Names under which an importer gives on what it imports. */
function handedOn(graph: ModuleGraph, importer: string, { fact, name }: Handing): readonly string[] {
  const names: string[] = [];
  for (const [imported, local] of fact.names) {
    if (fact.kind === 'export') {
      if (imported === name) names.push(local);
      else if (imported === '*' && local === '*' && name !== 'default') names.push(name);
    } else if (!isScript(importer)) {
      // A module of Python gives on whatever it imports.
      if (importer.endsWith('.py') && imported === name) names.push(local);
      else if (importer.endsWith('.py') && imported === '*' && local === '*') names.push(name);
    } else if (imported === name) {
      for (const [exported, inside] of graph.linksOf(importer).exports) if (inside === local) names.push(exported);
    }
  }
  return names;
}

export function isScript(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path);
}
