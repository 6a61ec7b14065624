import { isWritten } from './array-evidence.ts';
import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { functionOf, hasToken, parts, plainArguments, some, textOf, wrapped } from './tree.ts';

/** Methods of an array that neither change it nor hand it, or this very array, to anyone. */
const readers = new Set(['includes', 'indexOf', 'lastIndexOf', 'at', 'join', 'slice', 'concat']);

/** Methods that call a function with each element; the array itself is its third argument. */
const visitors = new Set([
  'some',
  'every',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'filter',
  'map',
  'forEach',
]);

/** Methods that change the array in place, as statements of their own. */
const changers = new Set(['push', 'pop', 'shift', 'unshift', 'splice']);

/**
 * Tells whether a mention of a local array only reads it there and then: its length, an element, a copy, a search.
 * Then no one else can come to hold the array through it.
 */
export function readsArray(file: SourceFile, mention: SyntaxNode): boolean {
  const node = wrapped(mention);
  const up = node.parent;
  switch (up?.kind) {
    case 'spread_element':
      return up.parent?.kind === 'array' || up.parent?.kind === 'arguments';
    case 'subscript_expression':
      return up.fields['object'] === node && isPlainRead(up);
    case 'member_expression':
      return up.fields['object'] === node && (isLength(file, up) || callsContained(file, up));
    default:
      return false;
  }
}

/** Tells whether a mention changes a local array in place and keeps it to itself. */
export function changesArray(file: SourceFile, mention: SyntaxNode): boolean {
  const up = mention.parent;
  if (up?.kind !== 'member_expression' || up.fields['object'] !== mention || !up.fields['property']) return false;
  if (!changers.has(textOf(file.syntax, up.fields['property'])) || !isCalled(up)) return false;
  return up.parent?.parent?.kind === 'expression_statement';
}

/** Tells whether a mention of a plain object only reads one of its properties, or asks whether it has one, or copies them all. */
export function readsProperty(file: SourceFile, mention: SyntaxNode): boolean {
  const node = wrapped(mention);
  const up = node.parent;
  if (up?.kind === 'subscript_expression' || up?.kind === 'member_expression') {
    if (up.fields['object'] !== node || !isPlainRead(up)) return false;
    return !mayGiveHolder(file, up);
  }
  if (up?.kind === 'spread_element') return up.parent?.kind === 'object';
  if (up?.kind === 'binary_expression') return up.fields['operator']?.kind === 'in' && up.fields['right'] === node;
  return isHasOwn(file, node);
}

function isPlainRead(access: SyntaxNode): boolean {
  return !isWritten(access) && !isCalled(wrapped(access)) && !isTag(access);
}

function isCalled(access: SyntaxNode): boolean {
  return access.parent?.kind === 'call_expression' && access.parent.fields['function'] === access;
}

function isTag(access: SyntaxNode): boolean {
  return access.parent?.kind === 'call_expression' && access.parent.fields['arguments']?.kind === 'template_string';
}

function isLength(file: SourceFile, member: SyntaxNode): boolean {
  const { property } = member.fields;
  return property !== undefined && textOf(file.syntax, property) === 'length' && isPlainRead(member);
}

/** `acc.__proto__` is shared with every object. */
function mayGiveHolder(file: SourceFile, access: SyntaxNode): boolean {
  return textOf(file.syntax, access.fields['property'] ?? access.fields['index'] ?? access).includes('__proto__');
}

function isHasOwn(file: SourceFile, node: SyntaxNode): boolean {
  const call = node.parent?.kind === 'arguments' ? node.parent.parent : undefined;
  const callee = call?.fields['function'];
  if (!call || callee?.kind !== 'member_expression' || textOf(file.syntax, callee) !== 'Object.hasOwn') return false;
  const { object } = callee.fields;
  return object !== undefined && !file.scopes.bindingOf(object) && plainArguments(call)?.[0] === node;
}

function callsContained(file: SourceFile, member: SyntaxNode): boolean {
  const { property } = member.fields;
  const call = member.parent;
  if (!property || !call || !isCalled(member)) return false;
  const name = textOf(file.syntax, property);
  const given = plainArguments(call);
  if (!given) return false;
  if (readers.has(name)) return true;
  return visitors.has(name) && given.length === 1 && given[0] !== undefined && isPlainVisitor(file, given[0]);
}

/** An inline function of at most two plain parameters, without `arguments`, cannot see the array it runs over. */
function isPlainVisitor(file: SourceFile, node: SyntaxNode): boolean {
  if (node.kind !== 'arrow_function' || hasToken(node, 'async')) return false;
  const { parameter, parameters } = node.fields;
  const names = parameter ? [parameter] : parts(parameters ?? node);
  if (names.length > 2 || names.some((name) => some(name, (at) => at.kind === 'rest_pattern'))) return false;
  return !some(node, (at) => at.kind === 'identifier' && textOf(file.syntax, at) === 'arguments');
}

/** Tells whether two nodes run in the same function, neither in a closure of the other. */
export function sameFunction(one: SyntaxNode, other: SyntaxNode): boolean {
  return functionOf(one) === functionOf(other);
}
