import type { SyntaxNode } from '@lezer/common';
import type { Occurrence } from '../../parse/occurrence.ts';
import { placeOf } from '../find-target.ts';
import { around, eachNode, type NamedFile } from './named-file.ts';
import { addPlace, obstacleAt, type NamedPlaces, type NamedRename } from './named-rename.ts';

/** Functions that look a name up in something. */
const lookups = /(^|\.)(getattr|setattr|hasattr|delattr|attrgetter|methodcaller|object|setitem|delitem)$/;

/**
 * Deals with strings that stand for the name: those that list it for others, are types, or lead to it by its module change;
 * those that look it up stand against the rename; others are told of.
 *
 * @param holders Files in which the plain name is the one that is renamed.
 */
export function noteStrings(rename: NamedRename, holders: ReadonlySet<string>, places: NamedPlaces): void {
  const { old } = rename;
  const modules = [...holders].map((path) => path.replace(/(\/__init__)?\.pyi?$/, '').replaceAll('/', '.'));
  for (const file of rename.having(old)) {
    const isHolder = holders.has(file.path);
    eachNode(file, (node) => {
      if (node.name !== 'String') return;
      const inner = contentOf(file, node);
      if (!inner || !file.text.slice(inner.from, inner.to).includes(old)) return;
      noteString(rename, file, { node, ...inner, isHolder, modules, places });
    });
    if (isHolder) noteGlobals(rename, file, places);
  }
}

interface Text {
  readonly node: SyntaxNode;
  readonly from: number;
  readonly to: number;
  readonly isHolder: boolean;
  readonly modules: readonly string[];
  readonly places: NamedPlaces;
}

function contentOf(
  { text }: NamedFile,
  { from, to }: SyntaxNode,
): { readonly from: number; readonly to: number } | undefined {
  const quote = /^[rRbBuU]*("""|'''|"|')/.exec(text.slice(from, to));
  const mark = quote?.[1];
  if (!quote || mark === undefined) return undefined;
  return { from: from + quote[0].length, to: to - mark.length };
}

function noteString(rename: NamedRename, file: NamedFile, { node, from, to, isHolder, modules, places }: Text): void {
  const { old } = rename;
  const text = file.text.slice(from, to);
  const callee = calleeText(file, node);
  if (isHolder && (isList(file, node) || isType(node, callee))) {
    for (const { index } of text.matchAll(word(old))) addPlace(places, file.path, from + index, rename);
    return;
  }
  const way = /^([\w.]+)[.:](\w+)((?:\.\w+)*)$/.exec(text);
  const dotted = modules.find((module) => text === `${module}.${old}` || text.startsWith(`${module}.${old}.`));
  const tail =
    dotted === undefined ? modules.find((module) => way?.[2] === old && module.endsWith(`.${way[1]}`)) : dotted;
  if (tail !== undefined) {
    addPlace(places, file.path, from + text.indexOf(`.${old}`, dotted === undefined ? 0 : tail.length) + 1, rename);
    return;
  }
  if (
    text === old &&
    (lookups.test(callee) || around(node, /^MemberExpression$/)?.firstChild?.name === 'CallExpression')
  ) {
    places.obstacles.push(obstacleAt(file, node.from, { reason: 'string', what: 'the name is looked up by a string' }));
  } else if (text === old)
    places.warnings.push(`${placeOf(file.path, file.text, node.from)} a string says ${old} still`);
}

function word(name: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_.])${name}(?![\\p{L}\\p{N}_])`, 'gu');
}

function calleeText({ text }: NamedFile, node: SyntaxNode): string {
  const call = around(node, /^ArgList$/)?.parent;
  const callee = call?.name === 'CallExpression' ? call.firstChild : undefined;
  return callee ? text.slice(callee.from, callee.to) : '';
}

/** Stands in the list of what a module gives to others. */
function isList({ text }: NamedFile, node: SyntaxNode): boolean {
  const statement = around(node, /^(AssignStatement|UpdateStatement|ExpressionStatement)$/);
  return statement !== undefined && text.slice(statement.from, statement.to).startsWith('__all__');
}

function isType(node: SyntaxNode, callee: string): boolean {
  return around(node, /^TypeDef$/) !== undefined || /(^|\.)(cast|TypeVar|ForwardRef|NewType)$/.test(callee);
}

/** A module that looks its own names up by keys. */
function noteGlobals({ old }: NamedRename, file: NamedFile, places: NamedPlaces): void {
  const found = /\b(globals|vars)\(\s*\)\s*(\[(?!\s*["'])|\.get\((?!\s*["']))|^def __getattr__\b/m.exec(file.text);
  if (!found) return;
  places.obstacles.push(
    obstacleAt(file, found.index, {
      reason: 'dynamic access',
      what: `names of this module are looked up by keys, perhaps ${old}`,
    }),
  );
}

/** Settings that lead to a name by its module: `package.module:name`. */
export function noteManifests({ index, files, old }: NamedRename, path: string, places: NamedPlaces): void {
  const module = path.replace(/(\/__init__)?\.pyi?$/, '').replaceAll('/', '.');
  const tails = module.split('.').map((_, at, all) => all.slice(at).join('.'));
  for (const one of index.files()) {
    if (
      one.language !== undefined ||
      !/\.(toml|cfg|ini|ya?ml|json|sh)$|(^|\/)(Dockerfile|Makefile|Procfile)$/.test(one.path)
    )
      continue;
    const text = files.text(one.path) ?? '';
    const at = tails
      .map((tail) => new RegExp(`${tail.replaceAll('.', '\\.')}[:.]${old}\\b`).exec(text)?.index)
      .find((found) => found !== undefined);
    if (at !== undefined)
      places.obstacles.push({ reason: 'string', where: placeOf(one.path, text, at), what: 'the name is used here' });
  }
}

interface Given {
  readonly name: Occurrence;
  readonly holders: ReadonlySet<string>;
  readonly places: NamedPlaces;
}

/** What the package at the top of a project that is published gives away. */
export function notePublic(
  { index, files, old, isPublic }: NamedRename,
  file: NamedFile,
  { name, holders, places }: Given,
): void {
  if (isPublic || old.startsWith('_')) return;
  const isPublished = index.files().some(({ path }) => {
    if (!/(^|\/)(pyproject\.toml|setup\.(py|cfg))$/.test(path)) return false;
    const text = files.text(path) ?? '';
    return !path.endsWith('.toml') || (/^\[build-system\]/m.test(text) && /^\[(project|tool\.poetry)\]/m.test(text));
  });
  if (!isPublished) return;
  const entry = [...holders].find((path) => isTopPackage(index.file.bind(index), path));
  if (entry === undefined) return;
  const what = `other packages may use it: ${entry} has it; --public allows it`;
  places.obstacles.push(obstacleAt(file, name.start, { reason: 'public', what }));
}

function isTopPackage(fileOf: (path: string) => unknown, path: string): boolean {
  const folder = /^(.*?)\/?__init__\.pyi?$/.exec(path)?.[1];
  if (folder === undefined || folder === '' || /(^|\/)tests?(\/|$)/.test(folder)) return false;
  const above = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '';
  return fileOf(above === '' ? '__init__.py' : `${above}/__init__.py`) === undefined;
}
