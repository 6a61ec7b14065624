import { arrayEvidence } from './array-evidence.ts';
import type { Binding } from './scope.ts';
import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { refuse, type Refusal } from './template.ts';
import { bare, functionOf, hasToken, methodCall, parts, some, textOf } from './tree.ts';

/** How a callback extends its accumulator: `[...acc, x]` and `{ ...acc, k: x }`, or `acc.concat([x])`. */
export type Extension = 'spread' | 'concat';

/** A `reduce` whose callback returns its accumulator or an extended copy of it. */
export interface Accumulation {
  readonly call: SyntaxNode;
  readonly receiver: SyntaxNode;
  readonly callback: SyntaxNode;
  readonly accumulator: Binding;
  /** The extended copies that are returned, without parentheses: literals, or calls of `concat`. */
  readonly copies: readonly SyntaxNode[];
  readonly seed: SyntaxNode;
  /** Types that are written for the accumulator: its annotation, the type argument, `as T` of the seed. */
  readonly types: readonly SyntaxNode[];
  /** The annotation, where it alone says the type: then what the callback returns shapes the type of the result. */
  readonly annotation?: SyntaxNode;
  /** Whether the receiver is surely an array, or nothing says that it is not. */
  readonly evidence: 'array' | 'unknown';
}

const reducers = new Set(['reduce', 'reduceRight']);

/** Reads a call as an accumulation; a refusal where it looks like one, `undefined` where it does not. */
export function readAccumulation(
  file: SourceFile,
  node: SyntaxNode,
  extension: Extension,
): Accumulation | Refusal | undefined {
  const method = methodCall(file.syntax, node, reducers);
  const callback = method?.arguments[0];
  if (!method || (callback?.kind !== 'arrow_function' && callback?.kind !== 'function_expression')) return undefined;
  const first = firstParameter(callback);
  if (!first || !looksExtended(file, callback, { first, extension })) return undefined;

  if (hasToken(callback, 'async') || hasToken(callback, '*'))
    return refuse(node, 'The callback is asynchronous or a generator.');
  const accumulator = file.scopes.bindingOf(first);
  if (!accumulator || accumulator.declarations.length > 1)
    return refuse(node, 'The accumulator is not a plain parameter.');
  const copies = returnedCopies(file, callback, { accumulator, extension });
  if (!copies)
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
  if (evidence === 'unknown' && mayRunAgain(file, method.receiver)) {
    return refuse(node, 'The receiver may be a stream or a chain that runs more than once with the same seed.');
  }
  if (evidence === 'unknown' && isImported(file, method.receiver)) {
    return refuse(node, 'The receiver comes from another module; nothing here says that it is an array.');
  }
  const [own, argument] = [annotation(first), firstTypeArgument(node)];
  const types = [own, argument, type].filter((one) => one !== undefined);
  return {
    call: node,
    receiver: method.receiver,
    callback,
    accumulator,
    copies,
    seed,
    types,
    evidence,
    ...(own && !argument ? { annotation: own } : {}),
  };
}

function firstParameter(callback: SyntaxNode): SyntaxNode | undefined {
  const { parameter, parameters } = callback.fields;
  const first = parameter ?? (parameters && parts(parameters)[0]);
  if (first?.kind === 'identifier') return first;
  if (first?.kind !== 'required_parameter' || first.fields['value']) return undefined;
  return first.fields['pattern']?.kind === 'identifier' ? first.fields['pattern'] : undefined;
}

function looksExtended(
  file: SourceFile,
  callback: SyntaxNode,
  { first, extension }: { readonly first: SyntaxNode; readonly extension: Extension },
): boolean {
  const name = textOf(file.syntax, first);
  const [kind, text] =
    extension === 'spread' ? ['spread_element', `...${name}`] : ['member_expression', `${name}.concat`];
  return some(callback, (node) => node.kind === kind && textOf(file.syntax, node) === text);
}

interface Extended {
  readonly accumulator: Binding;
  readonly extension: Extension;
}

/** Gives the copies that returns give, or `undefined` when a path returns something else or control is unclear. */
function returnedCopies(file: SourceFile, callback: SyntaxNode, extended: Extended): SyntaxNode[] | undefined {
  const { body } = callback.fields;
  if (!body) return undefined;
  if (body.kind !== 'statement_block') return extendsAccumulator(file, bare(body), extended) ? [bare(body)] : undefined;
  const last = parts(body).at(-1);
  if (last?.kind !== 'return_statement') return undefined;
  if (some(body, (node) => node.kind === 'try_statement' || node.kind === 'labeled_statement')) return undefined;
  const copies: SyntaxNode[] = [];
  for (const value of returnedValues(body, callback)) {
    if (value && extendsAccumulator(file, value, extended)) copies.push(value);
    else if (value?.kind !== 'identifier' || file.scopes.bindingOf(value) !== extended.accumulator) return undefined;
  }
  return copies.length > 0 ? copies : undefined;
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

function extendsAccumulator(file: SourceFile, copy: SyntaxNode, { accumulator, extension }: Extended): boolean {
  if (extension === 'concat') {
    const method = methodCall(file.syntax, copy, new Set(['concat']));
    const literal = method?.arguments.length === 1 && method.arguments[0]?.kind === 'array';
    return literal && method.receiver.kind === 'identifier' && file.scopes.bindingOf(method.receiver) === accumulator;
  }
  if (copy.kind !== 'object' && copy.kind !== 'array') return false;
  const [first] = parts(copy);
  const spread = first?.kind === 'spread_element' ? parts(first)[0] : undefined;
  return spread?.kind === 'identifier' && file.scopes.bindingOf(spread) === accumulator;
}

/** Gives what an extended copy of an array adds. */
export function addedItems(copy: SyntaxNode): SyntaxNode[] {
  if (copy.kind !== 'call_expression') return parts(copy).slice(1);
  const literal = parts(copy.fields['arguments'] ?? copy)[0];
  return literal ? parts(literal) : [];
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

/** Libraries whose `reduce` is not that of arrays. */
const streams =
  /['"](rxjs|rx|most|@most\/[\w-]+|xstream|highland|baconjs|kefir|immutable|bluebird|wonka|effect)(\/[^'"]*)?['"]/;

/** An observable, or an explicit chain of lodash: each run begins with the same seed. */
function mayRunAgain(file: SourceFile, receiver: SyntaxNode): boolean {
  return streams.test(file.text) || /\$$|(^|[^\w$])(_|\$)\(|\bchain\(|\.pipe\(/.test(textOf(file.syntax, receiver));
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
