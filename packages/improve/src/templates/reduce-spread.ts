import { readAccumulation, type Accumulation } from '../scan/accumulator.ts';
import { hasElision } from '../scan/array-evidence.ts';
import { readsArray, readsProperty } from '../scan/contained.ts';
import { neverProto, plainPropertyName } from '../scan/property-key.ts';
import type { SourceFile } from '../scan/source-file.ts';
import { indentation, indentationStep, lineBreak } from '../scan/splice.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { refuse, replaceNode, type Template, type TextEdit, type Verdict } from '../scan/template.ts';
import {
  all,
  bare,
  functionOf,
  hasComment,
  hasToken,
  isFunction,
  parts,
  some,
  textOf,
  within,
  wrapped,
} from '../scan/tree.ts';
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
  hints: [/\.reduce(Right)?\b/, /[{[]\s*\.\.\./],
  find(file) {
    const verdicts: Verdict[] = [];
    for (const call of all(file.syntax.root, 'call_expression')) {
      const read = readAccumulation(file, call);
      if (read) verdicts.push('refused' in read ? read : judge(file, read));
    }
    return verdicts;
  },
};

type Written = { readonly edits: readonly TextEdit[] } | { readonly refused: string };

function judge(file: SourceFile, accumulation: Accumulation): Verdict {
  const { call, literals, seed, evidence } = accumulation;
  if (literals.some((literal) => literal.kind !== seed.kind))
    return refuse(call, 'The seed and what is returned are not alike.');
  const written = seed.kind === 'array' ? growArray(file, accumulation) : growObject(file, accumulation);
  if ('refused' in written) return refuse(call, written.refused);
  const copies = seed.kind === 'array' ? 'array' : 'object';
  const assumed = `Assumes that ${shortText(file, accumulation.receiver)} is an array: nothing in the file says that it is not.`;
  return {
    at: call,
    edits: written.edits,
    rationale:
      `Each step copies the whole ${copies} gathered so far, which takes quadratic time; the seed is fresh and no one else ` +
      `sees the accumulator, so it can grow in place.${evidence === 'array' ? '' : ` ${assumed}`}`,
    risk: evidence === 'array' ? 'none' : 'low',
  };
}

function shortText(file: SourceFile, node: SyntaxNode): string {
  const text = textOf(file.syntax, node).replaceAll(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

/** Gives why a mention of the accumulator forbids growing in place. */
function leak(file: SourceFile, accumulation: Accumulation, reads: typeof readsArray): string | undefined {
  const { accumulator, callback, literals } = accumulation;
  for (const mention of accumulator.references) {
    if (functionOf(mention) !== callback) return 'The accumulator is captured by a function inside the callback.';
    const up = mention.parent;
    if (up?.kind === 'spread_element' && literals.some((literal) => literal === up.parent && parts(literal)[0] === up))
      continue;
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

function growArray(file: SourceFile, accumulation: Accumulation): Written {
  const { accumulator, literals, seed, types } = accumulation;
  const refused = leak(file, accumulation, readsArray);
  if (refused) return { refused };
  if ([seed, ...literals].some(hasElision)) return { refused: 'The array has holes.' };
  if (file.typed && (types.length === 0 || types.some((type) => arrayType(file, type) !== 'mutable'))) {
    return { refused: 'The type of the accumulator is not written as a plain array; it may be read-only.' };
  }
  const edits: TextEdit[] = [];
  for (const literal of literals) {
    const added = parts(literal).slice(1);
    if (added.length === 0) return { refused: 'Nothing is added.' };
    if (added.some((item) => item.kind === 'spread_element')) return { refused: 'A whole list is added at once.' };
    const pushed = added.map((item) => textOf(file.syntax, item)).join(', ');
    const edit = returnAfter(file, accumulation, literal, {
      statements: [`${accumulator.name}.push(${pushed});`],
      kept: added,
    });
    if ('refused' in edit) return edit;
    edits.push(edit);
  }
  return { edits };
}

function growObject(file: SourceFile, accumulation: Accumulation): Written {
  const refused = leak(file, accumulation, readsProperty) ?? badSeed(file, accumulation.seed);
  if (refused) return { refused };
  const edits: TextEdit[] = [];
  for (const literal of accumulation.literals) {
    const edit = growLiteral(file, accumulation, literal);
    if ('refused' in edit) return edit;
    edits.push(edit);
  }
  return { edits };
}

function badSeed(file: SourceFile, seed: SyntaxNode): string | undefined {
  const strange = parts(seed).some((member) => hasToken(member, 'get') || hasToken(member, 'set'));
  if (strange) return 'The seed has an accessor.';
  return textOf(file.syntax, seed).includes('__proto__') ? 'The seed sets its prototype.' : undefined;
}

interface Property {
  readonly key: SyntaxNode;
  readonly value: SyntaxNode;
  readonly computed: boolean;
}

function growLiteral(
  file: SourceFile,
  accumulation: Accumulation,
  literal: SyntaxNode,
): TextEdit | { refused: string } {
  const properties = parts(literal).slice(1).map(readProperty);
  if (properties.length === 0) return { refused: 'Nothing is added.' };
  const known: Property[] = [];
  for (const property of properties) {
    if (!property) return { refused: 'More than plain properties is added: a spread, a method or an accessor.' };
    if (!property.computed && !plainPropertyName(file, property.key))
      return { refused: 'A property is called __proto__.' };
    if (namesFunction(property)) return { refused: 'A function takes its name from the property.' };
    known.push(property);
  }
  if (known.length > 1 && mentionsAmong(accumulation, known)) {
    return { refused: 'One added property is computed from the accumulator while another changes it.' };
  }
  const kept = known.flatMap(({ key, value }) => [key, value]);
  const assignable = known.every((property) => isAssignable(file, accumulation, property));
  if (assignable) {
    const statements = known.map((property) => assignment(file, accumulation.accumulator.name, property));
    return returnAfter(file, accumulation, literal, { statements, kept });
  }
  return defineInPlace(file, accumulation, literal, known);
}

function readProperty(member: SyntaxNode): Property | undefined {
  if (member.kind === 'shorthand_property_identifier') return { key: member, value: member, computed: false };
  const { key, value } = member.fields;
  if (member.kind !== 'pair' || !key || !value) return undefined;
  if (key.kind !== 'computed_property_name') return { key, value, computed: false };
  const [inner] = parts(key);
  return inner && { key: inner, value, computed: true };
}

function namesFunction({ value }: Property): boolean {
  const node = bare(value);
  return isFunction(node) || node.kind === 'class';
}

function mentionsAmong({ accumulator }: Accumulation, properties: readonly Property[]): boolean {
  return accumulator.references.some((mention) =>
    properties.some(({ key, value }) => within(mention, key) || within(mention, value)),
  );
}

/** Whether `acc[key] = value` means the same, and in TypeScript still type-checks. */
function isAssignable(file: SourceFile, { types, seed }: Accumulation, property: Property): boolean {
  if (property.computed && !neverProto(file, property.key)) return false;
  if (!file.typed) return true;
  if (types.length > 0) return types.every((type) => dictionaryType(file, type));
  const name = textOf(file.syntax, property.key);
  return (
    !property.computed &&
    parts(seed).some((member) => member.fields['key'] && textOf(file.syntax, member.fields['key']) === name)
  );
}

function assignment(file: SourceFile, accumulator: string, { key, value, computed }: Property): string {
  const name = textOf(file.syntax, key);
  const access = !computed && (key.kind === 'property_identifier' || key.kind === 'shorthand_property_identifier');
  return `${accumulator}${access ? `.${name}` : `[${name}]`} = ${textOf(file.syntax, value)};`;
}

/** `Object.defineProperty` does to one property what the literal does, `__proto__` included, and returns the object. */
function defineInPlace(
  file: SourceFile,
  accumulation: Accumulation,
  literal: SyntaxNode,
  properties: readonly Property[],
) {
  const [property] = properties;
  if (!property || properties.length > 1) return { refused: 'One of several keys might be __proto__.' };
  if (!property.computed) return { refused: 'The type of the accumulator may forbid assignment.' };
  if (file.scopes.declares('Object')) return { refused: 'Object means something else in this file.' };
  if (file.typed && some(property.value, (node) => isFunction(node) && !inArguments(node, property.value))) {
    return { refused: 'A function inside the value takes its parameter types from where it stands.' };
  }
  if (hasComment(wrapped(literal), [property.key, property.value])) return { refused: 'A comment would be lost.' };
  const [key, value] = [textOf(file.syntax, property.key), textOf(file.syntax, property.value)];
  const descriptor = `{ value: ${value}, writable: true, enumerable: true, configurable: true }`;
  const place = accumulation.callback.fields['body'] === wrapped(literal) ? wrapped(literal) : literal;
  return replaceNode(place, `Object.defineProperty(${accumulation.accumulator.name}, ${key}, ${descriptor})`);
}

function inArguments(node: SyntaxNode, top: SyntaxNode): boolean {
  for (let at = node.parent; at && at !== top.parent; at = at.parent) if (at.kind === 'arguments') return true;
  return false;
}

/** Turns a returned literal into statements and `return accumulator`. */
function returnAfter(
  file: SourceFile,
  { callback, accumulator }: Accumulation,
  literal: SyntaxNode,
  { statements, kept }: { readonly statements: readonly string[]; readonly kept: readonly SyntaxNode[] },
): TextEdit | { refused: string } {
  const body = callback.fields['body'] ?? callback;
  const place = body.kind === 'statement_block' ? returnOf(literal) : body;
  if (hasComment(place, kept)) return { refused: 'A comment would be lost.' };
  const lines = [...statements, `return ${accumulator.name};`];
  const { text } = file;
  const indent = indentation(text, place.start);
  const eol = lineBreak(text, place.start);
  const listed =
    place !== body && ['statement_block', 'switch_case', 'switch_default'].includes(place.parent?.kind ?? '');
  if (listed) return replaceNode(place, lines.join(`${eol}${indent}`));
  const step = indentationStep(text);
  return replaceNode(place, `{${lines.map((line) => `${eol}${indent}${step}${line}`).join('')}${eol}${indent}}`);
}

function returnOf(literal: SyntaxNode): SyntaxNode {
  let at = literal;
  while (at.kind !== 'return_statement' && at.parent) at = at.parent;
  return at;
}
