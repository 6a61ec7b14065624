import { growObject } from '../scan/grow-object.ts';
import { growthLoop, growthStart, sharedGrowth, type Growth } from '../scan/local-growth.ts';
import type { SourceFile } from '../scan/source-file.ts';
import { indentation, lineBreak } from '../scan/splice.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { matching, refuse, replaceNode, type Template, type Verdict } from '../scan/template.ts';
import { all, hasComment, parts } from '../scan/tree.ts';

/**
 * `index = { ...index, [key]: value }` in a loop copies the object for each key; setting the property does not.
 *
 * Holds when the object is a local variable that begins as a fresh literal, and until the loop has ended no one else
 * can hold it: only properties are read from it. A key that might be `__proto__` is defined rather than assigned.
 */
export const objectInLoop: Template = {
  id: 'object-in-loop',
  title: 'Set the property instead of copying the object in a loop',
  gain: 9,
  hint: matching(/\b([\w$]+)\s*=\s*\{\s*\.\.\.\1\b/),
  find: (file) => all(file.syntax.root, 'assignment_expression').flatMap((assignment) => judge(file, assignment) ?? []),
};

function judge(file: SourceFile, assignment: SyntaxNode): Verdict | undefined {
  const growth = readCopy(file, assignment);
  const loop = growth && growthLoop(growth);
  const literal = assignment.fields['right'];
  if (!growth || !loop || !literal) return undefined;
  const { variable } = growth;
  const refused = sharedGrowth(file, growth, loop);
  if (refused) return refuse(assignment, refused);
  const { literal: seed, types } = growthStart(growth);
  if (!seed) return undefined;
  const mentions = variable.references.filter((mention) => mention !== growth.copied);
  const grown = growObject(file, { name: variable.name, mentions, seed, types }, literal);
  if ('refused' in grown) return refuse(assignment, grown.refused);
  if (hasComment(assignment, grown.kept)) return refuse(assignment, 'A comment would be lost.');
  const text = 'expression' in grown ? grown.expression : joined(file, assignment, grown.statements);
  if (text === undefined) return refuse(assignment, 'Several properties are set where one statement stands.');
  return {
    at: assignment,
    edits: [replaceNode(assignment, text)],
    rationale:
      `Each turn of the loop copies all of ${variable.name}, which takes quadratic time; the object is made in this ` +
      'function and no one else holds it before the loop has ended, so it can grow in place.',
    risk: 'none',
  };
}

/** `index = { ...index, more }` */
function readCopy(file: SourceFile, assignment: SyntaxNode): Growth | undefined {
  const { left, right } = assignment.fields;
  if (left?.kind !== 'identifier' || right?.kind !== 'object') return undefined;
  const [first] = parts(right);
  const copied = first?.kind === 'spread_element' ? parts(first)[0] : undefined;
  const variable = file.scopes.bindingOf(left);
  if (!variable || copied?.kind !== 'identifier' || file.scopes.bindingOf(copied) !== variable) return undefined;
  return { assignment, variable, copied, kind: 'object' };
}

function joined(file: SourceFile, assignment: SyntaxNode, statements: readonly string[]): string | undefined {
  const place = assignment.parent?.parent?.kind;
  if (statements.length > 1 && place !== 'statement_block') return undefined;
  return statements.join(`;${lineBreak(file.text, assignment.start)}${indentation(file.text, assignment.start)}`);
}
