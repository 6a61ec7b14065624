import { hasElision, isWritten } from './array-evidence.ts';
import { changesArray, readsArray, readsProperty, sameFunction } from './contained.ts';
import type { Binding } from './scope.ts';
import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { functionOf, hasToken, isFunction, methodCall, parts, some, textOf, within } from './tree.ts';
import { annotated, arrayType } from './types.ts';

/** `variable = copy of variable with more` as a statement. */
export interface Growth {
  readonly assignment: SyntaxNode;
  readonly variable: Binding;
  /** The mention of the variable that is copied. */
  readonly copied: SyntaxNode;
  readonly kind: 'array' | 'object';
}

const loops = new Set(['for_statement', 'for_in_statement', 'while_statement', 'do_statement']);

/**
 * Gives the outermost loop in which a variable grows while it lives on; `undefined` when it does not grow in a loop.
 */
export function growthLoop({ assignment, variable }: Growth): SyntaxNode | undefined {
  let found: SyntaxNode | undefined;
  for (let at = assignment.parent; at && at !== variable.scope && !isFunction(at); at = at.parent) {
    if (loops.has(at.kind)) found = at;
  }
  return found;
}

/**
 * Says why growing in place could be seen from elsewhere: someone else may hold what the variable holds before the loop
 * has ended. Until then it may only be read there and then, changed in place, or set to something fresh.
 */
export function sharedGrowth(file: SourceFile, growth: Growth, loop: SyntaxNode): string | undefined {
  return badPlace(growth) ?? badStart(file, growth) ?? leak(file, growth, loop);
}

/** Gives the first value of the variable, without `as T`, and the types that are written for it. */
export function growthStart({ variable }: Growth): { literal?: SyntaxNode; types: SyntaxNode[] } {
  const { value, type } = variable.declarations[0]?.parent?.fields ?? {};
  const [literal, asserted] = value?.kind === 'as_expression' ? parts(value) : [value];
  const types = [annotated(type), asserted].filter((one) => one !== undefined);
  return literal ? { literal, types } : { types };
}

function badPlace({ assignment, variable }: Growth): string | undefined {
  const statement = assignment.parent;
  const head = statement?.parent?.kind === 'for_statement' && statement.parent.fields['body'] !== statement;
  if (statement?.kind !== 'expression_statement' || head) return 'The value of the assignment is used.';
  const name = variable.declarations[0];
  return name && sameFunction(name, assignment) ? undefined : 'The variable belongs to an outer function.';
}

function badStart(file: SourceFile, growth: Growth): string | undefined {
  const { variable, kind } = growth;
  const holder = variable.declarations[0]?.parent;
  const declared = variable.declarations.length === 1 && holder?.kind === 'variable_declarator';
  if (!declared || (variable.kind !== 'let' && variable.kind !== 'var')) {
    return `The ${kind} is not a variable declared once in this function.`;
  }
  if (holder.fields['name']?.kind !== 'identifier' || holder.parent?.parent?.kind === 'for_statement') {
    return `The ${kind} is not a plain variable.`;
  }
  const { literal, types } = growthStart(growth);
  if (!literal || !isFresh(file, literal, growth)) return `The variable does not begin as a fresh ${kind}.`;
  if (kind === 'array' && types.some((type) => arrayType(file, type) !== 'mutable')) {
    return 'The type of the variable may be read-only.';
  }
  if (holder.parent?.parent?.kind === 'export_statement') return `The ${kind} is exported.`;
  if (variable.scope.kind !== 'program') return undefined;
  return file.module && variable.kind === 'let' ? undefined : 'Another script of the page may hold the variable.';
}

/** A literal that nobody else has, or another copy of the variable. */
function isFresh(file: SourceFile, value: SyntaxNode, { variable, kind }: Growth): boolean {
  if (value.kind === 'call_expression') {
    const receiver = methodCall(file.syntax, value, new Set(['concat', 'slice']))?.receiver;
    return kind === 'array' && receiver?.kind === 'identifier' && file.scopes.bindingOf(receiver) === variable;
  }
  if (value.kind !== kind) return false;
  return kind === 'array' ? !hasElision(value) : isPlainObject(file, value);
}

/** Tells whether an object literal has neither accessors nor a prototype of its own. */
export function isPlainObject(file: SourceFile, literal: SyntaxNode): boolean {
  const accessor = parts(literal).some((member) => hasToken(member, 'get') || hasToken(member, 'set'));
  return !accessor && !textOf(file.syntax, literal).includes('__proto__');
}

function leak(file: SourceFile, growth: Growth, loop: SyntaxNode): string | undefined {
  const { variable, copied, assignment } = growth;
  const home = functionOf(loop);
  for (const mention of variable.references) {
    if (mention === copied || mention === assignment.fields['left']) continue;
    if (mention.parent?.kind.startsWith('export_')) return `${variable.name} is exported.`;
    const closure = captures(mention, home);
    const late = mention.start > loop.end && (!closure || (closure.start > loop.end && !isHoisted(closure)));
    if (late) continue;
    if (closure) return `A function captures ${variable.name}.`;
    if (!staysInside(file, mention, growth, home)) {
      return `${variable.name} is used before the loop has ended in a way that may share or replace it.`;
    }
  }
  return undefined;
}

/** Gives the outermost function inside of `home` that a mention stands in. */
function captures(mention: SyntaxNode, home: SyntaxNode): SyntaxNode | undefined {
  let found: SyntaxNode | undefined;
  for (let at = mention.parent; at && at !== home; at = at.parent) if (isFunction(at)) found = at;
  return found;
}

/** A function declaration may be called from above its place. */
function isHoisted(closure: SyntaxNode): boolean {
  return closure.kind.endsWith('_declaration');
}

function staysInside(file: SourceFile, mention: SyntaxNode, growth: Growth, home: SyntaxNode): boolean {
  const reads = growth.kind === 'array' ? readsArray : readsProperty;
  if (reads(file, mention) || (growth.kind === 'array' && changesArray(file, mention))) return true;
  const up = mention.parent;
  if (up?.kind === 'return_statement') return !hasFinally(home) && !hasToken(home, '*');
  if (!isWritten(mention) || up?.kind !== 'assignment_expression' || up.parent?.kind !== 'expression_statement')
    return false;
  const { left, right } = up.fields;
  return left === mention && right !== undefined && isFresh(file, right, growth);
}

function hasFinally(home: SyntaxNode): boolean {
  return some(home, (node) => node.kind === 'finally_clause' || node.kind === 'using_declaration');
}

/** Says why what is added cannot be evaluated before the growth instead of during the copy. */
export function badAddition({ variable }: Growth, added: readonly SyntaxNode[]): string | undefined {
  const inside = variable.references.filter((mention) => added.some((item) => within(mention, item)));
  return inside.some((mention) => isWritten(mention)) ? 'What is added assigns the variable.' : undefined;
}
