import type ts from 'typescript-6';
import type { TypeScript } from './load-typescript.ts';
import { wordsPattern } from './words-pattern.ts';

/** A node that can carry a name: an identifier, a private one, or a string in the place of one. */
export type NameNode = ts.Identifier | ts.PrivateIdentifier | ts.StringLiteralLike;

/** Finds the innermost node at an offset of a file, comments left out. */
export function nodeAt(typescript: TypeScript, source: ts.SourceFile, offset: number): ts.Node {
  let found: ts.Node = source;
  const enter = (node: ts.Node): true | undefined => {
    if (offset < node.getStart(source) || offset >= node.getEnd()) return undefined;
    found = node;
    typescript.forEachChild(node, enter);
    return true;
  };
  typescript.forEachChild(source, enter);
  return found;
}

export function isNameNode(typescript: TypeScript, node: ts.Node): node is NameNode {
  return typescript.isIdentifier(node) || typescript.isPrivateIdentifier(node) || typescript.isStringLiteralLike(node);
}

/** Offset of the first character of the name itself. */
export function nameStart(typescript: TypeScript, node: NameNode): number {
  return node.getStart() + (typescript.isStringLiteralLike(node) ? 1 : 0);
}

/** Finds nodes of these names in the order of the text, strings that hold nothing else among them. */
export function namesIn(typescript: TypeScript, source: ts.SourceFile, words: readonly string[]): readonly NameNode[] {
  const pattern = new RegExp(wordsPattern(words).source, 'gu');
  const found: NameNode[] = [];
  for (const { index } of source.text.matchAll(pattern)) {
    const node = nodeAt(typescript, source, index);
    if (isNameNode(typescript, node) && words.includes(node.text) && nameStart(typescript, node) === index) {
      found.push(node);
    }
  }
  return found;
}

/** Gives the symbol that a name means, through imports and re-exports to where it is declared. */
export function meantSymbol(
  { typescript, checker }: { readonly typescript: TypeScript; readonly checker: ts.TypeChecker },
  node: ts.Node,
): ts.Symbol | undefined {
  const { parent } = node;
  const own =
    parent && typescript.isShorthandPropertyAssignment(parent) && parent.name === node
      ? checker.getShorthandAssignmentValueSymbol(parent)
      : checker.getSymbolAtLocation(node);
  if (!own || !(own.flags & typescript.SymbolFlags.Alias)) return own;
  return checker.getAliasedSymbol(own);
}

/** Names of the declarations of a symbol. */
export function declarationNames(typescript: TypeScript, symbol: ts.Symbol | undefined): readonly ts.Node[] {
  return (symbol?.declarations ?? []).map((one) => typescript.getNameOfDeclaration(one) ?? one);
}

/** Calls back for every node of a file, comments left out. */
export function eachNode(typescript: TypeScript, node: ts.Node, see: (node: ts.Node) => void): void {
  typescript.forEachChild(node, (child) => {
    see(child);
    eachNode(typescript, child, see);
  });
}
