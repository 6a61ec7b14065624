import type ts from 'typescript-6';
import type { TypeScript } from './load-typescript.ts';
import { eachNode } from './script-nodes.ts';

/**
 * What evaluating an expression depends on and does: `constant` always gives the same, `fresh` makes a new object, `read`
 * gives what something is at that moment, `effect` may change something.
 */
export type Weight = 'constant' | 'fresh' | 'read' | 'effect';

const order: readonly Weight[] = ['constant', 'fresh', 'read', 'effect'];

export interface Judge {
  readonly typescript: TypeScript;
  readonly checker: ts.TypeChecker;
}

/** Weighs an expression. */
export function weightOf(judge: Judge, node: ts.Node): Weight {
  const own = ownWeight(judge, node);
  if (own === 'effect' || judge.typescript.isFunctionLike(node)) return own;
  let heaviest: Weight = own;
  judge.typescript.forEachChild(node, (child) => {
    if (judge.typescript.isTypeNode(child)) return;
    heaviest = heavier(heaviest, weightOf(judge, child));
  });
  return heaviest;
}

export function heavier(one: Weight, other: Weight): Weight {
  return order.indexOf(one) >= order.indexOf(other) ? one : other;
}

function ownWeight({ typescript, checker }: Judge, node: ts.Node): Weight {
  const { SyntaxKind } = typescript;
  if (typescript.isFunctionLike(node)) return 'fresh';
  if (typescript.isIdentifier(node)) return isFixed({ typescript, checker }, node) ? 'constant' : 'read';
  switch (node.kind) {
    case SyntaxKind.CallExpression:
    case SyntaxKind.NewExpression:
    case SyntaxKind.TaggedTemplateExpression:
    case SyntaxKind.AwaitExpression:
    case SyntaxKind.YieldExpression:
    case SyntaxKind.DeleteExpression:
    case SyntaxKind.PostfixUnaryExpression:
    case SyntaxKind.SpreadElement:
    case SyntaxKind.SpreadAssignment:
      return 'effect';
    case SyntaxKind.PrefixUnaryExpression: {
      const { operator } = node as ts.PrefixUnaryExpression;
      return operator === SyntaxKind.PlusPlusToken || operator === SyntaxKind.MinusMinusToken ? 'effect' : 'constant';
    }
    case SyntaxKind.BinaryExpression: {
      const { kind } = (node as ts.BinaryExpression).operatorToken;
      return kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment ? 'effect' : 'constant';
    }
    case SyntaxKind.PropertyAccessExpression:
      return isEnumMember({ typescript, checker }, node) ? 'constant' : 'read';
    case SyntaxKind.ElementAccessExpression:
    case SyntaxKind.ThisKeyword:
      return 'read';
    case SyntaxKind.ObjectLiteralExpression:
    case SyntaxKind.ArrayLiteralExpression:
    case SyntaxKind.RegularExpressionLiteral:
    case SyntaxKind.JsxElement:
    case SyntaxKind.JsxSelfClosingElement:
    case SyntaxKind.JsxFragment:
    case SyntaxKind.ClassExpression:
      return 'fresh';
    default:
      return 'constant';
  }
}

function isEnumMember({ typescript, checker }: Judge, node: ts.Node): boolean {
  const flags = checker.getSymbolAtLocation(node)?.flags ?? 0;
  return (flags & typescript.SymbolFlags.EnumMember) !== 0;
}

export function isFunction(typescript: TypeScript, node: ts.Node): boolean {
  return typescript.isArrowFunction(node) || typescript.isFunctionExpression(node);
}

/** A name that always means the same value: a constant, import, function, class, or what nothing writes to. */
function isFixed({ typescript, checker }: Judge, node: ts.Identifier): boolean {
  const { parent } = node;
  if (typescript.isPropertyAccessExpression(parent) && parent.name === node) return true;
  if (typescript.isPropertyAssignment(parent) && parent.name === node) return true;
  const symbol = typescript.isShorthandPropertyAssignment(parent)
    ? checker.getShorthandAssignmentValueSymbol(parent)
    : checker.getSymbolAtLocation(node);
  const declared = symbol?.declarations ?? [];
  if (node.text === 'undefined' && declared.length === 0) return true;
  if (!symbol || declared.length === 0) return false;
  return declared.every((one) => {
    if (typescript.isVariableDeclaration(one) && typescript.getCombinedNodeFlags(one) & typescript.NodeFlags.Const)
      return true;
    if (typescript.isFunctionDeclaration(one) || typescript.isClassDeclaration(one)) return true;
    if (typescript.isImportSpecifier(one) || typescript.isImportClause(one) || typescript.isNamespaceImport(one))
      return true;
    if (typescript.isEnumDeclaration(one)) return true;
    const isLocal =
      typescript.isVariableDeclaration(one) || typescript.isParameter(one) || typescript.isBindingElement(one);
    return isLocal && !isWritten({ typescript, checker }, symbol, one);
  });
}

