import { arrayEvidence } from './array-evidence.ts';
import type { Binding } from './scope.ts';
import { annotated } from './types.ts';
import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { bare, methodCall, parts, textOf } from './tree.ts';

const numeric = new Set([
  '-',
  '*',
  '/',
  '%',
  '**',
  '|',
  '&',
  '^',
  '<<',
  '>>',
  '>>>',
  '<',
  '>',
  '<=',
  '>=',
  '===',
  '!==',
  '==',
  '!=',
]);

/**
 * Tells whether an expression, as a property key, is surely not `__proto__`.
 *
 * Only that key makes `object[key] = value` differ from `{ [key]: value }`: it would set the prototype.
 */
export function neverProto(file: SourceFile, expression: SyntaxNode, depth = 0): boolean {
  const node = bare(expression);
  switch (node.kind) {
    case 'number':
    case 'true':
    case 'false':
    case 'null':
    case 'undefined':
      return true;
    case 'string':
    case 'template_string':
      return parts(node).some(
        (part) => part.kind === 'string_fragment' && !'__proto__'.includes(textOf(file.syntax, part)),
      );
    case 'unary_expression':
      return node.fields['operator']?.kind !== 'void';
    case 'binary_expression':
      return neverProtoOperation(file, node);
    case 'identifier':
      return depth < 4 && neverProtoName(file, node, depth);
    default:
      return false;
  }
}

function neverProtoOperation(file: SourceFile, node: SyntaxNode): boolean {
  const { left, operator, right } = node.fields;
  if (!left || !operator || !right) return false;
  if (numeric.has(operator.kind)) return true;
  if (operator.kind !== '+') return false;
  return [left, right].some((side) => ['string', 'template_string'].includes(side.kind) && neverProto(file, side));
}

function neverProtoName(file: SourceFile, name: SyntaxNode, depth: number): boolean {
  const binding = file.scopes.bindingOf(name);
  const holder = binding?.declarations.length === 1 ? binding.declarations[0]?.parent : undefined;
  const type = annotated(holder?.fields['type']);
  if (type && textOf(file.syntax, type) === 'number') return true;
  if (binding?.kind === 'param' && isElementOfLiterals(file, binding)) return true;
  if (
    binding?.kind !== 'const' ||
    holder?.kind !== 'variable_declarator' ||
    holder.fields['name']?.kind !== 'identifier'
  )
    return false;
  return holder.fields['value'] !== undefined && neverProto(file, holder.fields['value'], depth + 1);
}

/** The element of `['a', 'b'].reduce((all, element) => …)`, or its index in any array. */
function isElementOfLiterals(file: SourceFile, { declarations: [name] }: Binding): boolean {
  const holder = name?.parent?.kind.endsWith('_parameter') ? name.parent : name;
  const callback = holder?.parent?.kind === 'formal_parameters' ? holder.parent.parent : undefined;
  const call = callback?.parent?.kind === 'arguments' ? callback.parent.parent : undefined;
  const method = call && methodCall(file.syntax, call, new Set(['reduce', 'reduceRight']));
  if (!holder?.parent || !method || method.arguments[0] !== callback) return false;
  const place = parts(holder.parent).indexOf(holder);
  if (place === 2) return arrayEvidence(file, method.receiver) === 'array';
  const receiver = bare(method.receiver);
  const literals =
    receiver.kind === 'array' && parts(receiver).every((item) => item.kind === 'string' || item.kind === 'number');
  return place === 1 && literals && !/__proto__|\\/.test(textOf(file.syntax, receiver));
}

/** Tells whether a property's written name is one that assignment treats like a literal does. */
export function plainPropertyName(file: SourceFile, key: SyntaxNode): boolean {
  const text = textOf(file.syntax, key);
  return !text.includes('__proto__') && !text.includes('\\') && !text.startsWith('#');
}
