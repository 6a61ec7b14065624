import type { SyntaxNode } from './syntax.ts';

/** Gives the identifiers that a name or a destructuring pattern declares. */
export function patternNames(pattern: SyntaxNode): SyntaxNode[] {
  switch (pattern.kind) {
    case 'identifier':
    case 'type_identifier':
    case 'shorthand_property_identifier_pattern':
      return [pattern];
    case 'assignment_pattern':
    case 'object_assignment_pattern':
      return pattern.fields['left'] ? patternNames(pattern.fields['left']) : [];
    case 'pair_pattern':
      return pattern.fields['value'] ? patternNames(pattern.fields['value']) : [];
    case 'object_pattern':
    case 'array_pattern':
    case 'rest_pattern':
      return pattern.children.flatMap(patternNames);
    default:
      return [];
  }
}
