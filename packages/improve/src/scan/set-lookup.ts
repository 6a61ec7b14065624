import type { Binding } from './scope.ts';
import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { insertAt, replaceNode, type TextEdit } from './template.ts';
import { methodCall, textOf } from './tree.ts';
import { annotated, arrayType, elementType } from './types.ts';

/** Tells by plain text whether something is asked `includes` that is declared a constant of a matching value. */
export function asksConstant(text: string, value: RegExp): boolean {
  const asked = new Set(Array.from(text.matchAll(/([\w$]+)\s*\.includes\(/g), (match) => match[1]));
  if (asked.size === 0) return false;
  for (const match of text.matchAll(/\bconst\s+([\w$]+)\s*(?::[^=;]{0,200})?=\s*/g)) {
    value.lastIndex = match.index + match[0].length;
    if (asked.has(match[1]) && value.test(text)) return true;
  }
  return false;
}

/**
 * Gives the edits that make a constant list a set and each question `includes` the question `has`.
 *
 * `includes` and `has` compare alike, `NaN` and `-0` too, and both take a hole for `undefined`.
 */
export function becomeSet(
  file: SourceFile,
  declarator: SyntaxNode,
  list: Binding,
): { readonly edits: readonly TextEdit[] } | { readonly refused: string } {
  const { value, type } = declarator.fields;
  if (!value) return { refused: 'The list has no value.' };
  if (list.kind !== 'const' || list.declarations.length > 1)
    return { refused: 'The list is not a constant declared once.' };
  if (file.scopes.declares('Set')) return { refused: 'Set means something else in this file.' };
  if (hasDocType(file, declarator)) return { refused: 'A comment gives the type of the list.' };
  const edits: TextEdit[] = [insertAt(value.start, 'new Set('), insertAt(value.end, ')')];
  for (const mention of list.references) {
    const name = lookUp(file, mention);
    if (!name) return { refused: `${list.name} is used for more than includes with one argument.` };
    edits.push(replaceNode(name, 'has'));
  }
  const retyped = type && setType(file, type);
  if (type && !retyped) return { refused: 'The type of the list cannot be turned into that of a set.' };
  return { edits: retyped ? [...edits, retyped] : edits };
}

function hasDocType(file: SourceFile, declarator: SyntaxNode): boolean {
  const declaration = declarator.parent;
  const siblings = declaration?.parent?.children ?? [];
  const before = declaration && siblings[siblings.indexOf(declaration) - 1];
  return before?.kind === 'comment' && /@(type|satisfies)\b/.test(textOf(file.syntax, before));
}

/** Gives the name `includes` of a call on the list with one plain argument. */
export function lookUp(file: SourceFile, mention: SyntaxNode): SyntaxNode | undefined {
  const call = mention.parent?.kind === 'member_expression' ? mention.parent.parent : undefined;
  const method = call && methodCall(file.syntax, call, new Set(['includes']));
  return method?.receiver === mention && method.arguments.length === 1 && !call?.fields['type_arguments']
    ? method.property
    : undefined;
}

/** `string[]` to `Set<string>`, `readonly string[]` to `ReadonlySet<string>`. */
function setType(file: SourceFile, annotation: SyntaxNode): TextEdit | undefined {
  const type = annotated(annotation);
  const kind = arrayType(file, type);
  const element = type && kind && elementType(type);
  if (!type || !element) return undefined;
  const name = kind === 'readonly' ? 'ReadonlySet' : 'Set';
  return file.scopes.declares(name) ? undefined : replaceNode(type, `${name}<${textOf(file.syntax, element)}>`);
}
