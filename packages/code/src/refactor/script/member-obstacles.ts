import type ts from 'typescript-6';
import { placeOf } from '../find-target.ts';
import type { Obstacle } from '../obstacle.ts';
import { isComparedShape } from './compared-shapes.ts';
import { mixedFlowAt } from './mixed-flows.ts';
import type { Locations } from './rename-locations.ts';
import type { RenamedSymbol } from './renamed-symbol.ts';
import { eachNode, meantSymbol, nameStart, namesIn, nodeAt, type NameNode } from './script-nodes.ts';
import type { ScriptService } from './script-service.ts';
import type { ScriptWorkspace } from './script-workspace.ts';
import { wordsPattern } from './words-pattern.ts';

/** What is renamed, with the places that the compiler found. */
export interface Renaming {
  readonly symbol: RenamedSymbol;
  readonly locations: Locations;
}

/**
 * Finds what makes the new name of a property, method or enum member uncertain: uses on values without a type, keys that
 * are worked out while the program runs, values that take the type on by their shape alone, and names that are taken.
 */
export function memberObstacles(
  work: ScriptWorkspace,
  services: readonly ScriptService[],
  renaming: Renaming,
): readonly Obstacle[] {
  const found = services.flatMap((service) => obstaclesIn(work, service, renaming));
  return [...new Map(found.map((one) => [`${one.where} ${one.reason}`, one])).values()];
}

interface Look {
  readonly work: ScriptWorkspace;
  readonly service: ScriptService;
  readonly checker: ts.TypeChecker;
  readonly renaming: Renaming;
  /** Types that hold a renamed declaration. */
  readonly holders: readonly ts.Type[];
  readonly found: Obstacle[];
}

function obstaclesIn(work: ScriptWorkspace, service: ScriptService, renaming: Renaming): readonly Obstacle[] {
  const { typescript } = work;
  const checker = service.program().getTypeChecker();
  const home = service.source(renaming.symbol.target.path);
  const node = home && nodeAt(typescript, home, renaming.symbol.target.offset);
  const symbol = node && meantSymbol({ typescript, checker }, node);
  if (!symbol || !isMember(typescript, symbol)) return [];
  const holders = holdersOf(work, service, { renaming, checker });
  const look: Look = { work, service, checker, renaming, holders, found: [] };
  const isHidden = node !== undefined && typescript.isPrivateIdentifier(node);
  takenNames(look);
  openKeys(look);
  if (isHidden) return look.found;
  const { old } = renaming.symbol;
  const pattern = wordsPattern([old]);
  const optional = (symbol.flags & typescript.SymbolFlags.Optional) !== 0;
  for (const path of service.paths()) {
    const source = service.source(path);
    if (!source || source.isDeclarationFile) continue;
    if (pattern.test(source.text)) unseenUses(look, { path, source, optional });
    workedOutKeys(look, path, source);
  }
  return look.found;
}

export function isMember(typescript: typeof ts, symbol: ts.Symbol): boolean {
  const { Property, Method, Accessor, EnumMember } = typescript.SymbolFlags;
  return (symbol.flags & (Property | Method | Accessor | EnumMember)) !== 0;
}

function holdersOf(
  { typescript }: ScriptWorkspace,
  service: ScriptService,
  { renaming, checker }: { readonly renaming: Renaming; readonly checker: ts.TypeChecker },
): readonly ts.Type[] {
  const types = new Set<ts.Type>();
  for (const [path, places] of renaming.locations) {
    const source = service.source(path);
    if (!source) continue;
    for (const at of places.keys()) {
      const { parent } = nodeAt(typescript, source, at);
      const holder = parent && typescript.isClassElement(parent) ? parent.parent : parent?.parent;
      const declares =
        parent &&
        (typescript.isClassElement(parent) || typescript.isTypeElement(parent) || typescript.isEnumMember(parent)) &&
        holder;
      if (declares) types.add(checker.getTypeAtLocation(declares));
    }
  }
  return [...types];
}

/** A type that takes any key takes the old name too, and nobody notices. */
function openKeys({ work: { typescript, files }, checker, renaming, holders, found }: Look): void {
  for (const holder of holders) {
    if (
      !checker
        .getIndexInfosOfType(holder)
        .some(({ keyType }) => (keyType.flags & typescript.TypeFlags.StringLike) !== 0)
    )
      continue;
    const declared = holder.symbol?.declarations?.[0];
    const file = declared?.getSourceFile();
    if (!declared || !file) continue;
    const where = placeOf(file.fileName.slice(files.root.length + 1), file.text, declared.getStart());
    found.push({ reason: 'dynamic access', where, what: `its type takes any key, ${renaming.symbol.old} among them` });
  }
}

