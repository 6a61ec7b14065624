import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { hasToken, textOf } from './tree.ts';
import { annotated } from './types.ts';

/** Tells whether TypeScript surely accepts `undefined` where an expression stands, whatever the compiler options. */
export function allowsUndefined(file: SourceFile, node: SyntaxNode): boolean {
  const up = node.parent;
  switch (up?.kind) {
    case 'parenthesized_expression':
      return allowsUndefined(file, up) || isCondition(up);
    case 'non_null_expression':
    case 'expression_statement':
      return true;
    case 'member_expression':
    case 'subscript_expression':
    case 'call_expression':
      return up.fields['optional_chain'] !== undefined || hasToken(up, '?.');
    case 'unary_expression':
      return up.fields['operator']?.kind === '!' || up.fields['operator']?.kind === 'typeof';
    case 'binary_expression':
      return toleratesUndefined(up, node);
    case 'ternary_expression':
      return up.fields['condition'] === node;
    case 'variable_declarator': {
      const type = annotated(up.fields['type']);
      return type?.kind === 'union_type' && /\bundefined\b/.test(textOf(file.syntax, type));
    }
    default:
      return false;
  }
}

function isCondition(parenthesized: SyntaxNode): boolean {
  const up = parenthesized.parent;
  return up?.fields['condition'] === parenthesized && up.kind !== 'for_statement';
}

function toleratesUndefined(binary: SyntaxNode, side: SyntaxNode): boolean {
  const operator = binary.fields['operator']?.kind ?? '';
  if (['===', '!==', '==', '!='].includes(operator)) return true;
  return ['??', '||'].includes(operator) && binary.fields['left'] === side;
}
