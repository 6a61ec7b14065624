import type ts from 'typescript-6';
import type { Judge } from './evaluation.ts';
import { eachNode } from './script-nodes.ts';

/**
 * Finds a name of an expression that would mean something else at another place.
 *
 * @param known Declarations whose names are replaced.
 */
export function hiddenName(
  { typescript, checker }: Judge,
  expression: ts.Node,
  place: ts.Node,
  known: readonly ts.Declaration[] = [],
): string | undefined {
  const { SymbolFlags } = typescript;
  const visible = new Map(
    checker
      .getSymbolsInScope(place, SymbolFlags.Value | SymbolFlags.Alias | SymbolFlags.Type)
      .map((one) => [one.name, one]),
  );
  let hidden: string | undefined;
  const see = (node: ts.Node): void => {
    if (
      !typescript.isIdentifier(node) ||
      (typescript.isPropertyAccessExpression(node.parent) && node.parent.name === node)
    )
      return;
    if (typescript.isPropertyAssignment(node.parent) && node.parent.name === node) return;
    const meant = typescript.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    const declared = meant?.declarations ?? [];
    // What the expression declares itself goes with it.
    if (
      declared.some(
        (one) =>
          one.getStart() >= expression.getStart() &&
          one.getEnd() <= expression.getEnd() &&
          one.getSourceFile() === expression.getSourceFile(),
      )
    )
      return;
    if (declared.some((one) => known.includes(one))) return;
    const there = visible.get(node.text);
    if (meant && there && bare(there) === bare(meant)) return;
    if (meant && declared.length > 0) hidden ??= node.text;
  };
  see(expression);
  eachNode(typescript, expression, see);
  return hidden;

  function bare(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & SymbolFlags.Alias
      ? checker.getAliasedSymbol(symbol)
      : (checker.getExportSymbolOfSymbol(symbol) ?? symbol);
  }
}
