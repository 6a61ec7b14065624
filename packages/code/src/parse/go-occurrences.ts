import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/go';
import { declare, lookUp, newScope, type Occurrence, type Scope } from './occurrence.ts';
import { childNodes } from './tree-nodes.ts';

interface Walk {
  readonly text: string;
  readonly found: Occurrence[];
}

/**
 * Finds every name of Go with what it means by scope. Names at the top of the file are bound within it; those of the
 * other files of a package have no binding.
 */
export function goOccurrences(text: string): readonly Occurrence[] {
  const walk: Walk = { text, found: [] };
  const top = parser.parse(text).topNode;
  const scope = newScope(undefined, true);
  declareTop(top, scope, text);
  for (const node of childNodes(top)) visit(node, scope, walk);
  return walk.found;
}

function declareTop(top: SyntaxNode, scope: Scope, text: string): void {
  const note = (node: SyntaxNode): void => declare(scope, text.slice(node.from, node.to), node.from);
  for (const node of childNodes(top)) {
    if (node.name === 'FunctionDecl') node.getChildren('DefName').forEach(note);
    if (!/^(Type|Var|Const)Decl$/.test(node.name)) continue;
    for (const holder of [node, ...node.getChildren('SpecList')]) {
      for (const spec of childNodes(holder)) if (/Spec$/.test(spec.name)) spec.getChildren('DefName').forEach(note);
    }
  }
}

const scopes =
  /^(FunctionDecl|MethodDecl|FunctionLiteral|Block|IfStatement|ForStatement|SwitchStatement|TypeSwitchStatement|SelectStatement|Case|DefaultCase|TypeSpec|CommClause)$/;

function visit(node: SyntaxNode, scope: Scope, walk: Walk): void {
  const name = walk.text.slice(node.from, node.to);
  const place = { name, start: node.from, end: node.to };
  switch (node.name) {
    case 'DefName':
      if (node.parent?.name === 'ImportSpec' || node.parent?.name === 'PackageClause') return;
      if (scope.above && !isTop(node)) scope.names.set(name, node.from);
      walk.found.push({ ...place, role: 'declaration', ...lookUp(scope, name) });
      return;
    case 'VariableName':
    case 'TypeName':
      if (node.parent?.name === 'QualifiedType' && node.name === 'TypeName') noteMember(node, scope, walk);
      else walk.found.push({ ...place, role: roleOf(node), ...lookUp(scope, name) });
      return;
    case 'FieldName':
      noteMember(node, scope, walk);
      return;
    case 'ImportDecl':
      return;
  }
  const inner = scopes.test(node.name) ? newScope(scope) : scope;
  for (const child of inDeclaringOrder(node)) visit(child, inner, walk);
}

/** Of `a := f(a)` the right side still means the outer name. */
function inDeclaringOrder(node: SyntaxNode): SyntaxNode[] {
  const children = childNodes(node);
  if (node.name !== 'VarDecl' && node.name !== 'RangeClause' && node.name !== 'VarSpec') return children;
  const names = children.filter(({ name }) => name === 'DefName');
  return [...children.filter(({ name }) => name !== 'DefName'), ...names];
}

/** A declaration at the top of the file, which is known before it is come to. */
function isTop(node: SyntaxNode): boolean {
  let at = node.parent;
  while (at && /^(FunctionDecl|TypeSpec|VarSpec|ConstSpec|SpecList|TypeDecl|VarDecl|ConstDecl)$/.test(at.name))
    at = at.parent;
  return at?.name === 'SourceFile';
}

function roleOf(node: SyntaxNode): Occurrence['role'] {
  const { parent } = node;
  if (parent?.name === 'CallExpr' && parent.firstChild?.from === node.from) return 'call';
  if (parent?.name === 'ParameterizedExpr' && parent.parent?.name === 'CallExpr') return 'call';
  return parent?.name === 'Assignment' && node.nextSibling !== null && isAssigned(node) ? 'write' : 'use';
}

function isAssigned(node: SyntaxNode): boolean {
  for (let next = node.nextSibling; next; next = next.nextSibling)
    if (/^(=|UpdateOp|IncDecOp)$/.test(next.name)) return true;
  return false;
}

function noteMember(node: SyntaxNode, scope: Scope, { text, found }: Walk): void {
  const holder = node.parent;
  const declares = holder?.name === 'FieldDecl' || holder?.name === 'MethodDecl' || holder?.name === 'MethodElem';
  const object = declares ? undefined : holder?.firstChild;
  const of = object && object.from !== node.from ? text.slice(object.from, object.to) : '';
  const plain = /^[\p{L}\p{N}_.]+$/u.test(of);
  const first = lookUp(scope, of.split('.')[0] ?? '');
  const called = holder?.parent?.name === 'CallExpr' && holder.parent.firstChild?.from === holder.from;
  found.push({
    name: text.slice(node.from, node.to),
    start: node.from,
    end: node.to,
    role: declares ? 'declaration' : called ? 'call' : 'use',
    member: true,
    ...(plain ? { of } : {}),
    ...(plain && first.binding !== undefined ? { ofBinding: first.binding } : {}),
  });
}
