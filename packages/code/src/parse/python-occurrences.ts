import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { declare, lookUp, newScope, type Occurrence, type Scope } from './occurrence.ts';
import { childNodes } from './tree-nodes.ts';

interface Walk {
  readonly text: string;
  readonly found: Occurrence[];
  /** Names that are declared where they stand, by offset. */
  readonly declared: Map<number, Occurrence['role']>;
}

/** Finds every name of Python with what it means by scope. */
export function pythonOccurrences(text: string): readonly Occurrence[] {
  const walk: Walk = { text, found: [], declared: new Map() };
  const top = parser.parse(text).topNode;
  const scope = newScope(undefined, true);
  declareIn(top, scope, walk);
  for (const node of childNodes(top)) visit(node, scope, walk);
  return walk.found;
}

const comprehensions =
  /^(ArrayComprehensionExpression|SetComprehensionExpression|DictionaryComprehensionExpression|ComprehensionExpression)$/;

/** Declares all that the statements of a body declare, functions and classes within only by their names. */
function declareIn(node: SyntaxNode, scope: Scope, walk: Walk): void {
  for (const child of childNodes(node)) {
    switch (child.name) {
      case 'FunctionDefinition':
      case 'ClassDefinition':
        declareNames([child.getChild('VariableName')], scope, { walk });
        continue;
      case 'LambdaExpression':
        continue;
      case 'ImportStatement':
        declareNames(importedNames(child), scope, { walk, role: 'import' });
        continue;
      case 'ScopeStatement':
        for (const name of child.getChildren('VariableName'))
          forget(scope, name, { walk, from: child.firstChild?.name ?? '' });
        continue;
      case 'AssignStatement':
      case 'NamedExpression':
        declareNames(before(child, 'AssignOp'), scope, { walk });
        break;
      case 'TypeDefinition':
        declareNames([child.getChild('VariableName')], scope, { walk });
        break;
      case 'ForStatement':
        declareNames(between(child, 'for', 'in'), scope, { walk });
        break;
      case 'WithStatement':
      case 'TryStatement':
        declareNames(afterAs(child), scope, { walk });
        break;
      case 'CapturePattern':
      case 'AsPattern':
        declareNames(child.getChildren('VariableName'), scope, { walk });
        break;
    }
    if (!comprehensions.test(child.name)) declareIn(child, scope, walk);
  }
}

interface Declaring {
  readonly walk: Walk;
  readonly role?: Occurrence['role'];
}

function declareNames(
  nodes: readonly (SyntaxNode | null)[],
  scope: Scope,
  { walk, role = 'declaration' }: Declaring,
): void {
  for (const node of nodes) {
    if (node?.name !== 'VariableName') continue;
    const name = walk.text.slice(node.from, node.to);
    const first = !scope.names.has(name);
    declare(scope, name, node.from);
    walk.declared.set(node.from, first || role === 'import' ? role : 'write');
  }
}

/** Stand for names that `nonlocal` and `global` take from further out. */
const outer = -1;
const outermost = -2;

function forget(scope: Scope, node: SyntaxNode, { walk, from }: { readonly walk: Walk; readonly from: string }): void {
  scope.names.set(walk.text.slice(node.from, node.to), from === 'global' ? outermost : outer);
}

/** As `lookUp`, through what a scope takes from further out. */
function meantBy(scope: Scope, name: string): Pick<Occurrence, 'binding' | 'top'> {
  const found = lookUp(scope, name);
  if (found.binding !== outer && found.binding !== outermost) return found;
  let at = scope;
  while (at.above && at.names.get(name) !== found.binding) at = at.above;
  if (found.binding === outermost) while (at.above) at = at.above;
  else if (at.above) at = at.above;
  return at.names.get(name) === found.binding ? {} : meantBy(at, name);
}

function before(node: SyntaxNode, end: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const children = childNodes(node);
  const last = children.findLastIndex((child) => child.name === end);
  for (const child of children.slice(0, Math.max(0, last))) if (child.name !== 'TypeDef') found.push(...targets(child));
  return found;
}

function between(node: SyntaxNode, start: string, end: string): SyntaxNode[] {
  const children = childNodes(node);
  const from = children.findIndex((child) => child.name === start);
  const to = children.findIndex((child) => child.name === end);
  return children.slice(from + 1, to).flatMap(targets);
}

function afterAs(node: SyntaxNode): SyntaxNode[] {
  const children = childNodes(node);
  return children.flatMap((child, at) => (children[at - 1]?.name === 'as' ? targets(child) : []));
}

/** Names that an assignment to a target sets. */
function targets(node: SyntaxNode): SyntaxNode[] {
  if (node.name === 'VariableName') return [node];
  return /^(TupleExpression|ArrayExpression|ParenthesizedExpression)$/.test(node.name)
    ? childNodes(node).flatMap(targets)
    : [];
}

/** Names that an import statement makes known here. */
function importedNames(node: SyntaxNode): SyntaxNode[] {
  const children = childNodes(node);
  const list = children.findLastIndex((child) => child.name === 'import');
  const from = children[0]?.name === 'from';
  const found: SyntaxNode[] = [];
  for (let at = list + 1; at < children.length; at++) {
    const [child, next] = [children[at], children[at + 1]];
    if (child?.name !== 'VariableName' || next?.name === 'as') continue;
    // Of `import a.b` the first name is known, of `import a.b as c` the last.
    if (!from && children[at - 1]?.name === '.') continue;
    if (!from && next?.name === '.' && aliasFollows(children, at)) continue;
    found.push(child);
  }
  return found;
}

