import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineMap, type LineMap } from '../parse/line-map.ts';
import type { Occurrence } from '../parse/occurrence.ts';
import { occurrencesOf } from '../parse/occurrences-of.ts';
import { carriersOf, isScript, noCarriers, type Carriers } from './carriers.ts';
import { parentOf } from './config-files.ts';
import type { PlacedSymbol, SymbolFinder } from './find-symbols.ts';
import type { LiveIndex } from './live-index.ts';
import type { ModuleGraph } from './module-graph.ts';

/** A place where a name is used. Offsets count UTF-16 units from 0, lines and columns from 1. */
export interface Reference {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  /** The whole line, trimmed, at most 200 characters. */
  readonly text: string;
  readonly role: 'declaration' | 'import' | 'call' | 'write' | 'use';
  /** By scope and imports it is this very symbol. False: the name is the same and nothing speaks against it. */
  readonly sure: boolean;
}

/** What references are found with. */
export interface References {
  readonly live: LiveIndex;
  readonly finder: SymbolFinder;
  readonly graph: ModuleGraph;
}

/** The names of a file as it is on disk now. */
export interface FileNames {
  readonly text: string;
  readonly lines: LineMap;
  readonly names: readonly Occurrence[];
}

/** Reads the names of a file; undefined when it cannot be read or is none of ours. */
export function namesIn({ live }: References, path: string): FileNames | undefined {
  const reading = live.files.get(path)?.reading;
  if (reading === undefined || reading === 'text') return undefined;
  try {
    const text = readFileSync(join(live.root, path), 'utf8');
    return { text, lines: lineMap(text), names: occurrencesOf(path, text, reading) };
  } catch {
    return undefined;
  }
}

/** Finds uses of a symbol in all files, in the order of paths and places. */
export function findReferences(known: References, symbol: PlacedSymbol): readonly Reference[] {
  const top = symbol.container === '';
  const carriers = top ? carriersOf(known.graph, symbol) : noCarriers;
  const found: Reference[] = [];
  for (const path of top ? filesNearTop(known, symbol, carriers) : filesWithMember(known, symbol)) {
    const file = namesIn(known, path);
    if (!file) continue;
    const judge = top ? topJudge(known, symbol, { path, file, carriers }) : memberJudge(known, symbol, path);
    for (const name of file.names) {
      const declared = path === symbol.path && name.start === symbol.nameStart;
      const sure = declared || judge(name);
      if (sure !== undefined) found.push(referenceAt(path, name, { file, sure }));
    }
  }
  return found;
}

/** Its own file, those that import one that hands it on, and in Go the other files of the package. */
function filesNearTop({ live, graph }: References, symbol: PlacedSymbol, { names, modules }: Carriers): string[] {
  const paths = new Set([symbol.path]);
  for (const path of [...names.keys(), ...modules.keys()]) {
    paths.add(path);
    for (const importer of graph.importersOf(path)) paths.add(importer);
  }
  if (symbol.path.endsWith('.go')) {
    const folder = parentOf(symbol.path);
    for (const path of live.files.keys()) if (path.endsWith('.go') && parentOf(path) === folder) paths.add(path);
  }
  return [...paths].filter((path) => family(path) === family(symbol.path)).toSorted();
}

function filesWithMember({ live, finder }: References, symbol: PlacedSymbol): string[] {
  const paths = finder.filesWith(symbol.name) ?? [...live.files.keys()];
  return [...new Set([...paths, symbol.path])].filter((path) => family(path) === family(symbol.path)).toSorted();
}

/** Tells of a name whether it is surely the symbol, perhaps, or not at all. */
type Judge = (name: Occurrence) => boolean | undefined;

interface JudgedFile {
  readonly path: string;
  readonly file: FileNames;
  readonly carriers: Carriers;
}

