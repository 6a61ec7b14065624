import type { ExportFact, ImportFact, SymbolKind, Syntax } from './facts.ts';
import { child, children, isNode, nameOf, parseScript, textField, type Node } from './script-tree.ts';
import { symbolList, within, type SymbolList } from './symbol-list.ts';

/** What is known while declarations are read. */
interface Place {
  readonly list: SymbolList;
  readonly container: string;
  readonly exported: boolean;
  /** Where the statement begins, `export` and decorators included. */
  readonly start: number;
}

interface Links {
  readonly imports: ImportFact[];
  readonly exports: ExportFact[];
}

/** Reads the symbols, imports and exports of TypeScript or JavaScript. */
export function readScript(path: string, text: string): Syntax {
  const tree = parseScript(path, text);
  const list = symbolList(text);
  const links: Links = { imports: [], exports: [] };
  for (const node of tree.body) readStatement(node, { list, container: '', exported: false, start: node.start }, links);
  links.imports.push(...loads(text, tree.body, list));
  return { symbols: markExported(list, links.exports), ...links, broken: tree.broken };
}

/** `export { a }` and `export default a` stand apart from what they export. */
function markExported(list: SymbolList, exports: readonly ExportFact[]) {
  const names = new Set(exports.map(([, local]) => local));
  return list
    .symbols()
    .map((one) => (!one.exported && one.container === '' && names.has(one.name) ? { ...one, exported: true } : one));
}

function readStatement(node: Node, place: Place, links: Links): void {
  switch (node.type) {
    case 'ImportDeclaration':
      links.imports.push(importOf(node, place.list));
      return;
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      readExport(node, place, links);
      return;
    case 'TSImportEqualsDeclaration':
      readImportEquals(node, place, links);
      return;
    case 'TSExportAssignment':
      links.exports.push(['default', nameOf(child(node, 'expression'))]);
      return;
    case 'ExpressionStatement':
      readCommonJs(child(node, 'expression'), place, links);
      return;
    default:
      readDeclaration(node, place);
  }
}

function importOf(node: Node, list: SymbolList): ImportFact {
  const names = children(node, 'specifiers').map((one): readonly [string, string] => {
    const local = nameOf(child(one, 'local'));
    if (one.type === 'ImportNamespaceSpecifier') return ['*', local];
    return [one.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(child(one, 'imported')), local];
  });
  return {
    specifier: nameOf(child(node, 'source')),
    kind: 'import',
    names,
    line: list.lines.lineAt(node.start),
  };
}

function readExport(node: Node, place: Place, links: Links): void {
  const source = child(node, 'source');
  const line = place.list.lines.lineAt(node.start);
  if (node.type === 'ExportAllDeclaration') {
    const exported = child(node, 'exported');
    const names = [['*', exported ? nameOf(exported) : '*']] as const;
    links.imports.push({ specifier: nameOf(source), kind: 'export', names, line });
    return;
  }
  const specifiers = children(node, 'specifiers').map(
    (one) => [nameOf(child(one, 'local')), nameOf(child(one, 'exported'))] as const,
  );
  if (source) links.imports.push({ specifier: nameOf(source), kind: 'export', names: specifiers, line });
  else links.exports.push(...specifiers.map(([local, exported]) => [exported, local] as const));
  const declaration = child(node, 'declaration');
  if (!declaration) return;
  const names = readDeclaration(declaration, { ...place, exported: true, start: node.start });
  if (node.type !== 'ExportDefaultDeclaration') links.exports.push(...names.map((name) => [name, name] as const));
  else links.exports.push(['default', names[0] ?? nameOf(declaration)]);
}

function readImportEquals(node: Node, place: Place, links: Links): void {
  const reference = child(node, 'moduleReference');
  const name = nameOf(child(node, 'id'));
  if (reference?.type !== 'TSExternalModuleReference') return;
  const specifier = nameOf(child(reference, 'expression'));
  links.imports.push({ specifier, kind: 'require', names: [['*', name]], line: place.list.lines.lineAt(node.start) });
}

