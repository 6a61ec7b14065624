import { hasElision, isWritten } from '../scan/array-evidence.ts';
import { changesArray, readsArray, sameFunction } from '../scan/contained.ts';
import type { Binding } from '../scan/scope.ts';
import type { SourceFile } from '../scan/source-file.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { refuse, replaceNode, type Template, type TextEdit, type Verdict } from '../scan/template.ts';
import { above, all, functionOf, hasComment, hasToken, isFunction, parts, some, textOf, within } from '../scan/tree.ts';
import { annotated, arrayType } from '../scan/types.ts';

/**
 * `list = [...list, item]` in a loop copies the list for each item; `list.push(item)` does not.
 *
 * Holds when the list is a local variable that begins as a fresh array, and until the loop has ended no one else can
 * hold that array: it is only read there and then, pushed to, or set to another fresh array.
 */
export const appendInLoop: Template = {
  id: 'append-in-loop',
  title: 'Push to the array instead of copying it in a loop',
  gain: 9,
  hints: [/\b([\w$]+)\s*=\s*\[\s*\.\.\.\1\b/],
  find(file) {
    return all(file.syntax.root, 'assignment_expression').flatMap((assignment) => judge(file, assignment) ?? []);
  },
};

/** `list = [...list, items]` as a statement. */
interface Append {
  readonly statement: SyntaxNode;
  readonly assignment: SyntaxNode;
  readonly list: Binding;
  readonly literal: SyntaxNode;
}

function readAppend(file: SourceFile, assignment: SyntaxNode): Append | undefined {
  const { left, right } = assignment.fields;
  const statement = assignment.parent;
  if (left?.kind !== 'identifier' || right?.kind !== 'array' || !statement) return undefined;
  const [first, second] = parts(right);
  const spread = first?.kind === 'spread_element' && second ? parts(first)[0] : undefined;
  const list = file.scopes.bindingOf(left);
  if (!spread || !list || spread.kind !== 'identifier' || file.scopes.bindingOf(spread) !== list) return undefined;
  return { statement, assignment, list, literal: right };
}

function judge(file: SourceFile, assignment: SyntaxNode): Verdict | undefined {
  const append = readAppend(file, assignment);
  if (!append) return undefined;
  const { statement, list, literal } = append;
  const loop = outermostLoop(statement, list);
  if (!loop) return undefined;
  const refused = badPlace(append) ?? badStart(file, list) ?? leak(file, append, loop);
  if (refused) return refuse(assignment, refused);
  if (hasElision(literal)) return refuse(assignment, 'The array has holes.');
  const edit = pushed(file, append);
  if ('refused' in edit) return refuse(assignment, edit.refused);
  return {
    at: assignment,
    edits: [edit],
    rationale:
      `Each turn of the loop copies all of ${list.name}, which takes quadratic time; the array is made in this function and ` +
      'no one else holds it before the loop has ended, so it can grow in place.',
    risk: 'none',
  };
}

const loops = new Set(['for_statement', 'for_in_statement', 'while_statement', 'do_statement']);

/** Gives the outermost loop around a node that lies inside of what holds the variable. */
function outermostLoop(node: SyntaxNode, list: Binding): SyntaxNode | undefined {
  let found: SyntaxNode | undefined;
  for (let at = node.parent; at && at !== list.scope && !isFunction(at); at = at.parent)
    if (loops.has(at.kind)) found = at;
  return found;
}

function badPlace({ statement, assignment, list, literal }: Append): string | undefined {
  if (statement.kind !== 'expression_statement' || isLoopHead(statement)) return 'The value of the assignment is used.';
  const name = list.declarations[0];
  if (!name || !sameFunction(name, assignment)) return 'The variable belongs to an outer function.';
  return some(literal, (node) => isFunction(node)) && mentionedInside(list, literal)
    ? 'A function captures the array.'
    : undefined;
}

/** The head of a `for` holds its parts as statements. */
function isLoopHead(statement: SyntaxNode): boolean {
  return statement.parent?.kind === 'for_statement' && statement.parent.fields['body'] !== statement;
}

function mentionedInside(list: Binding, node: SyntaxNode): boolean {
  return list.references.some((mention) => within(mention, node) && !sameFunction(mention, node));
}

/** The variable must begin as an array that nobody else has. */
function badStart(file: SourceFile, list: Binding): string | undefined {
  const holder = list.declarations[0]?.parent;
  if (
    list.declarations.length !== 1 ||
    holder?.kind !== 'variable_declarator' ||
    (list.kind !== 'let' && list.kind !== 'var')
  ) {
    return 'The array is not a variable declared once in this function.';
  }
  if (holder.fields['name']?.kind !== 'identifier' || holder.parent?.parent?.kind === 'for_statement') {
    return 'The array is not a plain variable.';
  }
  if (!holder.fields['value'] || !isFresh(file, holder.fields['value']))
    return 'The variable does not begin as a fresh array.';
  const type = annotated(holder.fields['type']);
  if (file.typed && type && arrayType(file, type) !== 'mutable') return 'The type of the variable may be read-only.';
  if (list.scope.kind !== 'program') return undefined;
  return file.module && list.kind === 'let' ? undefined : 'Another script of the page may hold the variable.';
}

function isFresh(file: SourceFile, value: SyntaxNode): boolean {
  if (value.kind !== 'as_expression') return value.kind === 'array' && !hasElision(value);
  const [literal, type] = parts(value);
  return literal !== undefined && arrayType(file, type) === 'mutable' && isFresh(file, literal);
}

/** Gives why someone else may hold the array while the loop can still run. */
function leak(file: SourceFile, { literal, assignment, list }: Append, loop: SyntaxNode): string | undefined {
  const home = functionOf(loop);
  const spread = parts(literal)[0];
  for (const mention of list.references) {
    if (mention.parent === spread || mention === assignment.fields['left']) continue;
    if (mention.parent?.kind.startsWith('export_')) return 'The array is exported.';
    const closure = captures(mention, home);
    if (
      closure ? mention.start > loop.end && closure.start > loop.end && !isHoisted(closure) : mention.start > loop.end
    )
      continue;
    if (closure) return `A function captures ${list.name}.`;
    if (!staysInside(file, mention, list, home))
      return `${list.name} is used before the loop has ended in a way that may share or replace it.`;
  }
  if (exportsDirectly(list)) return 'The array is exported.';
  return undefined;
}

function exportsDirectly(list: Binding): boolean {
  return (
    above(list.declarations[0] ?? list.scope, (node) => node.kind === 'export_statement') !== undefined &&
    list.scope.kind === 'program'
  );
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

function staysInside(file: SourceFile, mention: SyntaxNode, list: Binding, home: SyntaxNode): boolean {
  if (readsArray(file, mention) || changesArray(file, mention)) return true;
  const up = mention.parent;
  if (up?.kind === 'return_statement') return !hasFinally(home) && !hasToken(home, '*');
  if (!isWritten(mention)) return false;
  return (
    up?.kind === 'assignment_expression' && up.parent?.kind === 'expression_statement' && setsFresh(file, up, list)
  );
}

/** `list = [a, b]`, or `list = [...list, a]` once more. */
function setsFresh(file: SourceFile, assignment: SyntaxNode, list: Binding): boolean {
  const { left, right } = assignment.fields;
  return (
    left?.kind === 'identifier' && file.scopes.bindingOf(left) === list && right !== undefined && isFresh(file, right)
  );
}

function hasFinally(home: SyntaxNode): boolean {
  return some(home, (node) => node.kind === 'finally_clause' || node.kind === 'using_declaration');
}

function pushed(file: SourceFile, { assignment, literal, list }: Append): TextEdit | { refused: string } {
  const items = parts(literal).slice(1);
  if (items.some((item) => item.kind === 'spread_element')) return { refused: 'A whole list is added at once.' };
  if (list.references.some((mention) => items.some((item) => within(mention, item)) && isWritten(mention))) {
    return { refused: 'An item assigns the array.' };
  }
  if (hasComment(assignment, items)) return { refused: 'A comment would be lost.' };
  const listed = items.map((item) => textOf(file.syntax, item)).join(', ');
  return replaceNode(assignment, `${list.name}.push(${listed})`);
}
