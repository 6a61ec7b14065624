import { arrayEvidence } from './array-evidence.ts';
import type { Binding } from './scope.ts';
import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { refuse, type Refusal } from './template.ts';
import { bare, functionOf, hasToken, methodCall, parts, some, textOf } from './tree.ts';

/** A `reduce` whose callback returns its accumulator or a literal that begins with `...accumulator`. */
export interface Accumulation {
  readonly call: SyntaxNode;
  readonly receiver: SyntaxNode;
  readonly callback: SyntaxNode;
  readonly accumulator: Binding;
  /** The literals that are returned, without parentheses. */
  readonly literals: readonly SyntaxNode[];
  readonly seed: SyntaxNode;
  /** Types that are written for the accumulator: its annotation, the type argument, `as T` of the seed. */
  readonly types: readonly SyntaxNode[];
  /** Whether the receiver is surely an array, or nothing says that it is not. */
  readonly evidence: 'array' | 'unknown';
}

const reducers = new Set(['reduce', 'reduceRight']);

/** Reads a call as an accumulation; a refusal where it looks like one, `undefined` where it does not. */
export function readAccumulation(file: SourceFile, node: SyntaxNode): Accumulation | Refusal | undefined {
  const method = methodCall(file.syntax, node, reducers);
  const callback = method?.arguments[0];
  if (!method || (callback?.kind !== 'arrow_function' && callback?.kind !== 'function_expression')) return undefined;
  const first = firstParameter(callback);
  if (!first || !spreadsName(file, callback, first)) return undefined;

  if (hasToken(callback, 'async') || hasToken(callback, '*'))
    return refuse(node, 'The callback is asynchronous or a generator.');
  const accumulator = file.scopes.bindingOf(first);
  if (!accumulator || accumulator.declarations.length > 1)
    return refuse(node, 'The accumulator is not a plain parameter.');
  const literals = returnedLiterals(file, callback, accumulator);
  if (!literals)
    return refuse(node, 'A path of the callback returns something else than the accumulator or its extended copy.');
  const [, given] = method.arguments;
  if (!given || method.arguments.length !== 2)
    return refuse(node, 'Without a seed the first element would be changed.');
  const { literal: seed, type } = readSeed(given);
  if (!seed) return refuse(node, 'The seed is not a fresh literal, so someone else may hold it.');
  const evidence = arrayEvidence(file, method.receiver);
  if (evidence === 'other' || (evidence === 'unknown' && definesReduce(file))) {
    return refuse(node, 'The receiver may not be an array: its own reduce may keep each accumulator.');
  }
  if (evidence === 'unknown' && isImported(file, method.receiver)) {
    return refuse(node, 'The receiver comes from another module; nothing here says that it is an array.');
  }
  const types = [annotation(first), firstTypeArgument(node), type].filter((one) => one !== undefined);
  return { call: node, receiver: method.receiver, callback, accumulator, literals, seed, types, evidence };
}

function firstParameter(callback: SyntaxNode): SyntaxNode | undefined {
  const { parameter, parameters } = callback.fields;
  const first = parameter ?? (parameters && parts(parameters)[0]);
  if (first?.kind === 'identifier') return first;
  if (first?.kind !== 'required_parameter' || first.fields['value']) return undefined;
  return first.fields['pattern']?.kind === 'identifier' ? first.fields['pattern'] : undefined;
}

function spreadsName(file: SourceFile, callback: SyntaxNode, name: SyntaxNode): boolean {
  const text = `...${textOf(file.syntax, name)}`;
  return some(callback, (node) => node.kind === 'spread_element' && textOf(file.syntax, node) === text);
}

/** Gives the literals of all returns, or `undefined` when a path returns something else or control is unclear. */
function returnedLiterals(file: SourceFile, callback: SyntaxNode, accumulator: Binding): SyntaxNode[] | undefined {
  const { body } = callback.fields;
  if (!body) return undefined;
  if (body.kind !== 'statement_block')
    return extendsAccumulator(file, bare(body), accumulator) ? [bare(body)] : undefined;
  const last = parts(body).at(-1);
  if (last?.kind !== 'return_statement') return undefined;
  if (some(body, (node) => node.kind === 'try_statement' || node.kind === 'labeled_statement')) return undefined;
  const literals: SyntaxNode[] = [];
  for (const value of returnedValues(body, callback)) {
    if (value && extendsAccumulator(file, value, accumulator)) literals.push(value);
    else if (value?.kind !== 'identifier' || file.scopes.bindingOf(value) !== accumulator) return undefined;
  }
  return literals.length > 0 ? literals : undefined;
}

function returnedValues(body: SyntaxNode, callback: SyntaxNode): (SyntaxNode | undefined)[] {
  const values: (SyntaxNode | undefined)[] = [];
  some(body, (node) => {
    if (node.kind === 'return_statement' && functionOf(node) === callback) {
      const [value] = parts(node);
      values.push(value && bare(value));
    }
    return false;
  });
  return values;
}

function extendsAccumulator(file: SourceFile, literal: SyntaxNode, accumulator: Binding): boolean {
  if (literal.kind !== 'object' && literal.kind !== 'array') return false;
  const [first] = parts(literal);
  const spread = first?.kind === 'spread_element' ? parts(first)[0] : undefined;
  return spread?.kind === 'identifier' && file.scopes.bindingOf(spread) === accumulator;
}

function readSeed(given: SyntaxNode): { literal?: SyntaxNode; type?: SyntaxNode } {
  const node = bare(given);
  if (node.kind === 'object' || node.kind === 'array') return { literal: node };
  const [one, two] = parts(node);
  if (!one || !two) return {};
  if (node.kind === 'as_expression' || node.kind === 'satisfies_expression') {
    const inner = readSeed(one);
    return inner.literal && !inner.type ? { literal: inner.literal, type: two } : {};
  }
  const type = one.kind === 'type_arguments' ? parts(one)[0] : undefined;
  return node.kind === 'type_assertion' && type && bare(two).kind.match(/^(object|array)$/)
    ? { literal: bare(two), type }
    : {};
}

function annotation(name: SyntaxNode): SyntaxNode | undefined {
  const type = name.parent?.fields['type'];
  return type && parts(type)[0];
}

function firstTypeArgument(call: SyntaxNode): SyntaxNode | undefined {
  const list = call.fields['type_arguments'];
  return list && parts(list)[0];
}

function isImported(file: SourceFile, receiver: SyntaxNode): boolean {
  const node = bare(receiver);
  const name = node.kind === 'member_expression' ? node.fields['object'] : node;
  return name !== undefined && file.scopes.bindingOf(name)?.kind === 'import';
}

/** A `reduce` of the file's own making, as a method, a property or an assignment. */
function definesReduce(file: SourceFile): boolean {
  return some(file.syntax.root, (node) => {
    const name =
      node.fields['name'] ?? node.fields['key'] ?? (node.kind === 'assignment_expression' ? target(node) : undefined);
    return name !== undefined && /^['"]?reduce(Right)?['"]?$/.test(textOf(file.syntax, name));
  });
}

function target(assignment: SyntaxNode): SyntaxNode | undefined {
  return assignment.fields['left']?.fields['property'];
}
