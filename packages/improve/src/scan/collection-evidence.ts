import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { methodCall, parts, textOf } from './tree.ts';
import { annotated } from './types.ts';

/** A set or a map, by the name of the variable that holds it. */
export interface Collection {
  readonly kind: 'Set' | 'Map';
  readonly node: SyntaxNode;
}

const kinds: { readonly [name: string]: Collection['kind'] } = {
  Set: 'Set',
  ReadonlySet: 'Set',
  Map: 'Map',
  ReadonlyMap: 'Map',
};

/** Tells whether a variable surely holds a set or a map: a constant made by `new`, or one whose type says so. */
export function collectionEvidence(file: SourceFile, node: SyntaxNode): Collection | undefined {
  const binding = node.kind === 'identifier' ? file.scopes.bindingOf(node) : undefined;
  const holder = binding?.declarations.length === 1 ? binding.declarations[0]?.parent : undefined;
  if (!binding || !holder) return undefined;
  const owner = holder.kind === 'variable_declarator' ? holder.fields['name'] : holder.fields['pattern'];
  if (owner !== binding.declarations[0]) return undefined;
  const type = annotated(holder.fields['type']);
  const made = binding.kind === 'const' ? holder.fields['value'] : undefined;
  const name = type ? typeName(file, type) : made?.kind === 'new_expression' ? constructorName(file, made) : undefined;
  if (!name || file.scopes.declares(name)) return undefined;
  const kind = kinds[name];
  return kind && { kind, node };
}

function typeName(file: SourceFile, type: SyntaxNode): string | undefined {
  return type.kind === 'generic_type' && type.fields['name'] ? textOf(file.syntax, type.fields['name']) : undefined;
}

function constructorName(file: SourceFile, made: SyntaxNode): string | undefined {
  const name = made.fields['constructor'];
  return name?.kind === 'identifier' ? textOf(file.syntax, name) : undefined;
}

/** A list of what a collection holds, made only to be asked: `[...set]`, `Array.from(map.keys())`. */
export interface Listing {
  readonly collection: Collection;
  /** What is listed: a set's items; of a map its keys, or whatever has one for each key. */
  readonly lists: 'items' | 'keys' | 'others';
}

/** Reads an expression as the list of all that a set or map holds. */
export function readListing(file: SourceFile, node: SyntaxNode): Listing | undefined {
  const source = listed(file, node);
  if (!source) return undefined;
  const method = methodCall(file.syntax, source, new Set(['keys', 'values', 'entries']));
  const collection = collectionEvidence(file, method ? method.receiver : source);
  if (!collection || (method && method.arguments.length > 0)) return undefined;
  if (!method) return { collection, lists: collection.kind === 'Set' ? 'items' : 'others' };
  const name = textOf(file.syntax, method.property);
  if (collection.kind === 'Set') return { collection, lists: name === 'entries' ? 'others' : 'items' };
  return { collection, lists: name === 'keys' ? 'keys' : 'others' };
}

function listed(file: SourceFile, node: SyntaxNode): SyntaxNode | undefined {
  if (node.kind === 'array') {
    const [only, more] = parts(node);
    return only?.kind === 'spread_element' && !more ? parts(only)[0] : undefined;
  }
  const method = methodCall(file.syntax, node, new Set(['from']));
  const { receiver } = method ?? {};
  const plain =
    receiver?.kind === 'identifier' && textOf(file.syntax, receiver) === 'Array' && !file.scopes.bindingOf(receiver);
  return plain && method?.arguments.length === 1 ? method.arguments[0] : undefined;
}
