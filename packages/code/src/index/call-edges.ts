import type { Occurrence } from '../parse/occurrence.ts';
import { parentOf } from './config-files.ts';
import type { PlacedSymbol } from './find-symbols.ts';
import type { ModuleGraph } from './module-graph.ts';
import { findReferences, namesIn, type References } from './references.ts';

/** A call from one symbol to another that scope and imports make certain. */
export interface CallEdge {
  readonly from: PlacedSymbol;
  readonly to: PlacedSymbol;
  /** Line of the call, in the file of `from`. */
  readonly line: number;
}

/** Finds the calls of a symbol. */
export function callsTo(known: References, symbol: PlacedSymbol): readonly CallEdge[] {
  const calls = findReferences(known, symbol).filter(({ role, sure }) => role === 'call' && sure);
  return calls.flatMap(({ path, line, start }) => {
    const from = holderOf(known, path, start);
    return from ? [{ from, to: symbol, line }] : [];
  });
}

/** Finds the calls that lead out of a symbol. */
export function callsFrom(known: References, symbol: PlacedSymbol): readonly CallEdge[] {
  const file = namesIn(known, symbol.path);
  if (!file) return [];
  const inside = file.names.filter(({ role, start }) => role === 'call' && start >= symbol.start && start < symbol.end);
  return inside.flatMap((name) => {
    const to = definitionOf(known, symbol.path, name);
    return to ? [{ from: symbol, to, line: file.lines.lineAt(name.start) }] : [];
  });
}

/** Finds the symbol that a place in a file means, when scope and imports make it certain. */
export function definitionAt(known: References, path: string, offset: number): PlacedSymbol | undefined {
  const name = namesIn(known, path)?.names.find(({ start, end }) => start <= offset && end > offset);
  return name && definitionOf(known, path, name);
}

function definitionOf(known: References, path: string, name: Occurrence): PlacedSymbol | undefined {
  const outline = known.finder.outline(path);
  if (!name.member && name.binding !== undefined) {
    const own = outline.find(({ nameStart }) => nameStart === name.binding);
    if (own) return { ...own, path };
    if (!name.top) return undefined;
  }
  if (name.member && (name.of === 'this' || name.of === 'self')) return ownMember(known, path, name);
  for (const { files, names, kind } of known.graph.importsOf(path)) {
    if (kind === 'export') continue;
    for (const [imported, local] of names) {
      const whole = imported === '*' && name.member && name.of === local;
      const one = !name.member && local === name.name;
      if (!whole && !one) continue;
      const sought = whole ? name.name : imported === '*' ? 'default' : imported;
      for (const file of files) {
        const found = exportedBy(known, file, sought, 0);
        if (found) return found;
      }
    }
  }
  return path.endsWith('.go') && !name.member ? inPackage(known, path, name.name) : undefined;
}

function ownMember(known: References, path: string, name: Occurrence): PlacedSymbol | undefined {
  const outline = known.finder.outline(path);
  const classes = outline.filter((one) => one.kind === 'class' && one.start <= name.start && one.end > name.start);
  const holder = classes.toSorted((one, other) => one.end - one.start - (other.end - other.start))[0];
  const found = outline.find(
    (one) => one.name === name.name && holder !== undefined && one.container.split('.').at(-1) === holder.name,
  );
  return found && { ...found, path };
}

function inPackage(known: References, path: string, name: string): PlacedSymbol | undefined {
  return known.finder
    .definitions(name)
    .find((one) => one.container === '' && one.path.endsWith('.go') && parentOf(one.path) === parentOf(path));
}

const maxSteps = 12;

/** Follows a name through the files that give it on. */
function exportedBy(known: References, path: string, name: string, steps: number): PlacedSymbol | undefined {
  if (steps > maxSteps) return undefined;
  const outline = known.finder.outline(path);
  const local = localName(known.graph, path, name);
  const own = outline.find((one) => one.container === '' && one.name === local);
  if (own) return { ...own, path };
  for (const { kind, names, files } of known.graph.importsOf(path)) {
    for (const [imported, given] of names) {
      const star = imported === '*' && given === '*' && name !== 'default';
      const meant = star || (kind === 'export' ? given === name : given === local);
      if (!meant || (imported === '*' && !star)) continue;
      for (const file of files) {
        const found = exportedBy(known, file, star ? name : imported, steps + 1);
        if (found) return found;
      }
    }
  }
  return undefined;
}

function localName(graph: ModuleGraph, path: string, name: string): string {
  return graph.linksOf(path).exports.find(([exported]) => exported === name)?.[1] ?? name;
}

/** The innermost function, method or class around a place. */
function holderOf({ finder }: References, path: string, at: number): PlacedSymbol | undefined {
  const around = finder.outline(path).filter((one) => one.start <= at && one.end > at);
  const inner = around.toSorted((one, other) => one.end - one.start - (other.end - other.start))[0];
  return inner && { ...inner, path };
}
