import { addedItems, readAccumulation, type Accumulation, type Extension } from '../scan/accumulator.ts';
import { hasElision } from '../scan/array-evidence.ts';
import { readsArray, readsProperty } from '../scan/contained.ts';
import { freshName } from '../scan/fresh-name.ts';
import { growObject } from '../scan/grow-object.ts';
import { isPlainObject } from '../scan/local-growth.ts';
import type { SourceFile } from '../scan/source-file.ts';
import { indentation, indentationStep, lineBreak } from '../scan/splice.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { matching, refuse, replaceNode, type Template, type TextEdit, type Verdict } from '../scan/template.ts';
import { all, functionOf, hasComment, parts, some, textOf, within, wrapped } from '../scan/tree.ts';
import { arrayType, dictionaryType } from '../scan/types.ts';

/**
 * `reduce((acc, x) => ({ ...acc, [k]: v }), {})` copies all it has gathered for each element; adding in place does not.
 *
 * Holds when the seed is a fresh literal, every path returns the accumulator or its extended copy, the callback only
 * reads from the accumulator on the way, and a key that might be `__proto__` is defined rather than assigned.
 */
export const reduceSpread: Template = {
  id: 'reduce-spread',
  title: 'Grow the accumulator of reduce in place',
  gain: 9,
  hint: matching(/\.reduce(?:Right)?\b[^]{0,3000}?[{[]\s*\.\.\./),
  find: (file) => findAccumulations(file, 'spread'),
};

/** `reduce((acc, x) => acc.concat([x]), [])`, under the same conditions; only literal arrays. */
export const reduceConcat: Template = {
  id: 'reduce-concat',
  title: 'Push to the accumulator of reduce instead of concatenating',
  gain: 9,
  hint: matching(/\.reduce(?:Right)?\b[^]{0,3000}?\.concat\(\s*\[/),
  find: (file) => findAccumulations(file, 'concat'),
};

function findAccumulations(file: SourceFile, extension: Extension): Verdict[] {
  return all(file.syntax.root, 'call_expression').flatMap((call) => {
    const read = readAccumulation(file, call, extension);
    if (!read) return [];
    return 'refused' in read ? read : judge(file, read);
  });
}

type Written = { readonly edits: readonly TextEdit[] } | { readonly refused: string };

function judge(file: SourceFile, accumulation: Accumulation): Verdict {
  const { call, copies, seed, evidence, receiver } = accumulation;
  const kinds = new Set(copies.map((copy) => (copy.kind === 'object' ? 'object' : 'array')));
  if (kinds.size > 1 || !kinds.has(seed.kind === 'object' ? 'object' : 'array')) {
    return refuse(call, 'The seed and what is returned are not alike.');
  }
  const written = seed.kind === 'array' ? writeArray(file, accumulation) : writeObject(file, accumulation);
  if ('refused' in written) return refuse(call, written.refused);
  const assumed = ` Assumes that ${shortText(file, receiver)} is an array: nothing in the file says that it is not.`;
  return {
    at: call,
    edits: written.edits,
    rationale:
      `Each step copies the whole ${seed.kind} gathered so far, which takes quadratic time; the seed is fresh and no one else ` +
      `sees the accumulator, so it can grow in place.${evidence === 'array' ? '' : assumed}`,
    risk: evidence === 'array' ? 'none' : 'low',
  };
}

function shortText(file: SourceFile, node: SyntaxNode): string {
  const text = textOf(file.syntax, node).replaceAll(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

/** Gives why a mention of the accumulator forbids growing in place. */
function leak(file: SourceFile, accumulation: Accumulation, reads: typeof readsArray): string | undefined {
  const { accumulator, callback, copies } = accumulation;
  for (const mention of accumulator.references) {
    if (functionOf(mention) !== callback) return 'The accumulator is captured by a function inside the callback.';
    const up = mention.parent;
    if (up?.kind === 'spread_element' && copies.some((copy) => copy === up.parent && parts(copy)[0] === up)) continue;
    if (bareReturn(mention)) continue;
    if (!reads(file, mention)) return 'The callback does more with the accumulator than read from it.';
  }
  const body = callback.fields['body'] ?? callback;
  const reflects = some(body, (node) => node.kind === 'identifier' && textOf(file.syntax, node) === 'arguments');
  return reflects && callback.kind === 'function_expression' ? 'The callback uses arguments.' : undefined;
}

function bareReturn(mention: SyntaxNode): boolean {
  let up = mention.parent;
  while (up?.kind === 'parenthesized_expression') up = up.parent;
  return up?.kind === 'return_statement';
}

function writeArray(file: SourceFile, accumulation: Accumulation): Written {
  const { copies, seed, types } = accumulation;
  const refused = leak(file, accumulation, readsArray);
  if (refused) return { refused };
  const literals = copies.map((copy) =>
    copy.kind === 'array' ? copy : (parts(copy.fields['arguments'] ?? copy)[0] ?? copy),
  );
  if ([seed, ...literals].some(hasElision)) return { refused: 'The array has holes.' };
  if (file.typed && (types.length === 0 || types.some((type) => arrayType(file, type) !== 'mutable'))) {
    return { refused: 'The type of the accumulator is not written as a plain array; it may be read-only.' };
  }
  return editEach(copies, (copy) => {
    const kept = addedItems(copy);
    const statement = addition(file, accumulation, kept);
    return statement === undefined
      ? { refused: 'What is added mixes items and lists, or nothing is added.' }
      : returnAfter(file, accumulation, copy, { statements: [statement], kept });
  });
}

/** The statement that adds items, or all of one list. */
function addition(file: SourceFile, { accumulator }: Accumulation, added: readonly SyntaxNode[]): string | undefined {
  const { name, references } = accumulator;
  const [first] = added;
  if (!first) return undefined;
  if (!added.some((item) => item.kind === 'spread_element')) {
    return `${name}.push(${added.map((item) => textOf(file.syntax, item)).join(', ')})`;
  }
  const [list] = parts(first);
  if (added.length > 1 || !list || references.some((mention) => within(mention, first))) return undefined;
  const item = freshName(file);
  return `for (const ${item} of ${textOf(file.syntax, list)}) ${name}.push(${item})`;
}

function writeObject(file: SourceFile, accumulation: Accumulation): Written {
  const { accumulator, annotation, callback, copies, seed, types } = accumulation;
  const refused = leak(file, accumulation, readsProperty);
  if (refused) return { refused };
  if (file.typed && annotation && !dictionaryType(file, annotation)) {
    return { refused: 'The type of the accumulator is no plain dictionary; the result would take it on.' };
  }
  if (!isPlainObject(file, seed)) return { refused: 'The seed has an accessor or a prototype of its own.' };
  return editEach(copies, (copy) => {
    const object = { name: accumulator.name, mentions: accumulator.references, seed, types };
    const grown = growObject(file, object, copy);
    if (!('expression' in grown)) return 'refused' in grown ? grown : returnAfter(file, accumulation, copy, grown);
    const place = callback.fields['body'] === wrapped(copy) ? wrapped(copy) : copy;
    if (hasComment(place, grown.kept)) return { refused: 'A comment would be lost.' };
    return replaceNode(place, grown.expression);
  });
}

function editEach(copies: readonly SyntaxNode[], edit: (copy: SyntaxNode) => TextEdit | { refused: string }): Written {
  const edits: TextEdit[] = [];
  for (const copy of copies) {
    const one = edit(copy);
    if ('refused' in one) return one;
    edits.push(one);
  }
  return { edits };
}

/** Turns a returned copy into statements and `return accumulator`. */
function returnAfter(
  file: SourceFile,
  { callback, accumulator }: Accumulation,
  copy: SyntaxNode,
  { statements, kept }: { readonly statements: readonly string[]; readonly kept: readonly SyntaxNode[] },
): TextEdit | { refused: string } {
  const body = callback.fields['body'] ?? callback;
  const place = body.kind === 'statement_block' ? returnOf(copy) : body;
  if (hasComment(place, kept)) return { refused: 'A comment would be lost.' };
  const lines = [...statements.map((statement) => `${statement};`), `return ${accumulator.name};`];
  const { text } = file;
  const indent = indentation(text, place.start);
  const eol = lineBreak(text, place.start);
  const listed =
    place !== body && ['statement_block', 'switch_case', 'switch_default'].includes(place.parent?.kind ?? '');
  if (listed) return replaceNode(place, lines.join(`${eol}${indent}`));
  const step = indentationStep(text);
  return replaceNode(place, `{${lines.map((line) => `${eol}${indent}${step}${line}`).join('')}${eol}${indent}}`);
}

function returnOf(copy: SyntaxNode): SyntaxNode {
  let at = copy;
  while (at.kind !== 'return_statement' && at.parent) at = at.parent;
  return at;
}