/** Types above and below the holders that have the new name already. */
function takenNames({ work, service, checker, renaming, holders, found }: Look): void {
  const { typescript, files } = work;
  const { name } = renaming.symbol.wish;
  for (const holder of holders) {
    if (holder.getProperty(name)) note(holder.symbol?.declarations?.[0]);
  }
  const pattern = wordsPattern([name]);
  for (const path of service.paths()) {
    const source = service.source(path);
    if (!source || !pattern.test(source.text)) continue;
    eachNode(typescript, source, (node) => {
      if (!typescript.isClassLike(node) && !typescript.isInterfaceDeclaration(node)) return;
      const type = checker.getTypeAtLocation(node);
      if (type.getProperty(name) && comesFrom(checker, type, holders)) note(node);
    });
  }
  function note(node: ts.Node | undefined): void {
    if (!node) return;
    const file = node.getSourceFile();
    const path = file.fileName.slice(files.root.length + 1);
    found.push({
      reason: 'collision',
      where: placeOf(path, file.text, node.getStart()),
      what: `${name} is a member there already`,
    });
  }
}

function comesFrom(checker: ts.TypeChecker, type: ts.Type, holders: readonly ts.Type[]): boolean {
  if (holders.includes(type)) return true;
  const bases = type.isClassOrInterface() ? checker.getBaseTypes(type) : [];
  const contracts = (type.symbol?.declarations ?? []).flatMap((one) =>
    'heritageClauses' in one
      ? ((one as ts.ClassLikeDeclaration).heritageClauses ?? []).flatMap(({ types }) =>
          types.map((each) => checker.getTypeAtLocation(each)),
        )
      : [],
  );
  return [...bases, ...contracts].some((base) => base !== type && comesFrom(checker, base, holders));
}

interface Place {
  readonly path: string;
  readonly source: ts.SourceFile;
  readonly optional: boolean;
}

/** Uses of the old name that were not found to be the symbol and might be it. */
function unseenUses(look: Look, { path, source, optional }: Place): void {
  const { work, renaming, found, checker } = look;
  const isRenamed = isRenamedBy(look);
  const { typescript } = work;
  for (const node of namesIn(typescript, source, [renaming.symbol.old])) {
    const start = nameStart(typescript, node);
    if (renaming.locations.get(path)?.has(start)) continue;
    const where = placeOf(path, source.text, start);
    if (isOnUntyped(look, node)) {
      found.push({ reason: 'unknown type', where, what: `nothing says what has this ${node.text}; it may be the one` });
    } else if (isKeyInText(look, node)) {
      found.push({ reason: 'string', where, what: 'the name stands in a string that is used as a key' });
    } else if (isComparedShape({ typescript, checker, old: renaming.symbol.old, isRenamed }, node)) {
      found.push({
        reason: 'unknown type',
        where,
        what: 'an object of this shape may be held against what is changed',
      });
    } else if (takesShapeOn(look, node, optional)) {
      found.push({
        reason: 'unknown type',
        where,
        what: 'a value of this shape may be used as the type that is changed',
      });
    }
  }
}

function isOnUntyped({ work: { typescript }, checker }: Look, node: NameNode): boolean {
  const { parent } = node;
  const isAny = (type: ts.Type): boolean => (type.flags & typescript.TypeFlags.Any) !== 0;
  if (typescript.isPropertyAccessExpression(parent) && parent.name === node) {
    return isAny(checker.getTypeAtLocation(parent.expression)) && checker.getSymbolAtLocation(node) === undefined;
  }
  if (typescript.isBindingElement(parent) && (parent.propertyName ?? parent.name) === node) {
    return isAny(checker.getTypeAtLocation(parent.parent));
  }
  return false;
}

const reflective =
  /^(get|set|has|defineProperty|deleteProperty|getOwnPropertyDescriptor|hasOwn|hasOwnProperty|propertyIsEnumerable|spyOn|replaceProperty|pick|omit|get|result|invoke|property|stub|getProperty|setProperty)$/;

/** A string that names a property: in brackets, before `in`, as one of the keys of a type, or for what looks properties up. */
function isKeyInText({ work: { typescript }, checker }: Look, node: NameNode): boolean {
  if (!typescript.isStringLiteralLike(node)) return false;
  const { parent } = node;
  if (typescript.isElementAccessExpression(parent)) {
    return (checker.getTypeAtLocation(parent.expression).flags & typescript.TypeFlags.Any) !== 0;
  }
  if (typescript.isBinaryExpression(parent) && parent.operatorToken.kind === typescript.SyntaxKind.InKeyword)
    return true;
  if (!typescript.isCallExpression(parent)) return false;
  const callee = parent.expression;
  const called = typescript.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  return reflective.test(called) && parent.arguments.indexOf(node) >= (called === 'hasOwnProperty' ? 0 : 1);
}

