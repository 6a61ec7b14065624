import type ts from 'typescript-6';
import { placeOf, type Target } from '../find-target.ts';
import { refuse, refuseFor, type Obstacle } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import type { TextEdit } from '../text-edit.ts';
import { dynamicObstacles } from './dynamic-obstacles.ts';
import { exportNote } from './public-names.ts';
import { memberObstacles } from './member-obstacles.ts';
import { nameEdits } from './name-edits.ts';
import { renameLocations, type Locations } from './rename-locations.ts';
import type { RenamedSymbol, RenameWish } from './renamed-symbol.ts';
import { rememberMeanings } from './same-meaning.ts';
import { declarationNames, isNameNode, meantSymbol, nameStart, nodeAt, type NameNode } from './script-nodes.ts';
import { inside, type ScriptService } from './script-service.ts';
import { syntaxObstacles, type ScriptWorkspace } from './script-workspace.ts';
import { newTypeErrors } from './type-errors.ts';
import { counted } from '../counted.ts';

/**
 * Renames a symbol of TypeScript or JavaScript in all projects, and puts the texts over the files.
 *
 * @throws {CapstanError} `conflict` when that would not be sound.
 */
export function renameScript(work: ScriptWorkspace, asked: Target, wish: RenameWish): Outcome {
  const { files } = work;
  const home = work.homeOf(asked.path);
  const node = namedNode(work, home, asked);
  const old = node.text;
  const what = wish.what ?? `rename ${old} to ${wish.name}`;
  if (old === wish.name) refuse(what, { reason: 'unsupported', where: asked.path, what: 'it has that name already' });
  refuseFor(what, nameObstacles(work, node, wish.name, asked));
  const target = declaredAt(work, home, { node, what, asked });
  const symbol: RenamedSymbol = { target, old, wish, what };
  const services = work.withWords([old]).filter((one) => one.source(target.path));
  const words = [old, wish.name];
  const locations = renameLocations(work, services, symbol);
  const touched = [...locations.keys()];
  refuseFor(what, [
    ...generatedObstacles(work, touched),
    ...syntaxObstacles(services, touched),
    ...exportNote(work, services, symbol),
    ...memberObstacles(work, services, { symbol, locations }),
    ...dynamicObstacles(work, services, { symbol, locations }),
  ]);
  const edits = editsOf(work, locations, wish.name, what);
  // Other projects may read a file that changes without having the old name in one of their own.
  const concerned = [...new Set([...services, ...work.withWords(words)])].filter((one) =>
    touched.some((path) => one.source(path)),
  );
  const changed = rememberMeanings(work, concerned, { words, moves: { edits: edits.byPath } });
  for (const [path, text] of edits.texts) files.put(path, text);
  refuseFor(what, changed());
  const { obstacles, files: looked } = newTypeErrors(work, concerned, { words });
  refuseFor(what, obstacles);
  const places = new Map([...edits.byPath].map(([path, list]) => [path, list.length]));
  return {
    summary: what,
    warnings: mentions(work, locations, old),
    checked: [
      'every use of both names means what it did',
      `no new type errors in ${counted(looked, 'file')} of ${counted(concerned.length, 'project')}`,
    ],
    places,
  };
}

function namedNode({ typescript, files }: ScriptWorkspace, home: ScriptService, { path, offset }: Target): NameNode {
  const source = home.source(path);
  const node = source && nodeAt(typescript, source, offset);
  if (node && isNameNode(typescript, node) && node.text !== '') return node;
  const where = placeOf(path, files.text(path) ?? '', offset);
  return refuse('rename', { reason: 'unsupported', where, what: 'no name stands here' });
}