function topJudge(known: References, symbol: PlacedSymbol, { path, file, carriers }: JudgedFile): Judge {
  if (path === symbol.path) {
    const own = file.names.find(({ start }) => start === symbol.nameStart)?.binding ?? symbol.nameStart;
    return ({ binding, member }) => (!member && binding === own ? true : undefined);
  }
  if (path.endsWith('.go') && parentOf(path) === parentOf(symbol.path)) {
    return ({ name, binding, member }) => (name === symbol.name && !member && binding === undefined ? true : undefined);
  }
  const { locals, modules, foreign } = importedAs(known, path, carriers);
  return ({ name, binding, top, member, of, ofBinding, role }) => {
    if (member) {
      const given = of === undefined ? undefined : modules.get(of);
      const shadowed = path.endsWith('.go') && ofBinding !== undefined;
      return given?.has(name) && !shadowed ? true : undefined;
    }
    if (top && binding !== undefined && locals.has(bindingName(file, binding))) return true;
    return role === 'import' && binding === undefined && foreign.has(name) ? true : undefined;
  };
}

function bindingName({ text }: FileNames, binding: number): string {
  return /^[\p{L}\p{N}_$]+/u.exec(text.slice(binding, binding + 200))?.[0] ?? '';
}

interface ImportedAs {
  /** Names that the symbol has in the file. */
  readonly locals: ReadonlySet<string>;
  /** Names of whole modules in the file, with what they call the symbol. */
  readonly modules: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names under which the file gives it on or renames it. */
  readonly foreign: ReadonlySet<string>;
}

function importedAs({ graph }: References, path: string, carriers: Carriers): ImportedAs {
  const [locals, foreign] = [new Set<string>(), new Set<string>()];
  const modules = new Map<string, Set<string>>();
  const addModule = (name: string, members: Iterable<string>): void => {
    modules.set(name, new Set([...(modules.get(name) ?? []), ...members]));
  };
  for (const { files, names, kind } of graph.importsOf(path)) {
    for (const file of files) {
      const given = carriers.names.get(file) ?? new Set<string>();
      const inner = carriers.modules.get(file) ?? new Map<string, ReadonlySet<string>>();
      for (const [imported, local] of names) {
        if (imported === '*' && local === '*') for (const name of given) locals.add(name);
        else if (imported === '*') {
          addModule(local, given);
          for (const [name, members] of inner) addModule(`${local}.${name}`, members);
          // `const x = require('x')` is the module and, when it exports one thing, that.
          if (kind === 'require' && given.has('default')) locals.add(local);
        } else if (given.has(imported)) {
          foreign.add(imported);
          if (kind !== 'export') locals.add(local);
        } else if (inner.has(imported)) addModule(local, inner.get(imported) ?? []);
      }
    }
  }
  return { locals, modules, foreign };
}

/** Members are known by name alone, but for those of `this` and `self` in the class itself. */
function memberJudge({ finder }: References, symbol: PlacedSymbol, path: string): Judge {
  const holder = finder
    .outline(symbol.path)
    .find(
      (one) => one.name === symbol.container.split('.').at(-1) && one.start <= symbol.start && one.end >= symbol.end,
    );
  return ({ name, start, member, of, role }) => {
    if (name !== symbol.name) return undefined;
    if (path === symbol.path && start === symbol.nameStart) return true;
    if (!member || role === 'declaration') return undefined;
    const inside = path === symbol.path && holder !== undefined && start >= holder.start && start < holder.end;
    return inside && (of === 'this' || of === 'self' || of === 'cls');
  };
}

function referenceAt(
  path: string,
  name: Occurrence,
  { file, sure }: { readonly file: FileNames; readonly sure: boolean },
): Reference {
  const { text, lines } = file;
  const line = lines.lineAt(name.start);
  const whole = text.slice(lines.startOf(line), lines.startOf(line + 1)).trim();
  return {
    path,
    start: name.start,
    end: name.end,
    line,
    column: lines.columnAt(name.start),
    text: whole.slice(0, 200),
    role: name.role,
    sure,
  };
}

/** Files that can name one another's symbols. */
function family(path: string): string {
  if (isScript(path)) return 'script';
  return path.endsWith('.go') ? 'go' : 'python';
}
