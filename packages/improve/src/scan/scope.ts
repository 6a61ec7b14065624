import type { Syntax, SyntaxNode } from './syntax.ts';
import { patternNames } from './pattern-names.ts';
import { isFunction, textOf } from './tree.ts';

export type BindingKind =
  | 'const'
  | 'let'
  | 'var'
  | 'using'
  | 'param'
  | 'function'
  | 'class'
  | 'import'
  | 'catch'
  | 'other';

/** A name that the file declares, with everything in the file that speaks of it. */
export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  /** The identifiers that declare it; more than one for a `var` or a function declared again. */
  readonly declarations: readonly SyntaxNode[];
  /** Every other mention, types and exports included. */
  readonly references: readonly SyntaxNode[];
  /** The node whose block, function or program holds it. */
  readonly scope: SyntaxNode;
}

/** Who means what in a file. */
export interface Scopes {
  /** Gives the binding an identifier speaks of; `undefined` for a global of the language or the host. */
  bindingOf(identifier: SyntaxNode): Binding | undefined;
  /** Tells whether the file declares a name anywhere, as a value or as a type. */
  declares(name: string): boolean;
}

interface OpenBinding extends Binding {
  declarations: SyntaxNode[];
  references: SyntaxNode[];
}

interface Scope {
  readonly node: SyntaxNode;
  readonly outer: Scope | undefined;
  readonly names: Map<string, OpenBinding>;
}

interface Analysis {
  readonly syntax: Syntax;
  readonly mentions: { readonly node: SyntaxNode; readonly scope: Scope }[];
  readonly byDeclaration: Map<SyntaxNode, OpenBinding>;
  readonly types: Set<string>;
  /** Functions declared in blocks: in sloppy code their names reach the whole function. */
  readonly blockFunctions: Set<string>;
}

const scopeKinds = new Set(
  (
    'program statement_block for_statement for_in_statement catch_clause switch_body class class_body ' +
    'function_type constructor_type call_signature construct_signature method_signature ' +
    'function_signature abstract_method_signature internal_module module enum_body index_signature ' +
    'conditional_type'
  ).split(' '),
);

const typeDeclarations = new Set([
  'interface_declaration',
  'type_alias_declaration',
  'type_parameter',
  'enum_declaration',
]);

const mentionKinds = new Set(['identifier', 'shorthand_property_identifier', 'shorthand_property_identifier_pattern']);

/**
 * Resolves the names of a file as the language does: blocks, functions, hoisting, closures.
 *
 * @returns `undefined` when names cannot be known from the text: direct `eval`, `with`, or a function declared in a
 *   block of sloppy code whose name also means something else.
 */
export function resolveScopes(syntax: Syntax): Scopes | undefined {
  const analysis: Analysis = {
    syntax,
    mentions: [],
    byDeclaration: new Map(),
    types: new Set(),
    blockFunctions: new Set(),
  };
  if (!enter(syntax.root, undefined, analysis)) return undefined;
  const meaning = new Map<SyntaxNode, Binding>(analysis.byDeclaration);
  for (const { node, scope } of analysis.mentions) {
    const binding = find(scope, textOf(syntax, node));
    if (!binding) continue;
    binding.references.push(node);
    meaning.set(node, binding);
  }
  const names = new Map<string, number>();
  for (const binding of new Set(analysis.byDeclaration.values())) {
    names.set(binding.name, (names.get(binding.name) ?? 0) + 1);
  }
  for (const name of analysis.blockFunctions) if ((names.get(name) ?? 0) > 1) return undefined;
  return {
    bindingOf: (identifier) => meaning.get(identifier),
    declares: (name) => names.has(name) || analysis.types.has(name),
  };
}

function find(scope: Scope, name: string): OpenBinding | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const binding = at.names.get(name);
    if (binding) return binding;
  }
  return undefined;
}

/** Gives false when the file cannot be resolved. */
function enter(node: SyntaxNode, outer: Scope | undefined, analysis: Analysis): boolean {
  const opens = (scopeKinds.has(node.kind) && !isBody(node)) || isFunction(node);
  const scope: Scope = opens || !outer ? { node, outer, names: new Map() } : outer;
  if (node.kind === 'with_statement') return false;
  if (node.kind === 'call_expression' && isEval(node, analysis.syntax)) return false;
  declare(node, scope, analysis);
  if (mentionKinds.has(node.kind) && !analysis.byDeclaration.has(node) && !isForeignName(node)) {
    analysis.mentions.push({ node, scope });
  }
  return node.children.every((child) => enter(child, scope, analysis));
}

/** The block of a function is one scope with its parameters. */
function isBody(node: SyntaxNode): boolean {
  return node.kind === 'statement_block' && node.parent !== undefined && isFunction(node.parent);
}

function isEval(call: SyntaxNode, syntax: Syntax): boolean {
  const callee = call.fields['function'];
  return callee?.kind === 'identifier' && textOf(syntax, callee) === 'eval';
}

