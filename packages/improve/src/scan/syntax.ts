import { Lang, parse, type SgNode } from '@ast-grep/napi';

/** The grammars this package reads. */
export type Language = 'typescript' | 'tsx' | 'javascript';

/** A node of a syntax tree as a plain object, so that the native tree can be freed at once. */
export interface SyntaxNode {
  readonly kind: string;
  /** UTF-16 offsets into the text, as `String.slice` takes them. */
  readonly start: number;
  readonly end: number;
  /** False for keywords and punctuation. */
  readonly named: boolean;
  readonly parent: SyntaxNode | undefined;
  readonly children: readonly SyntaxNode[];
  /** Children by the grammar's field name; only the fields listed in `fieldsOf`. */
  readonly fields: { readonly [name: string]: SyntaxNode | undefined };
}

/** A parsed file. */
export interface Syntax {
  readonly language: Language;
  readonly text: string;
  readonly root: SyntaxNode;
}

const grammars = { typescript: Lang.TypeScript, tsx: Lang.Tsx, javascript: Lang.JavaScript } as const;

/** Deeper trees are left alone: what walks a tree here is recursive. */
const maxDepth = 400;

const none: { readonly [name: string]: SyntaxNode | undefined } = {};

/** The fields that rewrites and scopes read, by kind of node. */
const fieldsOf: { readonly [kind: string]: readonly string[] } = {
  arrow_function: ['parameter', 'parameters', 'return_type', 'body'],
  function_expression: ['name', 'parameters', 'return_type', 'body'],
  function_declaration: ['name', 'parameters', 'return_type', 'body'],
  function_signature: ['name', 'parameters', 'return_type'],
  generator_function: ['name', 'parameters', 'body'],
  generator_function_declaration: ['name', 'parameters', 'body'],
  method_definition: ['name', 'parameters', 'return_type', 'body'],
  class: ['name', 'body'],
  class_declaration: ['name', 'body'],
  abstract_class_declaration: ['name', 'body'],
  public_field_definition: ['name', 'type', 'value'],
  field_definition: ['property', 'value'],
  property_signature: ['name', 'type'],
  interface_declaration: ['name', 'body'],
  type_alias_declaration: ['name', 'value'],
  enum_declaration: ['name', 'body'],
  enum_assignment: ['name', 'value'],
  internal_module: ['name', 'body'],
  module: ['name', 'body'],
  variable_declarator: ['name', 'type', 'value'],
  lexical_declaration: ['kind'],
  required_parameter: ['pattern', 'type', 'value'],
  optional_parameter: ['pattern', 'type', 'value'],
  assignment_pattern: ['left', 'right'],
  object_assignment_pattern: ['left', 'right'],
  pair_pattern: ['key', 'value'],
  assignment_expression: ['left', 'right'],
  augmented_assignment_expression: ['left', 'operator', 'right'],
  update_expression: ['argument', 'operator'],
  unary_expression: ['argument', 'operator'],
  ternary_expression: ['condition', 'consequence', 'alternative'],
  new_expression: ['constructor', 'arguments', 'type_arguments'],
  subscript_expression: ['object', 'index', 'optional_chain'],
  if_statement: ['condition', 'consequence', 'alternative'],
  for_statement: ['initializer', 'condition', 'increment', 'body'],
  for_in_statement: ['kind', 'left', 'operator', 'right', 'body'],
  while_statement: ['condition', 'body'],
  do_statement: ['condition', 'body'],
  catch_clause: ['parameter', 'body'],
  import_specifier: ['name', 'alias'],
  export_specifier: ['name', 'alias'],
  export_statement: ['declaration', 'source', 'value'],
  import_statement: ['source'],
  generic_type: ['name', 'type_arguments'],
  index_signature: ['name', 'index_type', 'type'],
};

type Fields = { [name: string]: SyntaxNode | undefined };

