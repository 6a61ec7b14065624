import type { Syntax, SyntaxNode } from './syntax.ts';

/** Gives the source text of a node. */
export function textOf(syntax: Syntax, node: SyntaxNode): string {
  return syntax.text.slice(node.start, node.end);
}

/** Gives the children that are neither punctuation nor comments. */
export function parts(node: SyntaxNode): SyntaxNode[] {
  return node.children.filter((child) => child.named && child.kind !== 'comment');
}

/** Walks a tree from above; a visit that returns `false` skips what is below. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => boolean | void): void {
  if (visit(node) === false) return;
  for (const child of node.children) walk(child, visit);
}

/** Gives all nodes of a kind, in the order of the text. */
export function all(root: SyntaxNode, kind: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  walk(root, (node) => {
    if (node.kind === kind) found.push(node);
  });
  return found;
}

/** Tells whether any node at or below satisfies the test. */
export function some(node: SyntaxNode, test: (node: SyntaxNode) => boolean): boolean {
  return test(node) || node.children.some((child) => some(child, test));
}

/** Tells whether `node` lies in `outer`, itself included. */
export function within(node: SyntaxNode, outer: SyntaxNode): boolean {
  for (let at: SyntaxNode | undefined = node; at; at = at.parent) if (at === outer) return true;
  return false;
}

/** Gives the nearest node above that satisfies the test. */
export function above(node: SyntaxNode, test: (node: SyntaxNode) => boolean): SyntaxNode | undefined {
  for (let at = node.parent; at; at = at.parent) if (test(at)) return at;
  return undefined;
}

const wrappers = new Set(['parenthesized_expression', 'non_null_expression']);

/** Takes parentheses and `!` off an expression. */
export function bare(node: SyntaxNode): SyntaxNode {
  if (!wrappers.has(node.kind)) return node;
  const inner = parts(node)[0];
  return inner ? bare(inner) : node;
}

/** Gives the outermost expression that is this one in parentheses or with `!`. */
export function wrapped(node: SyntaxNode): SyntaxNode {
  return node.parent && wrappers.has(node.parent.kind) ? wrapped(node.parent) : node;
}

const functions = new Set([
  'arrow_function',
  'function_expression',
  'function_declaration',
  'generator_function',
  'generator_function_declaration',
  'method_definition',
  'class_static_block',
]);

/** Tells whether a node is a function of any sort, or a place that runs at another time like one. */
export function isFunction(node: SyntaxNode): boolean {
  return functions.has(node.kind) || node.kind === 'public_field_definition' || node.kind === 'field_definition';
}

/** Gives the function a node runs in, or the program. */
export function functionOf(node: SyntaxNode): SyntaxNode {
  let at = node;
  while (at.parent) {
    at = at.parent;
    if (isFunction(at)) return at;
  }
  return at;
}

/** Tells whether a keyword such as `async` or `readonly` stands among the node's own tokens. */
export function hasToken(node: SyntaxNode, token: string): boolean {
  return node.children.some((child) => child.kind === token);
}

/** Tells whether a comment stands at or below a node, outside of the parts given. */
export function hasComment(node: SyntaxNode, except: readonly SyntaxNode[] = []): boolean {
  return some(node, (at) => at.kind === 'comment' && !except.some((kept) => within(at, kept)));
}

/** Gives the plain arguments of a call; `undefined` when there is a spread among them, or a template. */
export function plainArguments(call: SyntaxNode): SyntaxNode[] | undefined {
  const list = call.fields['arguments'];
  if (list?.kind !== 'arguments') return undefined;
  const given = parts(list);
  return given.some((argument) => argument.kind === 'spread_element') ? undefined : given;
}

/** A call of a method by its plain name, without optional chaining. */
export interface MethodCall {
  readonly call: SyntaxNode;
  readonly receiver: SyntaxNode;
  readonly property: SyntaxNode;
  readonly arguments: readonly SyntaxNode[];
}

/** Reads a node as `receiver.name(arguments)`. */
export function methodCall(syntax: Syntax, call: SyntaxNode, names: ReadonlySet<string>): MethodCall | undefined {
  if (call.kind !== 'call_expression') return undefined;
  const callee = call.fields['function'];
  if (callee?.kind !== 'member_expression') return undefined;
  if (call.fields['optional_chain'] || callee.fields['optional_chain'] || hasToken(call, '?.')) return undefined;
  const { object, property } = callee.fields;
  if (!object || property?.kind !== 'property_identifier' || !names.has(textOf(syntax, property))) return undefined;
  const given = plainArguments(call);
  return given && { call, receiver: object, property, arguments: given };
}
