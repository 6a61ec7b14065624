import { join } from 'node:path/posix';
import type ts from 'typescript-6';
import { refuse } from '../obstacle.ts';
import type { NameLocation } from './name-edits.ts';
import { isPublicEntry } from './public-names.ts';
import type { RenamedSymbol } from './renamed-symbol.ts';
import { declarationNames, isNameNode, meantSymbol, nameStart, namesIn, nodeAt } from './script-nodes.ts';
import { inside, type ScriptService } from './script-service.ts';
import type { ScriptWorkspace } from './script-workspace.ts';

/** Places to change by path, by where they begin. */
export type Locations = ReadonlyMap<string, ReadonlyMap<number, NameLocation>>;

type Gathered = Map<string, Map<number, NameLocation>>;

/**
 * Finds every place that must change for a symbol to have another name: what the language service gives, followed through
 * re-exports, and what it overlooks, such as members of a namespace that is exported as a whole.
 */
export function renameLocations(
  work: ScriptWorkspace,
  services: readonly ScriptService[],
  symbol: RenamedSymbol,
): Locations {
  const found: Gathered = new Map();
  for (const service of services) {
    gatherNamed(work, service, { symbol, found });
    gatherOverlooked(work, service, { symbol, found });
  }
  for (const [path, places] of found) {
    for (const [at, place] of places) places.set(at, withFold(work, services, { path, place, name: symbol.wish.name }));
  }
  return found;
}

interface Gathering {
  readonly symbol: RenamedSymbol;
  readonly found: Gathered;
}

const preferences: ts.UserPreferences = { providePrefixAndSuffixTextForRename: true };

function gatherNamed(work: ScriptWorkspace, { service, source }: ScriptService, { symbol, found }: Gathering): void {
  const { root } = work.files;
  const { target, wish, what } = symbol;
  const open = [target];
  const seen = new Set<string>();
  for (let next = open.shift(); next; next = open.shift()) {
    const id = `${next.path}:${next.offset}`;
    if (seen.has(id)) continue;
    seen.add(id);
    const file = join(root, next.path);
    const places = service.findRenameLocations(file, next.offset, false, wish.comments, preferences) ?? [];
    for (const { fileName, textSpan, prefixText = '', suffixText = '' } of places) {
      const path = inside(root, fileName);
      if (path === undefined) {
        const where = fileName.replace(/^.*node_modules\//, 'node_modules/');
        return refuse(what, { reason: 'not ours', where, what: 'the name is declared or used there' });
      }
      const start = textSpan.start;
      const place = { start, end: start + textSpan.length, prefix: prefixText, suffix: suffixText };
      const node = source(path) && nodeAt(work.typescript, source(path) as ts.SourceFile, start);
      const given = node?.parent && work.typescript.isExportSpecifier(node.parent) && suffixText.startsWith(' as ');
      // A file that gives the name on gives on the new one, unless other packages read it there.
      const keeps = given && !wish.public && isPublicEntry(work, path);
      if (given && !keeps) open.push({ path, offset: start });
      add(found, path, given && !keeps ? { ...place, suffix: '' } : place);
    }
  }
}

function add(found: Gathered, path: string, place: NameLocation): void {
  const places = found.get(path) ?? new Map<number, NameLocation>();
  found.set(path, places);
  const known = places.get(place.start);
  // Local and exported name of one specifier both change: then nothing needs to stand around it.
  if (known && (known.prefix !== place.prefix || known.suffix !== place.suffix)) {
    places.set(place.start, { ...place, prefix: '', suffix: '' });
  } else places.set(place.start, place);
}

/** Members of namespaces and texts in brackets that mean the symbol, which the service does not look at. */
function gatherOverlooked(
  work: ScriptWorkspace,
  { program, paths, source }: ScriptService,
  { symbol, found }: Gathering,
): void {
  const { typescript } = work;
  const checker = program().getTypeChecker();
  const home = source(symbol.target.path);
  if (!home) return;
  const wanted = meantSymbol({ typescript, checker }, nodeAt(typescript, home, symbol.target.offset));
  const declared = new Set(declarationNames(typescript, wanted));
  for (const path of paths()) {
    const file = source(path);
    if (!file) continue;
    for (const node of namesIn(typescript, file, [symbol.old])) {
      const start = nameStart(typescript, node);
      if (found.get(path)?.has(start) || !isMemberUse(typescript, node)) continue;
      const meant = declarationNames(typescript, meantSymbol({ typescript, checker }, node));
      if (meant.length === 0 || !meant.every((one) => declared.has(one))) continue;
      add(found, path, { start, end: start + symbol.old.length, prefix: '', suffix: '' });
    }
  }
}

function isMemberUse(typescript: typeof ts, { parent }: ts.Node): boolean {
  return (
    typescript.isPropertyAccessExpression(parent) ||
    typescript.isQualifiedName(parent) ||
    typescript.isElementAccessExpression(parent) ||
    typescript.isImportTypeNode(parent)
  );
}

interface Folding {
  readonly path: string;
  readonly place: NameLocation;
  readonly name: string;
}

/** Notes where the new name would stand beside itself, as in `{ a: a }`, which undoes what a rename away wrote. */
function withFold(
  { typescript }: ScriptWorkspace,
  services: readonly ScriptService[],
  { path, place, name }: Folding,
): NameLocation {
  const source = services.map((one) => one.source(path)).find((one) => one !== undefined);
  const node = source && nodeAt(typescript, source, place.start);
  const pair = node && pairOf(typescript, node);
  if (!source || !node || !pair) return place;
  const [first, second, between] = pair;
  const other = first === node ? second : first;
  if (!isNameNode(typescript, other) || !typescript.isIdentifier(other) || other.text !== name) return place;
  if (source.text.slice(first.getEnd(), second.getStart()) !== between) return place;
  return { ...place, fold: { start: first.getStart(), end: second.getEnd() } };
}

function pairOf(typescript: typeof ts, node: ts.Node): readonly [ts.Node, ts.Node, string] | undefined {
  // Names in comments that describe types have no node here.
  const parent: ts.Node | undefined = node.parent;
  if (!parent) return undefined;
  if (typescript.isPropertyAssignment(parent)) return [parent.name, parent.initializer, ': '];
  if (typescript.isBindingElement(parent) && parent.propertyName) return [parent.propertyName, parent.name, ': '];
  if ((typescript.isImportSpecifier(parent) || typescript.isExportSpecifier(parent)) && parent.propertyName) {
    return [parent.propertyName, parent.name, ' as '];
  }
  const above = parent.parent;
  const isDefault =
    typescript.isBinaryExpression(parent) && parent.left === node && typescript.isPropertyAssignment(above);
  return isDefault ? [above.name, node, ': '] : undefined;
}
