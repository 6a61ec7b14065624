import { lookUp, type Occurrence, type Scope } from './occurrence.ts';
import { fileScope, isFunction, patternNames, scopeOf } from './script-scopes.ts';
import { child, children, isNode, nameOf, parseScript, type Node } from './script-tree.ts';

/** Finds every name of TypeScript or JavaScript with what it means by scope. */
export function scriptOccurrences(path: string, text: string): readonly Occurrence[] {
  const { body } = parseScript(path, text);
  const found: Occurrence[] = [];
  const walk: Walk = { text, found, roles: new Map() };
  for (const node of body) visit(node, fileScope(body), walk);
  return found.sort((one, other) => one.start - other.start);
}

interface Walk {
  readonly text: string;
  readonly found: Occurrence[];
  /** What names are known to be before they are come to, by their offset. */
  readonly roles: Map<number, Occurrence['role']>;
}

function visit(value: unknown, scope: Scope, walk: Walk): void {
  if (Array.isArray(value)) {
    for (const one of value) visit(one, scope, walk);
    return;
  }
  if (!isNode(value)) return;
  if (visitNamed(value, scope, walk)) return;
  noteRoles(value, walk);
  const inner = scopeOf(value, scope) ?? scope;
  for (const field in value) {
    if (typeof value[field] !== 'object') continue;
    // A function's or class's own name and a decorator belong to where it stands.
    const outside = field === 'decorators' || (field === 'id' && /Declaration$/.test(value.type));
    visit(value[field], outside ? scope : inner, walk);
  }
}

/** Marks the names that a node declares, writes or calls. */
function noteRoles(node: Node, { roles }: Walk): void {
  const mark = (names: readonly (Node | undefined)[], role: Occurrence['role']): void => {
    for (const name of names) if (name) roles.set(name.start, role);
  };
  if (isFunction(node) || /^(Class|TSInterface|TSTypeAlias|TSEnum|TSModule|TSImportEquals)/.test(node.type)) {
    mark([child(node, 'id')], 'declaration');
    mark(children(node, 'params').flatMap(patternNames), 'declaration');
  }
  switch (node.type) {
    case 'VariableDeclarator':
      return mark(patternNames(child(node, 'id')), 'declaration');
    case 'TSTypeParameter':
      return mark([child(node, 'name')], 'declaration');
    case 'CatchClause':
      return mark(patternNames(child(node, 'param')), 'declaration');
    case 'AssignmentExpression':
      return mark(targetNames(child(node, 'left')), 'write');
    case 'UpdateExpression':
      return mark(targetNames(child(node, 'argument')), 'write');
    case 'CallExpression':
    case 'NewExpression':
      return mark(calledNames(child(node, 'callee')), 'call');
    case 'TaggedTemplateExpression':
      return mark(calledNames(child(node, 'tag')), 'call');
    case 'JSXOpeningElement':
      return mark([child(node, 'name')], 'call');
  }
}

function targetNames(node: Node | undefined): readonly (Node | undefined)[] {
  return node?.type === 'MemberExpression' ? [child(node, 'property')] : patternNames(node);
}

function calledNames(node: Node | undefined): readonly (Node | undefined)[] {
  if (node?.type === 'MemberExpression') return node.computed === true ? [] : [child(node, 'property')];
  const inner = node && child(node, 'expression');
  return inner ? calledNames(inner) : [node];
}

/** Deals with nodes whose names mean something else than a variable; gives false for all others. */
function visitNamed(node: Node, scope: Scope, walk: Walk): boolean {
  switch (node.type) {
    case 'Identifier':
      note(node, scope, walk);
      visit(node.typeAnnotation, scope, walk);
      visit(node.decorators, scope, walk);
      return true;
    case 'JSXIdentifier':
      if (/^[^a-z]/.test(nameOf(node))) note(node, scope, walk);
      return true;
    case 'MemberExpression':
    case 'JSXMemberExpression':
      visit(node.object, scope, walk);
      if (node.computed === true) visit(node.property, scope, walk);
      else noteMember(child(node, 'property'), walk, { object: child(node, 'object'), scope });
      return true;
    case 'TSQualifiedName':
      visit(node.left, scope, walk);
      noteMember(child(node, 'right'), walk, { object: child(node, 'left'), scope });
      return true;
    case 'Property':
      visitProperty(node, scope, walk);
      return true;
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'AccessorProperty':
    case 'TSAbstractMethodDefinition':
    case 'TSAbstractPropertyDefinition':
    case 'TSPropertySignature':
    case 'TSMethodSignature':
    case 'TSEnumMember':
      visitMember(node, scope, walk);
      return true;
    case 'ImportDeclaration':
      for (const one of children(node, 'specifiers')) noteImport(one, scope, walk);
      return true;
    case 'ExportNamedDeclaration':
      return visitExport(node, scope, walk);
    case 'JSXAttribute':
      visit(node.value, scope, walk);
      return true;
    case 'LabeledStatement':
      visit(node.body, scope, walk);
      return true;
    case 'MetaProperty':
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'ExportAllDeclaration':
      return true;
    default:
      return false;
  }
}