function aliasFollows(children: readonly SyntaxNode[], at: number): boolean {
  const rest = children.slice(at);
  const end = rest.findIndex((child) => child.name === ',');
  return rest.slice(0, end < 0 ? rest.length : end).some((child) => child.name === 'as');
}

function visit(node: SyntaxNode, scope: Scope, walk: Walk): void {
  if (node.name === 'VariableName') return note(node, scope, walk);
  if (node.name === 'PropertyName') return noteMember(node, scope, walk);
  if (node.name === 'FunctionDefinition' || node.name === 'LambdaExpression') return visitFunction(node, scope, walk);
  if (node.name === 'ClassDefinition') return visitClass(node, scope, walk);
  if (node.name === 'ImportStatement') return visitImport(node, scope, walk);
  const inner = comprehensions.test(node.name) ? comprehensionScope(node, scope, walk) : scope;
  for (const child of childNodes(node)) visit(child, inner, walk);
}

function comprehensionScope(node: SyntaxNode, above: Scope, walk: Walk): Scope {
  const scope = newScope(above);
  const children = childNodes(node);
  for (const [at, child] of children.entries()) {
    if (child.name !== 'for') continue;
    const end = children.findIndex((one, place) => place > at && one.name === 'in');
    declareNames(children.slice(at + 1, end).flatMap(targets), scope, { walk });
  }
  return scope;
}

function visitFunction(node: SyntaxNode, scope: Scope, walk: Walk): void {
  // A method does not see the names of its class.
  const above = scope.holdsFunction || !scope.above ? scope : enclosing(scope);
  const inner = newScope(above, true);
  const parameters = node.getChild('ParamList');
  const list = parameters ? childNodes(parameters) : [];
  for (const [at, child] of list.entries()) {
    if (child.name === 'VariableName' && list[at - 1]?.name !== 'AssignOp') declareNames([child], inner, { walk });
  }
  const body = node.getChild('Body');
  if (body) declareIn(body, inner, walk);
  for (const child of childNodes(node)) {
    const own = child.name === 'ParamList' || child.name === 'Body' || node.name === 'LambdaExpression';
    visit(child, own ? inner : scope, walk);
  }
}

/** The nearest scope that functions within can see. */
function enclosing(scope: Scope): Scope {
  let at = scope;
  while (!at.holdsFunction && at.above && at.names.get('\0class') !== undefined) at = at.above;
  return at;
}

function visitClass(node: SyntaxNode, scope: Scope, walk: Walk): void {
  const inner = newScope(scope);
  inner.names.set('\0class', outer);
  const body = node.getChild('Body');
  if (body) declareIn(body, inner, walk);
  for (const child of childNodes(node)) visit(child, child.name === 'Body' ? inner : scope, walk);
}

function visitImport(node: SyntaxNode, scope: Scope, walk: Walk): void {
  const known = new Set(importedNames(node).map(({ from }) => from));
  const children = childNodes(node);
  for (const [at, child] of children.entries()) {
    if (child.name !== 'VariableName') continue;
    if (known.has(child.from)) {
      note(child, scope, walk);
      continue;
    }
    const alias = children[at + 1]?.name === 'as' ? children[at + 2] : undefined;
    const name = walk.text.slice(child.from, child.to);
    const tie = alias ? meantBy(scope, walk.text.slice(alias.from, alias.to)) : {};
    walk.found.push({ name, start: child.from, end: child.to, role: 'import', ...tie });
  }
}

function note(node: SyntaxNode, scope: Scope, { text, found, declared }: Walk): void {
  const name = text.slice(node.from, node.to);
  // The name of a keyword argument belongs to whatever is called.
  if (node.parent?.name === 'ArgList' && node.nextSibling?.name === 'AssignOp') {
    found.push({ name, start: node.from, end: node.to, role: 'use', member: true });
    return;
  }
  const role = declared.get(node.from) ?? (isCalled(node) ? 'call' : 'use');
  found.push({ name, start: node.from, end: node.to, role, ...meantBy(scope, name) });
}

function isCalled(node: SyntaxNode): boolean {
  return (
    node.parent?.name === 'CallExpression' &&
    node.parent.firstChild?.from === node.from &&
    node.parent.firstChild.to === node.to
  );
}

function noteMember(node: SyntaxNode, scope: Scope, { text, found }: Walk): void {
  const holder = node.parent;
  const object = holder?.firstChild;
  const of = object ? text.slice(object.from, object.to) : '';
  const plain = /^[\w.]+$/.test(of);
  const first = meantBy(scope, of.split('.')[0] ?? '');
  const written = holder?.parent?.name === 'AssignStatement' && holder.nextSibling?.name === 'AssignOp';
  const role = written ? 'write' : holder && isCalled(holder) ? 'call' : 'use';
  const ties = {
    ...(plain ? { of } : {}),
    ...(plain && first.binding !== undefined ? { ofBinding: first.binding } : {}),
  };
  found.push({ name: text.slice(node.from, node.to), start: node.from, end: node.to, role, member: true, ...ties });
}
