import { impurity } from './purity.ts';
import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { hasToken, parts, some, textOf, type MethodCall } from './tree.ts';

/**
 * Says why it may matter for which elements the predicate of `filter(p)` is called; nothing for an inline function of the
 * element alone that has no side effect.
 */
export function badPredicate(file: SourceFile, { call, arguments: given }: MethodCall): string | undefined {
  const [predicate] = given;
  if (call.fields['type_arguments']) return 'filter is called with type arguments.';
  if (!predicate || given.length !== 1) return 'filter is called with more than a predicate.';
  if (predicate.kind === 'identifier') {
    const name = textOf(file.syntax, predicate);
    return name === 'Boolean' && !file.scopes.bindingOf(predicate)
      ? undefined
      : 'The predicate stands elsewhere; it may have side effects.';
  }
  if (!['arrow_function', 'function_expression'].includes(predicate.kind) || hasToken(predicate, 'async')) {
    return 'The predicate is not an inline function.';
  }
  if (predicate.kind === 'function_expression' && some(predicate, (node) => ownMeaning(file, node))) {
    return 'The predicate uses its own this or arguments.';
  }
  const { parameter, parameters, body } = predicate.fields;
  const names = parameter ? [parameter] : parts(parameters ?? predicate);
  if (names.length !== 1 || !isPlainName(names[0])) return 'The predicate takes more than the element.';
  const name = names[0]?.fields['pattern'] ?? names[0];
  const element = name && file.scopes.bindingOf(name);
  if (!body || !element) return 'The predicate is not plain.';
  return impurity(file, body, element);
}

/** What means something else in a function than around it. */
function ownMeaning(file: SourceFile, node: SyntaxNode): boolean {
  return node.kind === 'this' || (node.kind === 'identifier' && textOf(file.syntax, node) === 'arguments');
}

function isPlainName(node: SyntaxNode | undefined): boolean {
  if (node?.kind === 'identifier') return true;
  return node?.kind === 'required_parameter' && node.fields['pattern']?.kind === 'identifier' && !node.fields['value'];
}