/** Names of another module, which mean nothing here. */
function isForeignName(node: SyntaxNode): boolean {
  const { parent } = node;
  if (parent?.kind === 'import_specifier') return true;
  if (parent?.kind !== 'export_specifier') return false;
  return parent.fields['name'] !== node || parent.parent?.parent?.fields['source'] !== undefined;
}

function declare(node: SyntaxNode, scope: Scope, analysis: Analysis): void {
  const add = (names: readonly SyntaxNode[], kind: BindingKind, into: Scope) => {
    for (const name of names) addBinding(name, kind, into, analysis);
  };
  const { name } = node.fields;
  if (typeDeclarations.has(node.kind)) {
    const named = name ?? node.children.find((child) => child.kind === 'type_identifier');
    if (named) analysis.types.add(textOf(analysis.syntax, named));
  }
  switch (node.kind) {
    case 'variable_declarator':
      return name && add(patternNames(name), declaratorKind(node), isVar(node) ? functionScope(scope) : scope);
    case 'for_in_statement':
      return declareLoopHead(node, scope, analysis);
    case 'function_declaration':
    case 'generator_function_declaration':
    case 'function_signature':
      return name && declareFunction(node, name, scope, analysis);
    case 'function_expression':
    case 'generator_function':
      return name && add([name], 'function', scope);
    case 'class_declaration':
    case 'abstract_class_declaration':
      return name && add([name], 'class', scope);
    case 'class':
      return name && add([name], 'class', scope);
    case 'arrow_function':
      return node.fields['parameter'] && add([node.fields['parameter']], 'param', scope);
    case 'formal_parameters':
      return add(node.children.flatMap(parameterNames), 'param', scope);
    case 'catch_clause':
      return node.fields['parameter'] && add(patternNames(node.fields['parameter']), 'catch', scope);
    case 'import_clause':
    case 'import_require_clause':
    case 'import_alias':
    case 'namespace_import':
      return add(node.children.filter((child) => child.kind === 'identifier').slice(0, 1), 'import', scope);
    case 'import_specifier':
      return name && add([node.fields['alias'] ?? name], 'import', scope);
    case 'enum_declaration':
    case 'internal_module':
    case 'module':
      return name?.kind === 'identifier' && node.kind === 'enum_declaration'
        ? add([name], 'other', scope)
        : name && scope.outer && add([firstName(name)], 'other', scope.outer);
    case 'enum_body':
      return add(node.children.flatMap(enumMember), 'other', scope);
    case 'index_signature':
      return name && add([name], 'other', scope);
    default:
      return undefined;
  }
}

function firstName(name: SyntaxNode): SyntaxNode {
  const inner = name.children.find((child) => child.kind === 'identifier' || child.kind === 'nested_identifier');
  return inner ? firstName(inner) : name;
}

function enumMember(member: SyntaxNode): SyntaxNode[] {
  const name = member.kind === 'enum_assignment' ? member.fields['name'] : member;
  return name?.kind === 'property_identifier' ? [name] : [];
}

function parameterNames(child: SyntaxNode): SyntaxNode[] {
  if (child.kind === 'required_parameter' || child.kind === 'optional_parameter') {
    return child.fields['pattern'] ? patternNames(child.fields['pattern']) : [];
  }
  return child.named && child.kind !== 'comment' ? patternNames(child) : [];
}

function isVar(declarator: SyntaxNode): boolean {
  return declarator.parent?.kind === 'variable_declaration';
}

function declaratorKind(declarator: SyntaxNode): BindingKind {
  if (isVar(declarator)) return 'var';
  const keyword = declarator.parent?.children.find((child) => !child.named)?.kind;
  return keyword === 'const' || keyword === 'let' ? keyword : 'using';
}

function declareLoopHead(loop: SyntaxNode, scope: Scope, analysis: Analysis): void {
  const { kind, left } = loop.fields;
  if (!kind || !left) return;
  const into = kind.kind === 'var' ? functionScope(scope) : scope;
  const as = kind.kind === 'var' || kind.kind === 'let' || kind.kind === 'const' ? kind.kind : 'using';
  for (const name of patternNames(left)) addBinding(name, as, into, analysis);
}

/** A declaration's own name belongs to the scope around it; `scope` is already the function's. */
function declareFunction(node: SyntaxNode, name: SyntaxNode, scope: Scope, analysis: Analysis): void {
  const around = scope.outer ?? scope;
  if (['statement_block', 'switch_body'].includes(around.node.kind))
    analysis.blockFunctions.add(textOf(analysis.syntax, name));
  addBinding(name, 'function', around, analysis);
}

function functionScope(scope: Scope): Scope {
  let at = scope;
  while (at.outer && !isFunction(at.node) && !at.node.kind.endsWith('module')) at = at.outer;
  return at;
}

function addBinding(name: SyntaxNode, kind: BindingKind, scope: Scope, analysis: Analysis): void {
  const text = textOf(analysis.syntax, name);
  const known = scope.names.get(text);
  if (known) {
    known.declarations.push(name);
    analysis.byDeclaration.set(name, known);
    return;
  }
  const binding = { name: text, kind, declarations: [name], references: [], scope: scope.node };
  scope.names.set(text, binding);
  analysis.byDeclaration.set(name, binding);
}