/** The property of a value that could be given where a holder is wanted, without an error telling of its old name. */
function takesShapeOn({ work: { typescript }, checker, holders }: Look, node: NameNode, optional: boolean): boolean {
  const { parent } = node;
  const isProperty =
    (typescript.isPropertyAssignment(parent) || typescript.isShorthandPropertyAssignment(parent)) &&
    parent.name === node;
  if (!isProperty) return false;
  const type = checker.getTypeAtLocation(parent.parent);
  const wanted = checker.getContextualType(parent.parent);
  // A value that is written where its type is known was found through that type, or is another's.
  const declared = wanted?.getProperty(node.text)?.declarations;
  if (declared && !declared.includes(parent)) return false;
  // What goes through a place without a type may come out anywhere; elsewhere a wrong name would be an error.
  const isLost =
    wanted !== undefined && (wanted.flags & (typescript.TypeFlags.Any | typescript.TypeFlags.Unknown)) !== 0;
  if (!optional && !isLost) return false;
  return holders.some((holder) => checker.isTypeAssignableTo(type, holder));
}

/** Tells whether a property is declared at a place that changes. */
function isRenamedBy({ work: { typescript, files }, renaming }: Look): (property: ts.Symbol) => boolean {
  return (property) =>
    (property.declarations ?? []).some((one) => {
      const name = typescript.getNameOfDeclaration(one);
      const file = one.getSourceFile().fileName.slice(files.root.length + 1);
      return name !== undefined && renaming.locations.get(file)?.has(nameStart(typescript, name as NameNode)) === true;
    });
}

/** `value[key]` on a type with the member, where the key may be its name. */
function workedOutKeys(look: Look, path: string, source: ts.SourceFile): void {
  const {
    work: { typescript },
    checker,
    renaming,
    found,
  } = look;
  const { old } = renaming.symbol;
  const isRenamed = isRenamedBy(look);
  eachNode(typescript, source, (node) => {
    if (typescript.isCallExpression(node) && /^Object\.assign$/.test(node.expression.getText())) return mixed(node);
    const flow = mixedFlowAt({ typescript, checker, old, isRenamed }, node);
    if (flow) {
      const what = `a value goes from a type with this ${old} to one with another, or back`;
      found.push({ reason: 'unknown type', where: placeOf(path, source.text, flow.node.getStart()), what });
    }
    const isAccess = typescript.isElementAccessExpression(node);
    const isIn = typescript.isForInStatement(node);
    if (!isAccess && !isIn) return;
    const key = isAccess ? node.argumentExpression : undefined;
    if (key && (typescript.isStringLiteralLike(key) || typescript.isNumericLiteral(key))) return;
    const property = checker.getTypeAtLocation(node.expression).getProperty(old);
    if (!property || !isRenamed(property) || (key && !mayBe(typescript, checker.getTypeAtLocation(key), old))) return;
    const what = isAccess
      ? `the key ${node.argumentExpression.getText().slice(0, 40)} may be ${old}`
      : `the loop goes through ${old}`;
    found.push({ reason: 'dynamic access', where: placeOf(path, source.text, node.getStart()), what });
  });
  /** Copies properties by their names from values that may have the old one to values that have the new one. */
  function mixed(call: ts.CallExpression): void {
    const given = call.arguments.map((one) => {
      const type = checker.getTypeAtLocation(one);
      const property = type.getProperty(old);
      const isAny = (type.flags & typescript.TypeFlags.Any) !== 0;
      return property ? (isRenamed(property) ? 'renamed' : 'other') : isAny ? 'other' : 'none';
    });
    if (!given.includes('renamed') || !given.includes('other')) return;
    const what = `it copies ${old} by its name`;
    found.push({ reason: 'dynamic access', where: placeOf(path, source.text, call.getStart()), what });
  }
}

/** Tells whether a key of a type may have this value. */
export function mayBe(typescript: typeof ts, type: ts.Type, name: string): boolean {
  if (type.isUnion()) return type.types.some((one) => mayBe(typescript, one, name));
  if (type.isStringLiteral()) return type.value === name;
  const { NumberLike, ESSymbolLike, BooleanLike, EnumLike } = typescript.TypeFlags;
  return (type.flags & (NumberLike | ESSymbolLike | BooleanLike | EnumLike)) === 0;
}
