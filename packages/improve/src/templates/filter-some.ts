import { arrayEvidence } from '../scan/array-evidence.ts';
import { badPredicate } from '../scan/predicate.ts';
import type { SourceFile } from '../scan/source-file.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { insertAt, matching, refuse, replaceNode, type Template, type Verdict } from '../scan/template.ts';
import { all, hasComment, methodCall, textOf } from '../scan/tree.ts';

/**
 * `list.filter(p).length > 0` tests every element and builds an array to learn whether there is one; `list.some(p)`
 * stops at the first. Likewise for its opposite, and for the bare length as a condition.
 *
 * Holds when the receiver is surely an array and the predicate is an inline function of the element alone that has no
 * side effect.
 */
export const filterSome: Template = {
  id: 'filter-some',
  title: 'Ask whether some match instead of counting all that do',
  gain: 4,
  hint: matching(/\.filter\s*\([^]{0,600}?\)\s*\.length\b/),
  find: (file) => all(file.syntax.root, 'call_expression').flatMap((call) => judge(file, call) ?? []),
};

const filter = new Set(['filter']);

/** A place that asks whether a length is zero. */
interface Question {
  /** All that is replaced, from the receiver on. */
  readonly node: SyntaxNode;
  readonly negated: boolean;
}

function judge(file: SourceFile, call: SyntaxNode): Verdict | undefined {
  const method = methodCall(file.syntax, call, filter);
  const question = method && asksLength(file, call);
  if (!method || !question) return undefined;
  const { node, negated } = question;
  const refused = badPredicate(file, method);
  if (refused) return refuse(node, refused);
  if (arrayEvidence(file, method.receiver) !== 'array')
    return refuse(node, 'Nothing in the file says that the receiver is an array.');
  if (hasComment(node, [method.receiver, ...method.arguments])) return refuse(node, 'A comment would be lost.');
  const edits = [replaceNode(method.property, 'some'), { start: call.end, end: node.end, text: '' }];
  return {
    at: node,
    edits: negated ? [insertAt(call.start, '!'), ...edits] : edits,
    rationale:
      'filter calls the predicate for every element and builds an array of which only the length is asked; some stops at ' +
      'the first match. The receiver is an array and the predicate has no side effect.',
    risk: 'none',
  };
}

const questions: { readonly [comparison: string]: 'some' | 'none' } = {
  '> 0': 'some',
  '!== 0': 'some',
  '!= 0': 'some',
  '>= 1': 'some',
  '=== 0': 'none',
  '== 0': 'none',
  '< 1': 'none',
  '<= 0': 'none',
};

function asksLength(file: SourceFile, call: SyntaxNode): Question | undefined {
  const length = call.parent;
  if (length?.kind !== 'member_expression' || length.fields['object'] !== call || length.fields['optional_chain'])
    return undefined;
  if (!length.fields['property'] || textOf(file.syntax, length.fields['property']) !== 'length') return undefined;
  const up = length.parent;
  if (up?.kind === 'binary_expression' && up.fields['left'] === length) {
    const { operator, right } = up.fields;
    const answer = operator && right && questions[`${operator.kind} ${textOf(file.syntax, right)}`];
    const alone = up.parent?.kind === 'expression_statement';
    return answer && !alone ? { node: up, negated: answer === 'none' } : undefined;
  }
  const negation = up?.kind === 'unary_expression' && up.fields['operator']?.kind === '!';
  return negation || isCondition(length) ? { node: length, negated: false } : undefined;
}

/** The length itself as a condition, where only its truth counts. */
function isCondition(node: SyntaxNode): boolean {
  const up = node.parent;
  if (up?.kind === 'ternary_expression') return up.fields['condition'] === node;
  const owner = up?.kind === 'parenthesized_expression' ? up.parent : undefined;
  return (
    owner !== undefined &&
    owner.fields['condition'] === up &&
    ['if_statement', 'while_statement', 'do_statement'].includes(owner.kind)
  );
}
