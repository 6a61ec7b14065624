import { arrayEvidence, isWritten } from '../scan/array-evidence.ts';
import { badPredicate } from '../scan/predicate.ts';
import type { SourceFile } from '../scan/source-file.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { matching, refuse, replaceNode, type Template, type Verdict } from '../scan/template.ts';
import { all, hasComment, methodCall, textOf, wrapped } from '../scan/tree.ts';
import { allowsUndefined } from '../scan/undefined-context.ts';

/**
 * `list.filter(p)[0]` tests every element and builds an array to take its first; `list.find(p)` stops at the first.
 *
 * Holds when the receiver is surely a dense array and the predicate is an inline function of the element alone that
 * has no side effect, so that it does not matter for how many elements it is called.
 */
export const filterFirst: Template = {
  id: 'filter-first',
  title: 'Find the first match instead of filtering all',
  gain: 4,
  hint: matching(/\.filter\s*\([^]{0,600}?\)\s*(?:\[0\]|\.at\(0\)|\.shift\(\))/),
  find(file) {
    return all(file.syntax.root, 'call_expression').flatMap((call) => judge(file, call) ?? []);
  },
};

const filter = new Set(['filter']);
const first = new Set(['at', 'shift']);

/** `[0]`, `.at(0)` or `.shift()` of a call of `filter`. */
interface First {
  readonly node: SyntaxNode;
  /** True where TypeScript gives the element without `undefined` while `find` gives it with. */
  readonly narrower: boolean;
}

function judge(file: SourceFile, call: SyntaxNode): Verdict | undefined {
  const method = methodCall(file.syntax, call, filter);
  const taken = method && takesFirst(file, call);
  if (!method || !taken) return undefined;
  const { node, narrower } = taken;
  const refused = badPredicate(file, method) ?? badUse(file, node, narrower);
  if (refused) return refuse(node, refused);
  if (arrayEvidence(file, method.receiver) !== 'array')
    return refuse(node, 'Nothing in the file says that the receiver is an array.');
  if (hasComment(node, [method.receiver, ...method.arguments])) return refuse(node, 'A comment would be lost.');
  return {
    at: node,
    edits: [replaceNode(method.property, 'find'), { start: call.end, end: node.end, text: '' }],
    rationale:
      'filter calls the predicate for every element and builds an array of which only the first is used; find stops at the ' +
      'first match. The receiver is an array and the predicate has no side effect.',
    risk: 'none',
  };
}

function takesFirst(file: SourceFile, call: SyntaxNode): First | undefined {
  const up = call.parent;
  if (up?.kind === 'subscript_expression' && up.fields['object'] === call && !up.fields['optional_chain']) {
    return up.fields['index'] && textOf(file.syntax, up.fields['index']) === '0'
      ? { node: up, narrower: true }
      : undefined;
  }
  const outer = up?.kind === 'member_expression' && up.fields['object'] === call ? up.parent : undefined;
  const method = outer && methodCall(file.syntax, outer, first);
  if (!outer || !method || method.receiver !== call) return undefined;
  const given = method.arguments.map((argument) => textOf(file.syntax, argument)).join(',');
  return given === (textOf(file.syntax, method.property) === 'at' ? '0' : '')
    ? { node: outer, narrower: false }
    : undefined;
}

function badUse(file: SourceFile, node: SyntaxNode, narrower: boolean): string | undefined {
  const whole = wrapped(node);
  const up = whole.parent;
  if (isWritten(node)) return 'The element is assigned to.';
  if (up?.kind === 'call_expression' && up.fields['function'] === whole)
    return 'The element is called as a method of the array.';
  if (!file.typed || !narrower || allowsUndefined(file, node)) return undefined;
  return 'The type of find admits undefined where this place may not.';
}
