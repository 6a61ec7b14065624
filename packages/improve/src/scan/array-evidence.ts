import type { Binding } from './scope.ts';
import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { annotated, arrayType } from './types.ts';
import { above, functionOf, hasToken, isFunction, methodCall, parts, textOf } from './tree.ts';

/** Whether an expression is an array: surely, surely not, or nothing in the file says. */
export type Evidence = 'array' | 'other' | 'unknown';

const arrayMethods = new Set(
  'map filter slice concat flat flatMap sort reverse splice toSorted toReversed toSpliced'.split(' '),
);

const arrayMakers: { readonly [object: string]: ReadonlySet<string> } = {
  Object: new Set(['keys', 'values', 'entries', 'getOwnPropertyNames']),
  Array: new Set(['from', 'of']),
};

const notArrays = new Set(
  (
    'object string template_string number regex true false null undefined arrow_function ' +
    'function_expression generator_function class new_expression this super binary_expression'
  ).split(' '),
);

/**
 * Tells whether an expression is a dense array, from what stands in the file: literals, what returns arrays, types as
 * written, JSDoc, and how a variable came to its value.
 */
export function arrayEvidence(file: SourceFile, node: SyntaxNode, seen: ReadonlySet<Binding> = new Set()): Evidence {
  const again = (inner: SyntaxNode | undefined) => (inner ? arrayEvidence(file, inner, seen) : 'unknown');
  switch (node.kind) {
    case 'array':
      return hasElision(node) ? 'unknown' : 'array';
    case 'parenthesized_expression':
    case 'non_null_expression':
      return again(parts(node)[0]);
    case 'as_expression':
    case 'satisfies_expression': {
      const [inner, type] = parts(node);
      return arrayType(file, type)
        ? 'array'
        : node.kind === 'satisfies_expression' || hasToken(node, 'const')
          ? again(inner)
          : 'unknown';
    }
    case 'ternary_expression': {
      const both = [again(node.fields['consequence']), again(node.fields['alternative'])];
      return both.every((one) => one === 'array') ? 'array' : both.includes('other') ? 'other' : 'unknown';
    }
    case 'call_expression':
      return callEvidence(file, node, seen);
    case 'identifier': {
      const binding = file.scopes.bindingOf(node);
      return binding && !seen.has(binding) ? bindingEvidence(file, binding, new Set([...seen, binding])) : 'unknown';
    }
    case 'member_expression':
      return fieldEvidence(file, node);
    default:
      return notArrays.has(node.kind) ? 'other' : 'unknown';
  }
}

/** Tells whether an array literal leaves out an element, as `[1, , 2]` does. */
export function hasElision(array: SyntaxNode): boolean {
  const tokens = array.children.filter((child) => child.kind !== 'comment');
  return tokens.some(
    (token, at) => token.kind === ',' && (tokens[at - 1]?.kind === ',' || tokens[at - 1]?.kind === '['),
  );
}

function callEvidence(file: SourceFile, call: SyntaxNode, seen: ReadonlySet<Binding>): Evidence {
  const { syntax, scopes } = file;
  const callee = call.fields['function'];
  if (callee?.kind === 'identifier') {
    const declared = scopes.bindingOf(callee)?.declarations;
    const type = declared?.length === 1 ? declared[0]?.parent?.fields['return_type'] : undefined;
    return arrayType(file, annotated(type)) ? 'array' : 'unknown';
  }
  if (callee?.kind !== 'member_expression') return 'unknown';
  const { object, property } = callee.fields;
  if (!object || !property) return 'unknown';
  const name = textOf(syntax, property);
  if (object.kind === 'identifier' && !scopes.bindingOf(object) && arrayMakers[textOf(syntax, object)]?.has(name)) {
    return name === 'from' && hasLengthOnly(call) ? 'unknown' : 'array';
  }
  if (name === 'split' && (object.kind === 'string' || object.kind === 'template_string')) return 'array';
  return methodCall(syntax, call, arrayMethods) && arrayEvidence(file, object, seen) === 'array' ? 'array' : 'unknown';
}

/** `Array.from({ length })` is dense too, but a subclass or an exotic source is not worth the trust. */
function hasLengthOnly(call: SyntaxNode): boolean {
  const list = call.fields['arguments'];
  return list !== undefined && parts(list)[0]?.kind === 'spread_element';
}

function bindingEvidence(file: SourceFile, binding: Binding, seen: ReadonlySet<Binding>): Evidence {
  const [name] = binding.declarations;
  if (!name || binding.declarations.length > 1) return 'unknown';
  if (mayBecomeSparse(file, binding)) return 'unknown';
  const holder = name.parent;
  if (binding.kind === 'param') return parameterEvidence(file, name);
  if (binding.kind === 'function' || binding.kind === 'class') return 'other';
  if (holder?.kind !== 'variable_declarator' || holder.fields['name'] !== name) return 'unknown';
  const type = annotated(holder.fields['type']);
  if (type) return typeEvidence(file, type);
  if (binding.kind !== 'const' && binding.references.some((reference) => isWritten(reference))) return 'unknown';
  if (hasDocType(file, holder)) return 'array';
  return holder.fields['value'] ? arrayEvidence(file, holder.fields['value'], seen) : 'unknown';
}

