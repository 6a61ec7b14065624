import type { Binding } from './scope.ts';
import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';
import { bare, parts, plainArguments, textOf } from './tree.ts';

const leaves = new Set(['number', 'string', 'true', 'false', 'null', 'undefined', 'regex', 'this']);

/** Methods of strings and arrays that only look, with arguments that are no functions. */
const lookers = new Set(
  (
    'includes startsWith endsWith indexOf lastIndexOf at charAt charCodeAt slice substring trim trimStart ' +
    'trimEnd toLowerCase toUpperCase has'
  ).split(' '),
);

const globals = new Set([
  'Array.isArray',
  'Number.isInteger',
  'Number.isFinite',
  'Number.isNaN',
  'Number.isSafeInteger',
  'Object.hasOwn',
]);

const operators = new Set('=== !== == != < > <= >= && || ?? + - * / % & | ^ instanceof'.split(' '));

/**
 * Says why it may matter how often, or for how many elements, an expression is evaluated.
 *
 * Pure are comparisons, logic and arithmetic of literals, variables and properties, and a few methods that only look.
 * A property that the repository defines as a getter anywhere is not. In JavaScript, where no type vouches that it is
 * there, only one step from the element may be taken without `?.`, since the next could throw.
 *
 * @param element The parameter that stands for the element.
 */
export function impurity(file: SourceFile, expression: SyntaxNode, element: Binding): string | undefined {
  if (expression.kind === 'parenthesized_expression') return first(parts(expression), file, element);
  const node = expression;
  if (leaves.has(node.kind)) return undefined;
  switch (node.kind) {
    case 'identifier':
      return undefined;
    case 'statement_block':
      return impureBlock(file, node, element);
    case 'template_string':
      return first(
        parts(node)
          .filter((part) => part.kind === 'template_substitution')
          .flatMap(parts),
        file,
        element,
      );
    case 'unary_expression':
      return ['!', '-', '+', 'typeof'].includes(node.fields['operator']?.kind ?? '')
        ? first(parts(node), file, element)
        : 'The predicate has an operator with an effect.';
    case 'binary_expression': {
      const operator = node.fields['operator']?.kind ?? '';
      return operators.has(operator)
        ? first([node.fields['left'], node.fields['right']], file, element)
        : 'The predicate may throw.';
    }
    case 'ternary_expression':
      return first([node.fields['condition'], node.fields['consequence'], node.fields['alternative']], file, element);
    case 'member_expression':
    case 'subscript_expression':
      return impureAccess(file, node, element);
    case 'call_expression':
      return impureCall(file, node, element);
    default:
      return 'The predicate does more than compare.';
  }
}

function first(nodes: readonly (SyntaxNode | undefined)[], file: SourceFile, element: Binding): string | undefined {
  for (const node of nodes) {
    const reason = node && impurity(file, node, element);
    if (reason) return reason;
  }
  return undefined;
}

/** A block that is one `return`. */
function impureBlock(file: SourceFile, block: SyntaxNode, element: Binding): string | undefined {
  const [only, more] = parts(block);
  const value = only?.kind === 'return_statement' && !more ? parts(only)[0] : undefined;
  return value ? impurity(file, value, element) : 'The predicate is more than one expression.';
}

function impureAccess(file: SourceFile, access: SyntaxNode, element: Binding): string | undefined {
  const { object, property, index, optional_chain: optional } = access.fields;
  if (!object) return 'The predicate does more than compare.';
  if (property && file.accessors.has(textOf(file.syntax, property))) {
    return `${textOf(file.syntax, property)} is a getter somewhere in the repository, which may have an effect.`;
  }
  if (index && bare(index).kind !== 'number' && file.accessors.size > 0) return 'The predicate may call a getter.';
  const mayThrow = !file.typed && !optional && isElementPath(file, object, element);
  if (mayThrow) return 'For a later element the predicate might throw.';
  return first([object, index], file, element);
}

/** A property of the element, as opposed to the element itself: it may be missing in a later one. */
function isElementPath(file: SourceFile, object: SyntaxNode, element: Binding): boolean {
  const node = bare(object);
  if (node.kind === 'identifier') return false;
  for (let at: SyntaxNode | undefined = node; at;) {
    if (at.kind === 'identifier') return file.scopes.bindingOf(at) === element;
    at = at.fields['object'] ?? at.fields['function'];
  }
  return false;
}

function impureCall(file: SourceFile, call: SyntaxNode, element: Binding): string | undefined {
  const callee = call.fields['function'];
  const given = plainArguments(call);
  if (!callee || !given) return 'The predicate calls a function that may have an effect.';
  const text = textOf(file.syntax, callee);
  const { object, property } = callee.fields;
  if (callee.kind === 'member_expression' && globals.has(text) && object && !file.scopes.bindingOf(object)) {
    return first(given, file, element);
  }
  if (callee.kind === 'identifier') {
    const plain = ['Boolean', 'String'].includes(text) && !file.scopes.bindingOf(callee);
    return plain ? first(given, file, element) : 'The predicate calls a function that may have an effect.';
  }
  if (callee.kind !== 'member_expression' || !property || !object || !lookers.has(textOf(file.syntax, property))) {
    return 'The predicate calls a method that may have an effect.';
  }
  if (bare(object).kind === 'regex') return 'The predicate may change the state of a pattern.';
  if (!file.typed && bare(object).kind !== 'string' && touches(file, object, element)) {
    return 'For a later element the predicate might throw.';
  }
  if (file.accessors.has(textOf(file.syntax, property)))
    return 'The predicate calls a method that the repository defines.';
  return first([object, ...given], file, element);
}

function touches(file: SourceFile, object: SyntaxNode, element: Binding): boolean {
  const node = bare(object);
  if (node.kind === 'identifier') return file.scopes.bindingOf(node) === element;
  return isElementPath(file, node, element);
}