/** Tells whether anything writes to a variable after its declaration. */
export function isWritten({ typescript, checker }: Judge, symbol: ts.Symbol, declared: ts.Declaration): boolean {
  const { SyntaxKind } = typescript;
  let written = false;
  eachNode(typescript, declared.getSourceFile(), (node) => {
    if (written || !typescript.isIdentifier(node) || node.text !== symbol.name || node.parent === declared) return;
    if (isTarget(node) && checker.getSymbolAtLocation(node) === symbol) written = true;
  });
  return written;

  function isTarget(node: ts.Node): boolean {
    const { parent } = node;
    if (typescript.isBinaryExpression(parent)) {
      const { kind } = parent.operatorToken;
      const assigns = kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
      return assigns && parent.left === node;
    }
    if (typescript.isPrefixUnaryExpression(parent) || typescript.isPostfixUnaryExpression(parent)) {
      return parent.operator === SyntaxKind.PlusPlusToken || parent.operator === SyntaxKind.MinusMinusToken;
    }
    if (typescript.isForInStatement(parent) || typescript.isForOfStatement(parent)) return parent.initializer === node;
    const isPattern =
      typescript.isArrayLiteralExpression(parent) ||
      typescript.isPropertyAssignment(parent) ||
      typescript.isShorthandPropertyAssignment(parent) ||
      typescript.isSpreadElement(parent) ||
      typescript.isObjectLiteralExpression(parent);
    return isPattern && inPattern(parent);
  }

  function inPattern(node: ts.Node): boolean {
    const { parent } = node;
    if (typescript.isBinaryExpression(parent))
      return parent.left === node && parent.operatorToken.kind === SyntaxKind.EqualsToken;
    if (typescript.isForInStatement(parent) || typescript.isForOfStatement(parent)) return parent.initializer === node;
    const isPart =
      typescript.isArrayLiteralExpression(parent) ||
      typescript.isObjectLiteralExpression(parent) ||
      typescript.isPropertyAssignment(parent);
    return isPart && inPattern(parent);
  }
}

/**
 * What is evaluated between the beginning of a node and a part of it.
 *
 * @returns The heaviest of it; `effect` also where the part may be left out or evaluated again: behind `&&`, in a branch,
 *   a loop or a function.
 */
export function weightBefore(judge: Judge, part: ts.Node, whole: ts.Node): Weight {
  const { typescript } = judge;
  const { SyntaxKind } = typescript;
  let heaviest: Weight = 'constant';
  for (let at = part; at !== whole; at = at.parent) {
    const { parent } = at;
    if (typescript.isFunctionLike(parent) || typescript.isIterationStatement(parent, false)) return 'effect';
    if (typescript.isClassLike(parent)) return 'effect';
    if (typescript.isConditionalExpression(parent) && parent.condition !== at) return 'effect';
    if (typescript.isIfStatement(parent) && parent.expression !== at) return 'effect';
    if (typescript.isBinaryExpression(parent) && parent.right === at) {
      const { kind } = parent.operatorToken;
      if (
        kind === SyntaxKind.AmpersandAmpersandToken ||
        kind === SyntaxKind.BarBarToken ||
        kind === SyntaxKind.QuestionQuestionToken ||
        (kind >= SyntaxKind.AmpersandAmpersandEqualsToken && kind <= SyntaxKind.QuestionQuestionEqualsToken)
      ) {
        return 'effect';
      }
      // A target without parts is written after the right side.
      if (kind === SyntaxKind.EqualsToken && typescript.isIdentifier(parent.left)) continue;
    }
    if (typescript.isCaseClause(parent) || typescript.isTryStatement(parent)) return 'effect';
    if (typescript.isOptionalChain(parent) && parent.expression !== at) return 'effect';
    typescript.forEachChild(parent, (child) => {
      const isToken = child.kind < SyntaxKind.FirstNode && !typescript.isIdentifier(child);
      if (child.end > at.pos || typescript.isTypeNode(child) || isToken) return;
      if (isCallee(parent, child) || isName(parent, child)) return;
      heaviest = heavier(heaviest, weightOf(judge, child));
    });
  }
  return heaviest;

  /** What is called does not change while its arguments are worked out. */
  function isCallee(parent: ts.Node, child: ts.Node): boolean {
    if (!typescript.isCallExpression(parent) && !typescript.isNewExpression(parent)) return false;
    return parent.expression === child && weightOf(judge, child) !== 'effect';
  }
  function isName(parent: ts.Node, child: ts.Node): boolean {
    return (
      (typescript.isVariableDeclaration(parent) || typescript.isPropertyAssignment(parent)) && parent.name === child
    );
  }
}
