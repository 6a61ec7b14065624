import { arrayEvidence, hasElision } from '../scan/array-evidence.ts';
import type { Binding } from '../scan/scope.ts';
import { asksConstant, becomeSet, lookUp } from '../scan/set-lookup.ts';
import type { SourceFile } from '../scan/source-file.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { refuse, type Template, type Verdict } from '../scan/template.ts';
import { all, isFunction, parts, textOf } from '../scan/tree.ts';

const madeHere =
  /[^;]{0,1500}?(?:\.\.\.|\.(?:map|filter|slice|concat|flat|flatMap|toSorted|toReversed|split|keys|values|entries|from)\s*[(<])/y;

/**
 * A list that is made once and searched with `includes` for each of many takes time for every pair; a set does not.
 *
 * Holds when the list is a constant that begins as a fresh array, every mention of it is a call of `includes` with one
 * argument, so that it never changes, and at least one of them stands in a loop or in a function given to another.
 */
export const lookupSet: Template = {
  id: 'lookup-set',
  title: 'Make the list that is searched again and again a set',
  gain: 8,
  hint: (text) => asksConstant(text, madeHere),
  find: (file) => all(file.syntax.root, 'variable_declarator').flatMap((declarator) => judge(file, declarator) ?? []),
};

function judge(file: SourceFile, declarator: SyntaxNode): Verdict | undefined {
  const { name, value } = declarator.fields;
  const list = name?.kind === 'identifier' ? file.scopes.bindingOf(name) : undefined;
  if (!list || !value || list.kind !== 'const') return undefined;
  if (!list.references.some((mention) => lookUp(file, mention) && isAskedOften(mention, list))) return undefined;
  if (!isFreshList(file, value))
    return refuse(declarator, 'The list is not made here, so it may change while it is searched.');
  if (declarator.parent?.parent?.kind === 'export_statement' || (list.scope.kind === 'program' && !file.module)) {
    return refuse(declarator, 'Others may see the list.');
  }
  const set = becomeSet(file, declarator, list);
  if ('refused' in set) return refuse(declarator, set.refused);
  return {
    at: declarator,
    edits: set.edits,
    rationale:
      `${list.name} never changes and is searched from its start for each of many; a set made once answers each question ` +
      'in constant time, by the same rule of equality.',
    risk: 'none',
  };
}

/** In a loop or a function given to another, below the list's own block. */
function isAskedOften(mention: SyntaxNode, list: Binding): boolean {
  for (let at = mention.parent; at && at !== list.scope; at = at.parent) {
    if (/^(for_|for_in_|while_|do_)statement$/.test(at.kind)) return true;
    if (isFunction(at) && at.parent?.kind === 'arguments') return true;
  }
  return false;
}

const copying = new Set([
  'map',
  'filter',
  'slice',
  'concat',
  'flat',
  'flatMap',
  'toSorted',
  'toReversed',
  'split',
  'keys',
  'values',
  'entries',
  'from',
]);

/** An array that nobody else has, and that is not a handful of literals. */
function isFreshList(file: SourceFile, value: SyntaxNode): boolean {
  if (value.kind === 'array') {
    return !hasElision(value) && parts(value).some((item) => item.kind === 'spread_element');
  }
  const callee = value.kind === 'call_expression' ? value.fields['function'] : undefined;
  const property = callee?.kind === 'member_expression' ? callee.fields['property'] : undefined;
  return property !== undefined && copying.has(textOf(file.syntax, property)) && arrayEvidence(file, value) === 'array';
}