/** `module.exports = …`, `exports.a = …`, `A.prototype.b = function …` and `a.b = function …`. */
function readCommonJs(node: Node | undefined, place: Place, links: Links): void {
  const [left, right] = [node && child(node, 'left'), node && child(node, 'right')];
  if (node?.type !== 'AssignmentExpression' || left?.type !== 'MemberExpression' || !right) return;
  const target = place.list.text.slice(left.start, left.end);
  const key = child(left, 'property');
  if (target === 'module.exports') {
    for (const one of right.type === 'ObjectExpression' ? children(right, 'properties') : []) {
      links.exports.push([nameOf(child(one, 'key')), nameOf(child(one, 'value'))]);
    }
    links.exports.push(['default', nameOf(right) || nameOf(child(right, 'id'))]);
    if (right.type === 'ObjectExpression') readObject(right, { ...place, container: 'exports', exported: true });
    return;
  }
  if (left.computed === true || !key) return;
  const own = /^(module\.)?exports\.[\w$]+$/.test(target);
  if (own) links.exports.push([nameOf(key), nameOf(right) || nameOf(child(right, 'id')) || nameOf(key)]);
  const callable = isCallable(right) || right.type === 'ClassExpression';
  if (!callable) return;
  const container = own ? '' : place.list.text.slice(left.start, key.start - 1).replace('.prototype', '');
  place.list.add({
    name: nameOf(key),
    kind: right.type === 'ClassExpression' ? 'class' : own ? 'function' : 'method',
    container: /^[\w$.]*$/.test(container) ? container : '',
    exported: own,
    start: node.start,
    end: node.end,
    nameStart: key.start,
    headEnd: child(right, 'body')?.start ?? right.end,
  });
}

/** Adds what a declaration declares and gives its names. */
function readDeclaration(node: Node, place: Place): readonly string[] {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
      return addNamed(node, place, 'function');
    case 'ClassDeclaration':
    case 'ClassExpression':
      return readClass(node, place);
    case 'TSInterfaceDeclaration':
      return readInterface(node, place);
    case 'TSTypeAliasDeclaration':
      return addNamed(node, place, 'type', child(node, 'typeAnnotation')?.end);
    case 'TSEnumDeclaration':
      return addNamed(node, place, 'enum');
    case 'TSModuleDeclaration':
      return readNamespace(node, place);
    case 'VariableDeclaration':
      return children(node, 'declarations').flatMap((one) => readVariable(one, node, place));
    default:
      return [];
  }
}

function addNamed(node: Node, place: Place, kind: SymbolKind, headEnd?: number): readonly string[] {
  const id = child(node, 'id');
  const name = nameOf(id);
  if (!id) return [];
  const { list, container, exported, start } = place;
  list.add({
    name,
    kind,
    container,
    exported,
    start: Math.min(start, ...children(node, 'decorators').map((one) => one.start)),
    headStart: headStartOf(node, start),
    end: node.end,
    nameStart: id.start,
    headEnd: headEnd ?? child(node, 'body')?.start ?? node.end,
  });
  return [name];
}

/** Where a declaration goes on behind its decorators; they may stand before or behind `export`. */
function headStartOf(node: Node, start: number): number {
  const inside = children(node, 'decorators').filter((one) => one.start >= start);
  return Math.max(start, ...inside.map((one) => one.end));
}

function readClass(node: Node, place: Place): readonly string[] {
  const names = addNamed(node, place, 'class');
  const body = child(node, 'body');
  if (body) readMembers(body, { ...place, container: within(place.container, names[0] ?? 'default') });
  return names;
}

function readInterface(node: Node, place: Place): readonly string[] {
  const names = addNamed(node, place, 'interface');
  const body = child(node, 'body');
  if (body) readMembers(body, { ...place, container: within(place.container, names[0] ?? '') });
  return names;
}

function readMembers(body: Node, place: Place): void {
  for (const member of children(body, 'body')) {
    const key = child(member, 'key');
    if (!key || member.computed === true) continue;
    const value = child(member, 'value');
    const callable = /Method/.test(member.type) || (value !== undefined && isCallable(value));
    const privately = key.type === 'PrivateIdentifier' || textField(member, 'accessibility') === 'private';
    place.list.add({
      name: nameOf(key),
      kind: callable ? 'method' : 'field',
      container: place.container,
      exported: place.exported && !privately,
      start: member.start,
      headStart: headStartOf(member, member.start),
      end: member.end,
      nameStart: key.start,
      headEnd: (value && child(value, 'body')?.start) ?? member.end,
    });
  }
}