/** The commonest nodes, whose fields are plain from the order of their children: asking the native tree costs more. */
const readFields: { readonly [kind: string]: (children: readonly SyntaxNode[]) => Fields } = {
  binary_expression: (children) => ({ left: children[0], operator: children[1], right: children.at(-1) }),
  pair: (children) => ({ key: children[0], value: children.at(-1) }),
  member_expression: (children) => ({
    object: children[0],
    property: children.at(-1),
    optional_chain: children.find((child) => child.kind === 'optional_chain'),
  }),
  call_expression: (children) => ({
    function: children[0],
    arguments: children.at(-1),
    type_arguments: children.find((child) => child.kind === 'type_arguments'),
    optional_chain: children.find((child) => child.kind === '?.' || child.kind === 'optional_chain'),
  }),
};

/** Kinds that have no children. */
const leaves = new Set(
  (
    'identifier property_identifier type_identifier shorthand_property_identifier statement_identifier number comment ' +
    'string_fragment escape_sequence this true false null undefined regex_pattern regex_flags jsx_text empty_statement'
  ).split(' '),
);

/** Tells the grammar of a file by its name, or `undefined` when it is not JavaScript or TypeScript. */
export function languageOf(path: string): Language | undefined {
  if (/\.[cm]?ts$/.test(path)) return 'typescript';
  if (path.endsWith('.tsx')) return 'tsx';
  return /\.([cm]?js|jsx)$/.test(path) ? 'javascript' : undefined;
}

/**
 * Parses a text to a plain tree.
 *
 * @returns `undefined` when the text has a syntax error, or is nested deeper than rewrites can follow.
 */
export function parseSyntax(text: string, language: Language): Syntax | undefined {
  const root = convert(parse(grammars[language], text).root());
  return root && { language, text, root };
}

/** Tells whether a text is free of syntax errors, without making a plain tree of it. */
export function parses(text: string, language: Language): boolean {
  return (
    parse(grammars[language], text)
      .root()
      .find({ rule: { kind: 'ERROR' } }) === null
  );
}

interface Building extends SyntaxNode {
  parent: SyntaxNode | undefined;
  children: SyntaxNode[];
  fields: SyntaxNode['fields'];
}

function convert(native: SgNode): SyntaxNode | undefined {
  const root = plain(native, undefined);
  const open: { native: SgNode; node: Building; depth: number }[] = [{ native, node: root, depth: 0 }];
  for (let top = open.pop(); top; top = open.pop()) {
    if (top.depth > maxDepth) return undefined;
    const natives = top.native.children();
    const named = new Map<number, SyntaxNode>();
    const fields = fieldsOf[top.node.kind];
    const read = readFields[top.node.kind];
    for (const child of natives) {
      const node = plain(child, top.node);
      if (node.kind === 'ERROR' || isMissing(node)) return undefined;
      top.node.children.push(node);
      if (fields) named.set(child.id(), node);
      if (node.named && !leaves.has(node.kind)) open.push({ native: child, node, depth: top.depth + 1 });
    }
    if (fields) top.node.fields = fieldsByName(top.native, fields, named);
    if (read) top.node.fields = read(top.node.children.filter((child) => child.kind !== 'comment'));
  }
  return root;
}

function plain(native: SgNode, parent: SyntaxNode | undefined): Building {
  const { start, end } = native.range();
  const kind = String(native.kind());
  return { kind, start: start.index, end: end.index, named: native.isNamed(), parent, children: [], fields: none };
}

/** The parser invents a token of no width where one is missing; only these are empty in sound code. */
function isMissing(node: SyntaxNode): boolean {
  if (node.start !== node.end) return false;
  return !['program', 'template_string', 'string_fragment', 'jsx_text'].includes(node.kind) && node.kind !== ';';
}

function fieldsByName(native: SgNode, names: readonly string[], nodes: ReadonlyMap<number, SyntaxNode>): Fields {
  const fields: Fields = {};
  for (const name of names) {
    const child = native.field(name as never) as SgNode | null;
    if (child) fields[name] = nodes.get(child.id());
  }
  return fields;
}