function note(node: Node, scope: Scope, { found, roles }: Walk): void {
  const name = nameOf(node);
  const role = roles.get(node.start) ?? 'use';
  // An identifier's node reaches over its type.
  found.push({ name, start: node.start, end: node.start + name.length, role, ...lookUp(scope, name) });
}

interface MemberPlace {
  readonly object?: Node | undefined;
  readonly scope: Scope;
}

function noteMember(node: Node | undefined, { text, found, roles }: Walk, { object, scope }: MemberPlace): void {
  const name = nameOf(node);
  if (!node || name === '') return;
  const quoted = node.type === 'Literal' || node.type === 'PrivateIdentifier' ? 1 : 0;
  const start = node.start + quoted;
  const of =
    object &&
    /^(Identifier|ThisExpression|MemberExpression|TSQualifiedName|JSXIdentifier|JSXMemberExpression)$/.test(object.type)
      ? text.slice(object.start, object.end)
      : '';
  const chain = /^[\w$.]+$/.test(of) ? { of } : {};
  const first = lookUp(scope, of.split('.')[0] ?? '');
  const ofBinding = first.binding === undefined ? {} : { ofBinding: first.binding };
  found.push({
    name,
    start,
    end: start + name.length,
    role: roles.get(node.start) ?? 'use',
    member: true,
    ...chain,
    ...ofBinding,
  });
}

/** `{ a }` means the variable; of `{ a: b }` the first names a member. */
function visitProperty(node: Node, scope: Scope, walk: Walk): void {
  if (node.computed === true) visit(node.key, scope, walk);
  else if (node.shorthand !== true) noteMember(child(node, 'key'), walk, { scope });
  visit(node.value, scope, walk);
}

function visitMember(node: Node, scope: Scope, walk: Walk): void {
  const key = child(node, 'key') ?? child(node, 'id');
  if (node.computed === true) visit(key, scope, walk);
  else if (key) {
    walk.roles.set(key.start, 'declaration');
    noteMember(key, walk, { scope });
  }
  const inner = scopeOf(node, scope) ?? scope;
  for (const field in node) {
    if (field !== 'key' && field !== 'id' && typeof node[field] === 'object') visit(node[field], inner, walk);
  }
}

function noteImport(specifier: Node, scope: Scope, walk: Walk): void {
  const [imported, local] = [child(specifier, 'imported'), child(specifier, 'local')];
  if (!local) return;
  walk.roles.set(local.start, 'import');
  note(local, scope, walk);
  if (imported && imported.start !== local.start) noteForeign(imported, local, walk);
}

/** A name of another file, tied to the name that it has here. */
function noteForeign(node: Node, local: Node | undefined, { found }: Walk): void {
  const start = node.start + (node.type === 'Literal' ? 1 : 0);
  const name = nameOf(node);
  const tie = local ? { binding: local.start, top: true } : {};
  found.push({ name, start, end: start + name.length, role: 'import', ...tie });
}

function visitExport(node: Node, scope: Scope, walk: Walk): boolean {
  const specifiers = children(node, 'specifiers');
  if (specifiers.length === 0) return false;
  const foreign = child(node, 'source') !== undefined;
  for (const one of specifiers) {
    const [local, exported] = [child(one, 'local'), child(one, 'exported')];
    if (local && foreign) noteForeign(local, undefined, walk);
    else if (local) note(local, scope, walk);
    if (exported && exported.start !== local?.start) noteMember(exported, walk, { scope });
  }
  return true;
}
