import { hasElision } from '../scan/array-evidence.ts';
import type { Binding } from '../scan/scope.ts';
import type { SourceFile } from '../scan/source-file.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { insertAt, refuse, replaceNode, type Template, type TextEdit, type Verdict } from '../scan/template.ts';
import { all, bare, hasToken, methodCall, parts, textOf } from '../scan/tree.ts';
import { annotated, arrayType, elementType } from '../scan/types.ts';

/** Below this many items a set gains nothing. */
const minItems = 8;

/**
 * A module's constant list that is only asked `includes` becomes a set, which answers without running through it.
 *
 * Holds when the list is a `const` of literals at the top of a module, never exported, and every mention of it is a
 * call of `includes` with one argument. `includes` and `has` compare alike, `NaN` and `-0` too.
 */
export const includesSet: Template = {
  id: 'includes-set',
  title: 'Ask a set instead of searching a list',
  gain: 5,
  hints: [/\.includes\s*\(/, /^const\s[^=]*=\s*\[/m],
  find(file) {
    return all(file.syntax.root, 'variable_declarator').flatMap((declarator) => judge(file, declarator) ?? []);
  },
};

function judge(file: SourceFile, declarator: SyntaxNode): Verdict | undefined {
  const { name, value, type } = declarator.fields;
  const list = name?.kind === 'identifier' ? file.scopes.bindingOf(name) : undefined;
  const literal = value && listLiteral(value);
  if (!list || !literal || list.scope.kind !== 'program' || parts(literal).length < minItems) return undefined;
  const calls = list.references.map((mention) => lookUp(file, mention));
  if (!calls.some((call) => call !== undefined)) return undefined;

  const refused = badList(file, list, declarator, literal);
  if (refused) return refuse(declarator, refused);
  const edits: TextEdit[] = [insertAt(value.start, 'new Set('), insertAt(value.end, ')')];
  for (const call of calls) {
    if (!call) return refuse(declarator, `${list.name} is used for more than includes with one argument.`);
    edits.push(replaceNode(call, 'has'));
  }
  const retyped = type && setType(file, type);
  if (type && !retyped) return refuse(declarator, 'The type of the list cannot be turned into that of a set.');
  if (retyped) edits.push(retyped);
  return {
    at: declarator,
    edits,
    rationale:
      `${list.name} holds ${parts(literal).length} constants and is only asked whether it includes something; a set answers ` +
      'that without comparing them one by one, by the same rule of equality.',
    risk: 'none',
  };
}

/** `[…]`, or `[…] as const`. */
function listLiteral(value: SyntaxNode): SyntaxNode | undefined {
  if (value.kind === 'array') return value;
  const [inner] = value.kind === 'as_expression' && hasToken(value, 'const') ? parts(value) : [];
  return inner?.kind === 'array' ? inner : undefined;
}

/** Gives the name `includes` of a call on the list with one plain argument. */
function lookUp(file: SourceFile, mention: SyntaxNode): SyntaxNode | undefined {
  const call = mention.parent?.kind === 'member_expression' ? mention.parent.parent : undefined;
  const method = call && methodCall(file.syntax, call, new Set(['includes']));
  return method?.receiver === mention && method.arguments.length === 1 && !call?.fields['type_arguments']
    ? method.property
    : undefined;
}

function badList(file: SourceFile, list: Binding, declarator: SyntaxNode, literal: SyntaxNode): string | undefined {
  const declaration = declarator.parent;
  if (list.kind !== 'const' || list.declarations.length > 1) return 'The list is not a constant declared once.';
  if (declaration?.parent?.kind === 'export_statement') return 'The list is exported.';
  if (declaration?.parent?.kind !== 'program') return 'The list is not declared at the top of the module.';
  if (!file.module) return 'The file may be a script whose names other scripts see.';
  if (file.scopes.declares('Set')) return 'Set means something else in this file.';
  if (hasElision(literal) || !parts(literal).every((item) => isLiteral(item))) return 'An item is not a literal.';
  return hasDocType(file, declaration) ? 'A comment gives the type of the list.' : undefined;
}

const literals = new Set(['string', 'number', 'true', 'false', 'null', 'undefined']);

function isLiteral(item: SyntaxNode): boolean {
  const node = bare(item);
  if (literals.has(node.kind)) return true;
  if (node.kind === 'template_string') return parts(node).every((part) => part.kind !== 'template_substitution');
  if (node.kind !== 'unary_expression' || node.fields['operator']?.kind !== '-') return false;
  return node.fields['argument']?.kind === 'number';
}

function hasDocType(file: SourceFile, declaration: SyntaxNode): boolean {
  const siblings = declaration.parent?.children ?? [];
  const before = siblings[siblings.indexOf(declaration) - 1];
  return before?.kind === 'comment' && /@(type|satisfies)\b/.test(textOf(file.syntax, before));
}

/** `string[]` to `Set<string>`, `readonly string[]` to `ReadonlySet<string>`. */
function setType(file: SourceFile, annotation: SyntaxNode): TextEdit | undefined {
  const type = annotated(annotation);
  const kind = arrayType(file, type);
  const element = type && kind && elementType(type);
  if (!type || !element || element.kind !== 'predefined_type') return undefined;
  const name = kind === 'readonly' ? 'ReadonlySet' : 'Set';
  return file.scopes.declares(name) ? undefined : replaceNode(type, `${name}<${textOf(file.syntax, element)}>`);
}
