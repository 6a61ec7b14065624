import { isWritten } from '../scan/array-evidence.ts';
import { readListing } from '../scan/collection-evidence.ts';
import type { SourceFile } from '../scan/source-file.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { matching, refuse, replaceNode, type Template, type Verdict } from '../scan/template.ts';
import { all, hasComment, methodCall, textOf } from '../scan/tree.ts';

/**
 * `[...set].includes(x)` lists a whole set to search it; `set.has(x)` does not. Likewise for the keys of a map.
 *
 * Holds when the variable surely holds a set or a map and the question is a plain value, which cannot change it first.
 * `includes` and `has` compare alike.
 */
export const spreadHas: Template = {
  id: 'spread-has',
  title: 'Ask the set or map itself instead of a list of it',
  gain: 7,
  hint: matching(/(?:\[\s*\.\.\.[^\]]{1,80}\]|Array\.from\([^;]{1,80}?\))\s*\.includes\(/),
  find: (file) => all(file.syntax.root, 'call_expression').flatMap((call) => judgeHas(file, call) ?? []),
};

/** `[...set].length` lists a whole set to count it; `set.size` knows. Likewise for a map, its keys, values and entries. */
export const spreadSize: Template = {
  id: 'spread-size',
  title: 'Read the size instead of listing all to count it',
  gain: 6,
  hint: matching(/(?:\[\s*\.\.\.[^\]]{1,80}\]|Array\.from\([^;]{1,80}?\))\s*\.length\b/),
  find: (file) => all(file.syntax.root, 'member_expression').flatMap((member) => judgeSize(file, member) ?? []),
};

function judgeHas(file: SourceFile, call: SyntaxNode): Verdict | undefined {
  const method = methodCall(file.syntax, call, new Set(['includes']));
  const listing = method && readListing(file, method.receiver);
  if (!method || !listing) return undefined;
  const { collection, lists } = listing;
  const [asked] = method.arguments;
  if (lists === 'others') return refuse(call, 'The list is not of the keys.');
  if (!asked || method.arguments.length !== 1 || !isPlainValue(file, asked)) {
    return refuse(call, 'The question is not one plain value; to work it out may change the collection.');
  }
  if (hasComment(call, [asked])) return refuse(call, 'A comment would be lost.');
  const name = textOf(file.syntax, collection.node);
  return {
    at: call,
    edits: [replaceNode(method.receiver, name), replaceNode(method.property, 'has')],
    rationale: `${name} is a ${collection.kind}, which answers has without listing all it holds, by the same rule of equality.`,
    risk: 'none',
  };
}

function isPlainValue(file: SourceFile, node: SyntaxNode): boolean {
  if (['identifier', 'string', 'number', 'null', 'undefined', 'true', 'false', 'this'].includes(node.kind)) return true;
  const { object, property } = node.fields;
  if (node.kind !== 'member_expression' || !object || !property || file.accessors.has(textOf(file.syntax, property)))
    return false;
  return isPlainValue(file, object);
}

function judgeSize(file: SourceFile, member: SyntaxNode): Verdict | undefined {
  const { object, property, optional_chain: optional } = member.fields;
  if (!object || !property || optional || textOf(file.syntax, property) !== 'length') return undefined;
  const listing = readListing(file, object);
  if (!listing) return undefined;
  if (isWritten(member)) return refuse(member, 'The length is assigned to.');
  if (hasComment(member)) return refuse(member, 'A comment would be lost.');
  const name = textOf(file.syntax, listing.collection.node);
  return {
    at: member,
    edits: [replaceNode(member, `${name}.size`)],
    rationale: `${name} is a ${listing.collection.kind}, which knows its size without listing all it holds.`,
    risk: 'none',
  };
}