function readNamespace(node: Node, place: Place): readonly string[] {
  const names = addNamed(node, place, 'namespace');
  const body = child(node, 'body');
  const unused: Links = { imports: [], exports: [] };
  for (const statement of body ? children(body, 'body') : []) {
    const container = within(place.container, names[0] ?? '');
    readStatement(statement, { ...place, container, exported: false, start: statement.start }, unused);
  }
  return names;
}

function readVariable(declarator: Node, declaration: Node, place: Place): readonly string[] {
  const [id, init] = [child(declarator, 'id'), child(declarator, 'init')];
  if (!id) return [];
  if (id.type !== 'Identifier') return patternNames(id).map((one) => addVariable(one, declarator, { place, init }));
  const name = addVariable(id, declaration, { place, init });
  const inner: Place = { ...place, container: within(place.container, name) };
  if (init?.type === 'ClassExpression') {
    const body = child(init, 'body');
    if (body) readMembers(body, inner);
  }
  if (init && place.container === '') readObject(init, inner);
  return [name];
}

function addVariable(id: Node, whole: Node, { place, init }: { place: Place; init: Node | undefined }): string {
  const name = nameOf(id);
  const callable = init !== undefined && isCallable(init);
  const body = init && child(init, 'body');
  place.list.add({
    name,
    kind: callable ? 'function' : init?.type === 'ClassExpression' ? 'class' : 'variable',
    container: place.container,
    exported: place.exported,
    start: place.start,
    end: whole.end,
    nameStart: id.start,
    headEnd: body?.start ?? whole.end,
  });
  return name;
}

/** Methods of an object that a name at the top of the file holds, also through `as const` and `satisfies`. */
function readObject(node: Node, place: Place): void {
  const inner = child(node, 'expression');
  if (node.type.startsWith('TS') && inner) return readObject(inner, place);
  if (node.type !== 'ObjectExpression') return;
  for (const property of children(node, 'properties')) {
    const [key, value] = [child(property, 'key'), child(property, 'value')];
    if (!key || !value || property.computed === true || !isCallable(value)) continue;
    place.list.add({
      name: nameOf(key),
      kind: 'method',
      container: place.container,
      exported: place.exported,
      start: property.start,
      end: property.end,
      nameStart: key.start,
      headEnd: child(value, 'body')?.start ?? property.end,
    });
  }
}

function patternNames(pattern: Node): readonly Node[] {
  if (pattern.type === 'Identifier') return [pattern];
  const parts = [...children(pattern, 'properties'), ...children(pattern, 'elements')];
  const inner = [child(pattern, 'value'), child(pattern, 'left'), child(pattern, 'argument')].filter(isNode);
  return [...parts, ...(pattern.type === 'Property' ? inner.slice(0, 1) : inner)].flatMap(patternNames);
}

function isCallable(node: Node): boolean {
  return (
    node.type === 'ArrowFunctionExpression' ||
    node.type === 'FunctionExpression' ||
    node.type === 'TSEmptyBodyFunctionExpression'
  );
}

/** `require('x')` and `import('x')`, wherever they stand. */
function loads(text: string, body: readonly Node[], list: SymbolList): readonly ImportFact[] {
  if (!/\b(require|import)\s*\(/.test(text)) return [];
  const found: ImportFact[] = [];
  const visit = (value: unknown, target: Node | undefined): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, undefined);
    if (!isNode(value)) return;
    const load = loadOf(value);
    if (load) found.push({ ...load, names: localNames(target), line: list.lines.lineAt(value.start) });
    const named = value.type === 'VariableDeclarator' ? child(value, 'id') : undefined;
    for (const field in value) if (field !== 'type') visit(value[field], field === 'init' ? named : undefined);
  };
  visit(body, undefined);
  return found;
}

function loadOf(node: Node): Pick<ImportFact, 'kind' | 'specifier'> | undefined {
  if (node.type === 'ImportExpression') {
    const specifier = textField(child(node, 'source'), 'value');
    return specifier === undefined ? undefined : { kind: 'dynamic', specifier };
  }
  if (node.type !== 'CallExpression' || textField(child(node, 'callee'), 'name') !== 'require') return undefined;
  const specifier = textField(children(node, 'arguments')[0], 'value');
  return specifier === undefined ? undefined : { kind: 'require', specifier };
}

function localNames(target: Node | undefined): ImportFact['names'] {
  if (!target) return [];
  if (target.type === 'Identifier') return [['*', nameOf(target)]];
  return children(target, 'properties').map((one) => [nameOf(child(one, 'key')), nameOf(child(one, 'value'))]);
}