function parameterEvidence(file: SourceFile, name: SyntaxNode): Evidence {
  const holder = name.parent;
  if (holder?.kind === 'rest_pattern') return holder.parent?.kind.includes('pattern') ? 'unknown' : 'array';
  const typed = holder?.kind === 'required_parameter' || holder?.kind === 'optional_parameter';
  const type = typed ? annotated(holder.fields['type']) : undefined;
  if (type) return typeEvidence(file, type);
  const direct =
    holder?.kind === 'formal_parameters' || holder?.kind === 'assignment_pattern' || holder?.kind === 'arrow_function';
  return direct && docParameter(file, name) ? 'array' : 'unknown';
}

const plainTypes = new Set([
  'predefined_type',
  'object_type',
  'function_type',
  'literal_type',
  'generic_type',
  'type_identifier',
]);

function typeEvidence(file: SourceFile, type: SyntaxNode): Evidence {
  if (arrayType(file, type)) return 'array';
  if (textOf(file.syntax, type) === 'any' || textOf(file.syntax, type) === 'unknown') return 'unknown';
  return plainTypes.has(type.kind) ? 'other' : 'unknown';
}

/** `this.items` where the class says `items: T[]`. */
function fieldEvidence(file: SourceFile, member: SyntaxNode): Evidence {
  const { object, property } = member.fields;
  if (object?.kind !== 'this' || !property) return 'unknown';
  const name = textOf(file.syntax, property);
  if (file.accessors.has(name)) return 'unknown';
  const within = functionOf(member);
  const owner = within.kind === 'arrow_function' ? above(within, (node) => node.kind === 'method_definition') : within;
  const body = owner?.parent?.kind === 'class_body' ? owner.parent : undefined;
  const field = body?.children.find(
    (child) =>
      child.kind === 'public_field_definition' &&
      child.fields['name'] &&
      textOf(file.syntax, child.fields['name']) === name,
  );
  return field && arrayType(file, annotated(field.fields['type'])) ? 'array' : 'unknown';
}

/** Tells whether an identifier is assigned to, in whatever form. */
export function isWritten(reference: SyntaxNode): boolean {
  let node = reference;
  for (let up = node.parent; up; node = up, up = up.parent) {
    switch (up.kind) {
      case 'assignment_expression':
      case 'augmented_assignment_expression':
      case 'for_in_statement':
        return up.fields['left'] === node;
      case 'update_expression':
        return true;
      case 'unary_expression':
        return up.fields['operator']?.kind === 'delete';
      case 'parenthesized_expression':
      case 'non_null_expression':
      case 'array_pattern':
      case 'object_pattern':
      case 'pair_pattern':
      case 'rest_pattern':
      case 'assignment_pattern':
      case 'object_assignment_pattern':
        break;
      default:
        return false;
    }
  }
  return false;
}

/** An element assigned or deleted, or a length set, may leave holes. */
function mayBecomeSparse(file: SourceFile, binding: Binding): boolean {
  return binding.references.some((reference) => {
    const up = reference.parent;
    if (up?.kind === 'subscript_expression' && up.fields['object'] === reference) return isWritten(up);
    if (up?.kind !== 'member_expression' || up.fields['object'] !== reference || !up.fields['property']) return false;
    return textOf(file.syntax, up.fields['property']) === 'length' && isWritten(up);
  });
}

const docArray = String.raw`(?:readonly\s+)?(?:[\w$.]+(?:<[^{}]*>)?\[\]|(?:Readonly)?Array(?:\.?<[^{}]*>))`;

function docParameter(file: SourceFile, name: SyntaxNode): boolean {
  const owner = functionOf(name);
  const doc = docBefore(file, owner);
  const wanted = textOf(file.syntax, name).replaceAll('$', String.raw`\$`);
  return doc !== undefined && new RegExp(String.raw`@param\s+\{\s*${docArray}\s*\}\s+\[?${wanted}(?![\w$.])`).test(doc);
}

function hasDocType(file: SourceFile, declarator: SyntaxNode): boolean {
  const doc = docBefore(file, declarator);
  return doc !== undefined && new RegExp(String.raw`@type\s+\{\s*${docArray}\s*\}`).test(doc);
}

/** Gives the JSDoc comment right before the statement a node begins. */
function docBefore(file: SourceFile, node: SyntaxNode): string | undefined {
  let at = node;
  while (at.parent && !['program', 'statement_block', 'class_body', 'switch_body'].includes(at.parent.kind)) {
    at = at.parent;
    if (isFunction(at)) return undefined;
  }
  const siblings = at.parent?.children ?? [];
  const before = siblings[siblings.indexOf(at) - 1];
  const text = before?.kind === 'comment' ? textOf(file.syntax, before) : '';
  return text.startsWith('/**') ? text : undefined;
}
