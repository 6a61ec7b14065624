import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { parts, textOf } from './tree.ts';

/** Gives the type inside `: T`, or the node itself. */
export function annotated(annotation: SyntaxNode | undefined): SyntaxNode | undefined {
  if (annotation?.kind !== 'type_annotation') return annotation;
  return parts(annotation)[0];
}

/**
 * Tells whether a type, as written, is an array: `T[]`, `Array<T>`, a tuple, or a read-only one.
 *
 * @returns `undefined` for anything else, names of other types included: what they stand for is not looked up.
 */
export function arrayType(file: SourceFile, type: SyntaxNode | undefined): 'mutable' | 'readonly' | undefined {
  switch (type?.kind) {
    case 'array_type':
      return 'mutable';
    case 'parenthesized_type':
      return arrayType(file, parts(type)[0]);
    case 'readonly_type':
      return arrayType(file, parts(type)[0]) && 'readonly';
    case 'generic_type':
      return genericArray(file, type);
    default:
      return undefined;
  }
}

function genericArray(file: SourceFile, type: SyntaxNode): 'mutable' | 'readonly' | undefined {
  const name = type.fields['name'] ? textOf(file.syntax, type.fields['name']) : '';
  if (file.scopes.declares(name)) return undefined;
  if (name === 'Array') return 'mutable';
  return name === 'ReadonlyArray' ? 'readonly' : undefined;
}

/** Gives the element type of `T[]`, `Array<T>` and their read-only forms. */
export function elementType(type: SyntaxNode): SyntaxNode | undefined {
  if (type.kind === 'array_type') return parts(type)[0];
  if (type.kind === 'readonly_type' || type.kind === 'parenthesized_type') {
    const inner = parts(type)[0];
    return inner && elementType(inner);
  }
  const list = type.fields['type_arguments'];
  return list && parts(list)[0];
}

/**
 * Gives the value type of a dictionary that may be written to by any string: `Record<string, V>` or
 * `{ [key: string]: V }`.
 */
export function dictionaryType(file: SourceFile, type: SyntaxNode | undefined): boolean {
  if (type?.kind === 'generic_type') {
    const [key] = parts(type.fields['type_arguments'] ?? type);
    const name = type.fields['name'] ? textOf(file.syntax, type.fields['name']) : '';
    return (
      name === 'Record' && !file.scopes.declares(name) && key !== undefined && textOf(file.syntax, key) === 'string'
    );
  }
  if (type?.kind !== 'object_type') return false;
  const members = parts(type);
  const index = members[0];
  if (members.length !== 1 || index?.kind !== 'index_signature') return false;
  const key = index.fields['index_type'];
  return (
    key !== undefined && textOf(file.syntax, key) === 'string' && !index.children.some((at) => at.kind === 'readonly')
  );
}