function nameObstacles(
  { typescript, files }: ScriptWorkspace,
  node: NameNode,
  name: string,
  asked: Target,
): Obstacle[] {
  const where = placeOf(asked.path, files.text(asked.path) ?? '', asked.offset);
  const isPrivate = typescript.isPrivateIdentifier(node);
  const plain = isPrivate ? name.replace(/^#/, '') : name;
  const scanner = typescript.createScanner(typescript.ScriptTarget.ESNext, false, undefined, plain);
  const kind = scanner.scan();
  const isWord = kind === typescript.SyntaxKind.Identifier && scanner.getTokenText() === plain;
  const last = typescript.SyntaxKind.LastFutureReservedWord;
  const isContextual = kind > last && kind <= typescript.SyntaxKind.LastKeyword && scanner.getTokenText() === plain;
  if ((!isWord && !isContextual) || isPrivate !== name.startsWith('#')) {
    const hint = isPrivate ? ' for a private member, which begins with #' : '';
    return [{ reason: 'unsupported', where, what: `${name} is no name${hint}` }];
  }
  return [];
}

interface Asked {
  readonly node: NameNode;
  readonly what: string;
  readonly asked: Target;
}

/** Goes from a use, also an imported one, to the declaration; a name that an import gives here stays where it is. */
function declaredAt(work: ScriptWorkspace, home: ScriptService, { node, what, asked }: Asked): Target {
  const { typescript, files } = work;
  const where = placeOf(asked.path, files.text(asked.path) ?? '', asked.offset);
  const checker = home.program().getTypeChecker();
  const info = home.service.getRenameInfo(`${files.root}/${asked.path}`, asked.offset, {});
  const own = checker.getSymbolAtLocation(node);
  const names = declarationNames(typescript, meantSymbol({ typescript, checker }, node));
  const foreign = names.find((name) => !isOurs(work, name));
  if (foreign) {
    const place = foreign.getSourceFile().fileName.replace(/^.*node_modules\//, 'node_modules/');
    return refuse(what, { reason: 'not ours', where, what: `it is declared in ${place}` });
  }
  if (!info.canRename) return refuse(what, { reason: 'unsupported', where, what: info.localizedErrorMessage });
  if (!own || names.length === 0) {
    return refuse(what, { reason: 'unknown type', where, what: 'nothing says where it is declared' });
  }
  const same = names.find((name) => isNameNode(typescript, name) && name.text === node.text);
  const given = localAlias(work, own, node);
  const at = given ?? same ?? node;
  const path = inside(files.root, at.getSourceFile().fileName) ?? asked.path;
  return { path, offset: isNameNode(typescript, at) ? nameStart(typescript, at) : at.getStart() };
}

/** The name that an import gives to what is called otherwise where it comes from. */
function localAlias({ typescript }: ScriptWorkspace, symbol: ts.Symbol, node: NameNode): ts.Node | undefined {
  if (!(symbol.flags & typescript.SymbolFlags.Alias)) return undefined;
  for (const one of symbol.declarations ?? []) {
    const isDefault = typescript.isImportClause(one) || typescript.isNamespaceImport(one);
    const renamed = typescript.isImportSpecifier(one) && one.propertyName && one.propertyName !== node;
    if ((isDefault || renamed || typescript.isNamespaceExport(one)) && one.name) return one.name;
  }
  return undefined;
}

function isOurs(work: ScriptWorkspace, node: ts.Node): boolean {
  const path = inside(work.files.root, node.getSourceFile().fileName);
  return path !== undefined && !path.includes('node_modules/') && work.paths.includes(path);
}

function generatedObstacles(work: ScriptWorkspace, paths: readonly string[]): Obstacle[] {
  return paths.flatMap((path): Obstacle[] => {
    if (!work.paths.includes(path))
      return [{ reason: 'not ours', where: path, what: 'the name is used outside the sources' }];
    if (work.generated.has(path)) return [{ reason: 'generated', where: path, what: 'a tool writes this file' }];
    if (work.files.disk(path)?.sound === false) {
      return [{ reason: 'unsupported', where: path, what: 'it is not written in UTF-8' }];
    }
    return [];
  });
}

interface PlannedEdits {
  readonly byPath: ReadonlyMap<string, readonly TextEdit[]>;
  readonly texts: ReadonlyMap<string, string>;
}

function editsOf(work: ScriptWorkspace, locations: Locations, name: string, what: string): PlannedEdits {
  const byPath = new Map<string, readonly TextEdit[]>();
  const texts = new Map<string, string>();
  for (const [path, places] of locations) {
    const text = work.files.text(path) ?? '';
    const edited = nameEdits(text, [...places.values()], name);
    if (!edited) refuse(what, { reason: 'unsupported', where: path, what: 'changes would overlap' });
    byPath.set(path, edited.edits);
    texts.set(path, edited.text);
  }
  return { byPath, texts };
}

/** Strings and texts that hold the old name and are left as they are. */
function mentions(work: ScriptWorkspace, locations: Locations, old: string): string[] {
  const found: string[] = [];
  for (const path of locations.keys()) {
    const text = work.files.text(path) ?? '';
    const quoted = new RegExp(`(["'\`])${old.replaceAll('$', '\\$')}\\1`, 'g');
    for (const { index } of text.matchAll(quoted))
      found.push(`${placeOf(path, text, index)} a string says ${old} still`);
  }
  return found.slice(0, 20);
}
