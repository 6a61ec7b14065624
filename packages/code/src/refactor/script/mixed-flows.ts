import type ts from 'typescript-6';

/** Tells whether a property is the one that is renamed. */
export type IsRenamed = (property: ts.Symbol) => boolean;

/** A value that goes from a type with the renamed property to one that has the old name for itself, or the other way. */
export interface MixedFlow {
  readonly node: ts.Node;
}

export interface FlowLook {
  readonly typescript: typeof ts;
  readonly checker: ts.TypeChecker;
  readonly old: string;
  readonly isRenamed: IsRenamed;
}

/**
 * Finds where values pass between types that are only alike by their shape: there the compiler says nothing when an optional
 * property has another name, or when a property comes along in a spread.
 */
export function mixedFlowAt(look: FlowLook, node: ts.Node): MixedFlow | undefined {
  const { typescript, checker } = look;
  const flow = flowOf(typescript, node);
  if (!flow) return undefined;
  const from = namedBy(look, checker.getTypeAtLocation(flow.from));
  if (from === 'none') return undefined;
  const wanted = flow.type ? checker.getTypeFromTypeNode(flow.type) : checker.getContextualType(flow.to);
  const to = wanted ? namedBy(look, wanted) : 'none';
  return to !== 'none' && to !== from ? { node: flow.from } : undefined;
}

interface Flow {
  readonly from: ts.Expression;
  readonly to: ts.Expression;
  /** The type that is wanted, where it is written. */
  readonly type?: ts.TypeNode;
}

function flowOf(typescript: typeof ts, node: ts.Node): Flow | undefined {
  if (typescript.isSpreadAssignment(node)) return { from: node.expression, to: node.parent };
  if (typescript.isJsxSpreadAttribute(node)) {
    const { attributes } = node.parent.parent;
    return { from: node.expression, to: attributes as unknown as ts.Expression };
  }
  if (typescript.isVariableDeclaration(node) && node.initializer && node.type)
    return valueFlow(typescript, node.initializer, node.type);
  if (typescript.isReturnStatement(node) && node.expression) return valueFlow(typescript, node.expression);
  if (typescript.isAsExpression(node) || typescript.isSatisfiesExpression(node))
    return valueFlow(typescript, node.expression, node.type);
  const { parent } = node;
  const isArgument =
    (typescript.isCallExpression(parent) || typescript.isNewExpression(parent)) &&
    parent.arguments?.some((one) => one === node) === true;
  const isAssigned =
    typescript.isBinaryExpression(parent) &&
    parent.operatorToken.kind === typescript.SyntaxKind.EqualsToken &&
    parent.right === node;
  const isProperty = typescript.isPropertyAssignment(parent) && parent.initializer === node;
  const isBody = typescript.isArrowFunction(parent) && parent.body === node && !typescript.isBlock(node);
  return isArgument || isAssigned || isProperty || isBody ? valueFlow(typescript, node as ts.Expression) : undefined;
}

/** Only values that got their type elsewhere: what is written here takes the type that is wanted. */
function valueFlow(typescript: typeof ts, from: ts.Expression, type?: ts.TypeNode): Flow | undefined {
  const isElsewhere =
    typescript.isIdentifier(from) ||
    typescript.isPropertyAccessExpression(from) ||
    typescript.isElementAccessExpression(from) ||
    typescript.isCallExpression(from) ||
    typescript.isNewExpression(from) ||
    typescript.isAwaitExpression(from) ||
    from.kind === typescript.SyntaxKind.ThisKeyword;
  return isElsewhere ? { from, to: from, ...(type ? { type } : {}) } : undefined;
}

/** Whether the property of this name is the renamed one, another, or both for the parts of a union. */
function namedBy({ old, isRenamed }: FlowLook, type: ts.Type): 'renamed' | 'other' | 'both' | 'none' {
  const parts = type.isUnion() ? type.types : [type];
  const found = new Set(
    parts.flatMap((one) => {
      const property = one.getProperty(old);
      return property ? [isRenamed(property) ? ('renamed' as const) : ('other' as const)] : [];
    }),
  );
  if (found.size === 2) return 'both';
  return [...found][0] ?? 'none';
}
