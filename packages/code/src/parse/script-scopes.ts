import { declare, newScope, type Scope } from './occurrence.ts';
import { child, children, isNode, nameOf, type Node } from './script-tree.ts';

/** Identifiers that a pattern declares. */
export function patternNames(pattern: Node | undefined): readonly Node[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern];
    case 'ObjectPattern':
      return children(pattern, 'properties').flatMap((one) =>
        patternNames(child(one, 'value') ?? child(one, 'argument')),
      );
    case 'ArrayPattern':
      return children(pattern, 'elements').flatMap(patternNames);
    case 'AssignmentPattern':
      return patternNames(child(pattern, 'left'));
    case 'RestElement':
      return patternNames(child(pattern, 'argument'));
    case 'TSParameterProperty':
      return patternNames(child(pattern, 'parameter'));
    default:
      return [];
  }
}

const functions =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|TSDeclareFunction|TSEmptyBodyFunctionExpression)$/;

export function isFunction(node: Node): boolean {
  return functions.test(node.type);
}

/** Gives the scope that a node opens for what lies in it, with what is declared there; undefined when it opens none. */
export function scopeOf(node: Node, above: Scope): Scope | undefined {
  if (isFunction(node)) return functionScope(node, above);
  switch (node.type) {
    case 'BlockStatement':
    case 'StaticBlock':
    case 'TSModuleBlock':
      return declareAll(newScope(above, node.type === 'TSModuleBlock'), children(node, 'body'));
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
      return declareAll(newScope(above), [child(node, 'init') ?? child(node, 'left')].filter(isNode));
    case 'SwitchStatement':
      return declareAll(
        newScope(above),
        children(node, 'cases').flatMap((one) => children(one, 'consequent')),
      );
    case 'CatchClause':
      return declareNodes(newScope(above), patternNames(child(node, 'param')));
    case 'ClassExpression':
    case 'ClassDeclaration':
      return declareNodes(typeScope(node, above), node.type === 'ClassExpression' ? [child(node, 'id')] : []);
    case 'TSMappedType':
      return declareNodes(newScope(above), [child(node, 'key')]);
    case 'TSConditionalType':
      return declareNodes(newScope(above), inferred(child(node, 'extendsType')));
    default:
      return child(node, 'typeParameters') &&
        /^TS(Interface|TypeAlias|Method|Function|Constructor|Call|Construct)/.test(node.type)
        ? typeScope(node, above)
        : undefined;
  }
}

/** Declares what the statements of a file declare. */
export function fileScope(body: readonly Node[]): Scope {
  const scope = newScope(undefined, true);
  declareAll(scope, body);
  for (const statement of body) declareVars(scope, statement);
  return scope;
}

function functionScope(node: Node, above: Scope): Scope {
  const scope = typeScope(node, above, true);
  if (node.type === 'FunctionExpression') declareNodes(scope, [child(node, 'id')]);
  declareNodes(scope, children(node, 'params').flatMap(patternNames));
  const body = child(node, 'body');
  if (body) declareVars(scope, body);
  return scope;
}

function typeScope(node: Node, above: Scope, holdsFunction = false): Scope {
  const parameters = child(node, 'typeParameters');
  const names = parameters ? children(parameters, 'params').map((one) => child(one, 'name')) : [];
  return declareNodes(newScope(above, holdsFunction), names);
}

function declareNodes(scope: Scope, nodes: readonly (Node | undefined)[]): Scope {
  for (const node of nodes) if (node) declare(scope, nameOf(node), node.start);
  return scope;
}

/** `infer` names within a condition. */
function inferred(type: Node | undefined): Node[] {
  const found: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isNode(value)) return;
    const parameter = value.type === 'TSInferType' ? child(value, 'typeParameter') : undefined;
    const name = parameter && child(parameter, 'name');
    if (name) found.push(name);
    for (const field in value) if (typeof value[field] === 'object') visit(value[field]);
  };
  visit(type);
  return found;
}

/** Declares what statements declare in the block they stand in. */
function declareAll(scope: Scope, statements: readonly Node[]): Scope {
  for (const statement of statements) declareStatement(scope, statement);
  return scope;
}

function declareStatement(scope: Scope, node: Node): void {
  switch (node.type) {
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration': {
      const declaration = child(node, 'declaration');
      if (declaration) declareStatement(scope, declaration);
      return;
    }
    case 'ImportDeclaration':
      declareNodes(
        scope,
        children(node, 'specifiers').map((one) => child(one, 'local')),
      );
      return;
    case 'VariableDeclaration':
      for (const one of children(node, 'declarations')) declareNodes(scope, patternNames(child(one, 'id')));
      return;
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'ClassDeclaration':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSEnumDeclaration':
    case 'TSImportEqualsDeclaration':
    case 'TSModuleDeclaration': {
      const id = child(node, 'id');
      if (id?.type === 'Identifier') declareNodes(scope, [id]);
    }
  }
}

/** Declares every `var` within, functions left out. */
function declareVars(scope: Scope, value: unknown): void {
  if (Array.isArray(value)) {
    for (const one of value) declareVars(scope, one);
    return;
  }
  if (!isNode(value) || isFunction(value)) return;
  if (value.type === 'VariableDeclaration' && value.kind === 'var') {
    for (const one of children(value, 'declarations')) declareNodes(scope, patternNames(child(one, 'id')));
  }
  if (!/(Statement|Case|Clause|Block|Declaration)$/.test(value.type) || value.type.startsWith('TS')) return;
  for (const field in value) if (typeof value[field] === 'object') declareVars(scope, value[field]);
}
