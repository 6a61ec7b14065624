import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { neverProto, plainPropertyName } from './property-key.ts';
import { bare, isFunction, parts, some, textOf, within } from './tree.ts';
import { dictionaryType } from './types.ts';

/** An object that takes on the properties of a literal. */
export interface GrownObject {
  readonly name: string;
  /** Every mention of the object. */
  readonly mentions: readonly SyntaxNode[];
  /** The literal it began as. */
  readonly seed: SyntaxNode;
  /** The types written for it. */
  readonly types: readonly SyntaxNode[];
}

/** How an object takes on properties: by statements, or by one expression that also gives the object. */
export type ObjectGrowth =
  | { readonly statements: readonly string[]; readonly kept: readonly SyntaxNode[] }
  | { readonly expression: string; readonly kept: readonly SyntaxNode[] }
  | { readonly refused: string };

interface Property {
  readonly key: SyntaxNode;
  readonly value: SyntaxNode;
  readonly computed: boolean;
}

/**
 * Works out how an object takes on what a literal adds after its first spread, in place, with the same result.
 *
 * Assignment differs from a literal in three ways, each of which is refused or met: `__proto__` would set the prototype,
 * a function would not take its name from the key, and a later value could see an earlier change.
 */
export function growObject(file: SourceFile, object: GrownObject, literal: SyntaxNode): ObjectGrowth {
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
  if (known.length > 1 && mentionedAmong(object, known)) {
    return { refused: 'One added property is computed from the object while another changes it.' };
  }
  const kept = known.flatMap(({ key, value }) => [key, value]);
  if (known.every((property) => isAssignable(file, object, property))) {
    return { statements: known.map((property) => assignment(file, object.name, property)), kept };
  }
  return definition(file, object, known);
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

function mentionedAmong({ mentions }: GrownObject, properties: readonly Property[]): boolean {
  return mentions.some((mention) =>
    properties.some(({ key, value }) => within(mention, key) || within(mention, value)),
  );
}

/** Whether `object[key] = value` means the same, and in TypeScript still type-checks. */
function isAssignable(file: SourceFile, { types, seed }: GrownObject, property: Property): boolean {
  if (property.computed && !neverProto(file, property.key)) return false;
  if (!file.typed) return true;
  if (types.length > 0) return types.every((type) => dictionaryType(file, type));
  if (property.computed) return false;
  const name = textOf(file.syntax, property.key);
  return parts(seed).some((member) => member.fields['key'] && textOf(file.syntax, member.fields['key']) === name);
}

function assignment(file: SourceFile, object: string, { key, value, computed }: Property): string {
  const name = textOf(file.syntax, key);
  const access = !computed && (key.kind === 'property_identifier' || key.kind === 'shorthand_property_identifier');
  return `${object}${access ? `.${name}` : `[${name}]`} = ${textOf(file.syntax, value)}`;
}

/** `Object.defineProperty` does to one property what a literal does, `__proto__` included, and returns the object. */
function definition(file: SourceFile, { name }: GrownObject, properties: readonly Property[]): ObjectGrowth {
  const [property] = properties;
  if (!property || properties.length > 1) return { refused: 'One of several keys might be __proto__.' };
  if (!property.computed) return { refused: 'The type of the object may forbid assignment.' };
  if (file.scopes.declares('Object')) return { refused: 'Object means something else in this file.' };
  if (file.typed && some(property.value, (node) => isFunction(node) && !inArguments(node, property.value))) {
    return { refused: 'A function inside the value takes its parameter types from where it stands.' };
  }
  const [key, value] = [textOf(file.syntax, property.key), textOf(file.syntax, property.value)];
  const descriptor = `{ value: ${value}, writable: true, enumerable: true, configurable: true }`;
  return { expression: `Object.defineProperty(${name}, ${key}, ${descriptor})`, kept: [property.key, property.value] };
}

function inArguments(node: SyntaxNode, top: SyntaxNode): boolean {
  for (let at = node.parent; at && at !== top.parent; at = at.parent) if (at.kind === 'arguments') return true;
  return false;
}
