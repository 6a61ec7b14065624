import type ts from 'typescript-6';
import type { FlowLook } from './mixed-flows.ts';

/**
 * Tells whether an object that is written without a type of its own may be held against a value with the renamed property:
 * both stand in one statement, as in `expect(cart).toEqual({ total: 1 })`.
 */
export function isComparedShape(look: FlowLook, name: ts.Node): boolean {
  const { typescript, checker, old } = look;
  const { parent } = name;
  const isKey =
    (typescript.isPropertyAssignment(parent) || typescript.isShorthandPropertyAssignment(parent)) &&
    parent.name === name;
  if (!isKey) return false;
  const wanted = checker.getContextualType(parent.parent);
  // A generic parameter takes the type of the object itself.
  const declared = wanted?.getProperty(old)?.declarations;
  if (declared && !declared.includes(parent)) return false;
  const statement = typescript.findAncestor(parent, (one) => typescript.isStatement(one));
  if (!statement) return false;
  let found = false;
  const see = (node: ts.Node): void => {
    if (found || node === parent.parent) return;
    const isValue =
      typescript.isIdentifier(node) ||
      typescript.isCallExpression(node) ||
      typescript.isPropertyAccessExpression(node) ||
      typescript.isNewExpression(node) ||
      typescript.isAwaitExpression(node);
    if (isValue && holds(look, checker.getTypeAtLocation(node), 2)) found = true;
    if (!found) typescript.forEachChild(node, see);
  };
  see(statement);
  return found;
}

const maxProperties = 40;

/** Tells whether a type, or what it is made of, has the renamed property. */
function holds(look: FlowLook, type: ts.Type, depth: number): boolean {
  const { checker, old, isRenamed } = look;
  if (type.isUnionOrIntersection()) return type.types.some((one) => holds(look, one, depth));
  const own = type.getProperty(old);
  if (own && isRenamed(own)) return true;
  if (depth === 0) return false;
  const element = type.getNumberIndexType() ?? type.getStringIndexType();
  if (element) return holds(look, element, depth - 1);
  const inner = isReference(type) ? checker.getTypeArguments(type) : [];
  if (inner.some((one) => holds(look, one, depth - 1))) return true;
  const properties = type.getProperties();
  if (properties.length > maxProperties) return false;
  return properties.some((one) => holds(look, checker.getTypeOfSymbol(one), depth - 1));
}

function isReference(type: ts.Type): type is ts.TypeReference {
  return 'target' in type && 'resolvedTypeArguments' in type;
}
