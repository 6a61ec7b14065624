import { hasElision } from '../scan/array-evidence.ts';
import { asksConstant, becomeSet, lookUp } from '../scan/set-lookup.ts';
import type { SourceFile } from '../scan/source-file.ts';
import type { SyntaxNode } from '../scan/syntax.ts';
import { refuse, type Template, type Verdict } from '../scan/template.ts';
import { all, bare, hasToken, parts } from '../scan/tree.ts';

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
  hint: (text) => asksConstant(text, /\[/y),
  find(file) {
    return all(file.syntax.root, 'variable_declarator').flatMap((declarator) => judge(file, declarator) ?? []);
  },
};

function judge(file: SourceFile, declarator: SyntaxNode): Verdict | undefined {
  const { name, value } = declarator.fields;
  const list = name?.kind === 'identifier' ? file.scopes.bindingOf(name) : undefined;
  const literal = value && listLiteral(value);
  if (!list || !literal || list.scope.kind !== 'program' || parts(literal).length < minItems) return undefined;
  if (!list.references.some((mention) => lookUp(file, mention) !== undefined)) return undefined;
  const refused = badList(file, declarator, literal);
  if (refused) return refuse(declarator, refused);
  const set = becomeSet(file, declarator, list);
  if ('refused' in set) return refuse(declarator, set.refused);
  return {
    at: declarator,
    edits: set.edits,
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

function badList(file: SourceFile, declarator: SyntaxNode, literal: SyntaxNode): string | undefined {
  const place = declarator.parent?.parent?.kind;
  if (place === 'export_statement') return 'The list is exported.';
  if (place !== 'program') return 'The list is not declared at the top of the module.';
  if (!file.module) return 'The file may be a script whose names other scripts see.';
  return hasElision(literal) || !parts(literal).every((item) => isLiteral(item))
    ? 'An item is not a literal.'
    : undefined;
}

const literals = new Set(['string', 'number', 'true', 'false', 'null', 'undefined']);

function isLiteral(item: SyntaxNode): boolean {
  const node = bare(item);
  if (literals.has(node.kind)) return true;
  if (node.kind === 'template_string') return parts(node).every((part) => part.kind !== 'template_substitution');
  if (node.kind !== 'unary_expression' || node.fields['operator']?.kind !== '-') return false;
  return node.fields['argument']?.kind === 'number';
}
