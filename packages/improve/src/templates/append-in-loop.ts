import { arrayEvidence, hasElision } from '../scan/array-evidence.ts';
import { freshName } from '../scan/fresh-name.ts';
import { badAddition, growthLoop, sharedGrowth, type Growth } from '../scan/local-growth.ts';
import type { SourceFile } from '../scan/source-file.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { matching, refuse, replaceNode, type Template, type TextEdit, type Verdict } from '../scan/template.ts';
import { above, all, functionOf, hasComment, methodCall, parts, textOf, within } from '../scan/tree.ts';

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
  hint: matching(/\b([\w$]+)\s*=\s*\[\s*\.\.\.\1\b/),
  find: (file) => findAppends(file, readSpread, pushItems),
};

/**
 * `list = list.concat([item])` in a loop, under the same conditions; only literal arrays, since `concat` spreads what
 * turns out to be an array and keeps what does not.
 */
export const concatInLoop: Template = {
  id: 'concat-in-loop',
  title: 'Push to the array instead of concatenating in a loop',
  gain: 9,
  hint: matching(/\b([\w$]+)\s*=\s*\1\.concat\(/),
  find: (file) => findAppends(file, readConcat, pushItems),
};

/**
 * `list = [...list, ...more]` in a loop, under the same conditions; what is added comes one by one, since a call with
 * very many arguments would fail. If running over `more` could throw half-way, no one may see the half.
 */
export const appendAllInLoop: Template = {
  id: 'append-all-in-loop',
  title: 'Push all to the array instead of copying it in a loop',
  gain: 9,
  hint: matching(/\b([\w$]+)\s*=\s*\[\s*\.\.\.\1\b/),
  find: (file) => findAppends(file, readSpreadAll, pushEach),
};

interface Append extends Growth {
  readonly added: readonly SyntaxNode[];
  /** The literal that lists them. */
  readonly literal: SyntaxNode;
}

type Read = (file: SourceFile, assignment: SyntaxNode) => Append | undefined;
type Write = (file: SourceFile, append: Append) => TextEdit | { readonly refused: string };

function findAppends(file: SourceFile, read: Read, write: Write): Verdict[] {
  return all(file.syntax.root, 'assignment_expression').flatMap((assignment) => {
    const append = read(file, assignment);
    return (append && judge(file, append, write)) ?? [];
  });
}

function judge(file: SourceFile, append: Append, write: Write): Verdict | undefined {
  const loop = growthLoop(append);
  if (!loop) return undefined;
  const { assignment, variable, literal, added } = append;
  const refused = sharedGrowth(file, append, loop) ?? badAddition(append, added);
  if (refused) return refuse(assignment, refused);
  if (hasElision(literal)) return refuse(assignment, 'The array has holes.');
  if (hasComment(assignment, added)) return refuse(assignment, 'A comment would be lost.');
  const edit = write(file, append);
  if ('refused' in edit) return refuse(assignment, edit.refused);
  return {
    at: assignment,
    edits: [edit],
    rationale:
      `Each turn of the loop copies all of ${variable.name}, which takes quadratic time; the array is made in this ` +
      'function and no one else holds it before the loop has ended, so it can grow in place.',
    risk: 'none',
  };
}

function readSpread(file: SourceFile, assignment: SyntaxNode): Append | undefined {
  const append = readCopy(file, assignment);
  return append?.added.some((item) => item.kind === 'spread_element') ? undefined : append;
}

function readSpreadAll(file: SourceFile, assignment: SyntaxNode): Append | undefined {
  const append = readCopy(file, assignment);
  const [only, more] = append?.added ?? [];
  return only?.kind === 'spread_element' && !more ? append : undefined;
}

/** `list = [...list, more]` */
function readCopy(file: SourceFile, assignment: SyntaxNode): Append | undefined {
  const { left, right } = assignment.fields;
  if (left?.kind !== 'identifier' || right?.kind !== 'array') return undefined;
  const [first, ...added] = parts(right);
  const copied = first?.kind === 'spread_element' ? parts(first)[0] : undefined;
  const variable = file.scopes.bindingOf(left);
  if (!variable || copied?.kind !== 'identifier' || file.scopes.bindingOf(copied) !== variable) return undefined;
  return added.length > 0 ? { assignment, variable, copied, kind: 'array', added, literal: right } : undefined;
}

/** `list = list.concat([more])` */
function readConcat(file: SourceFile, assignment: SyntaxNode): Append | undefined {
  const { left, right } = assignment.fields;
  const method = right && methodCall(file.syntax, right, new Set(['concat']));
  const variable = left?.kind === 'identifier' ? file.scopes.bindingOf(left) : undefined;
  const literal = method?.arguments[0];
  if (!method || !variable || literal?.kind !== 'array' || method.arguments.length !== 1) return undefined;
  if (method.receiver.kind !== 'identifier' || file.scopes.bindingOf(method.receiver) !== variable) return undefined;
  const added = parts(literal);
  if (added.length === 0 || added.some((item) => item.kind === 'spread_element')) return undefined;
  return { assignment, variable, copied: method.receiver, kind: 'array', added, literal };
}

function pushItems(file: SourceFile, { assignment, added, variable }: Append): TextEdit {
  const listed = added.map((item) => textOf(file.syntax, item)).join(', ');
  return replaceNode(assignment, `${variable.name}.push(${listed})`);
}

function pushEach(file: SourceFile, { assignment, added, variable }: Append): TextEdit | { readonly refused: string } {
  const more = added[0] && parts(added[0])[0];
  const statement = assignment.parent;
  if (!more || !statement) return { refused: 'Nothing is added.' };
  if (variable.references.some((mention) => within(mention, more))) return { refused: 'The list is added to itself.' };
  const home = functionOf(assignment);
  const caught = above(assignment, (node) => node.kind === 'try_statement' && within(node, home));
  if (caught && arrayEvidence(file, more) !== 'array') {
    return { refused: 'If running over what is added threw, the half of it would be seen.' };
  }
  const name = freshName(file);
  const text = `for (const ${name} of ${textOf(file.syntax, more)}) ${variable.name}.push(${name});`;
  return replaceNode(statement, text);
}
