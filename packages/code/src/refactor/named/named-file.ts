import type { SyntaxNode, Tree } from '@lezer/common';
import { parser as goParser } from '@lezer/go';
import { parser as pythonParser } from '@lezer/python';
import type { Occurrence } from '../../parse/occurrence.ts';
import { occurrencesOf } from '../../parse/occurrences-of.ts';
import { childNodes } from '../../parse/tree-nodes.ts';
import { placeOf } from '../find-target.ts';
import type { Obstacle } from '../obstacle.ts';
import { shiftOf, type TextEdit } from '../text-edit.ts';

/** A file of Python or Go with what its names mean. Offsets are of the text without its mark. */
export interface NamedFile {
  readonly path: string;
  readonly text: string;
  readonly tree: Tree;
  readonly names: readonly Occurrence[];
}

/** Reads the names of a text. */
export function namedFile(path: string, text: string): NamedFile {
  const isGo = path.endsWith('.go');
  const tree = (isGo ? goParser : pythonParser).parse(text);
  const names = occurrencesOf(path, text, isGo ? 'go' : 'python');
  return { path, text, tree, names: isGo ? names : names.map((name) => ofField(tree, ofDecorator(tree, name))) };
}

/** `size: int` in a class declares a field, which the grammar does not say either. */
function ofField(tree: Tree, name: Occurrence): Occurrence {
  if (name.member === true || name.binding !== undefined) return name;
  const node = tree.resolveInner(name.start, 1);
  const statement = node.parent?.name === 'AssignStatement' ? node.parent : undefined;
  const isBare = statement?.firstChild?.from === node.from && !statement.getChild('AssignOp');
  if (!isBare || statement.parent?.parent?.name !== 'ClassDefinition') return name;
  return { ...name, role: 'declaration', binding: name.start };
}

/** Of `@app.route` the second name is a member, which the grammar does not say. */
function ofDecorator(tree: Tree, name: Occurrence): Occurrence {
  if (name.member === true) return name;
  const node = tree.resolveInner(name.start, 1);
  if (node.parent?.name !== 'Decorator' || node.prevSibling?.name !== '.') return name;
  const { binding: _, top: __, ...rest } = name;
  return { ...rest, member: true };
}

export function nodeAt({ tree }: NamedFile, offset: number): SyntaxNode {
  return tree.resolveInner(offset, 1);
}

/** The nearest node around another of one of these kinds. */
export function around(node: SyntaxNode | null, kinds: RegExp): SyntaxNode | undefined {
  for (let at = node; at; at = at.parent) if (kinds.test(at.name)) return at;
  return undefined;
}

/** Calls back for every node of a file. */
export function eachNode({ tree }: NamedFile, see: (node: SyntaxNode) => void): void {
  tree.iterate({ enter: ({ node }) => see(node) });
}

/** Finds what the grammar stumbles over in the functions and statements that hold one of some words. */
export function errorsNear(file: NamedFile, words: readonly string[]): readonly Obstacle[] {
  const found: Obstacle[] = [...strayStatements(file)];
  eachNode(file, (node) => {
    // A `yield` without a value is sound.
    if (!node.type.isError || /^Yield/.test(node.parent?.name ?? '')) return;
    const holder = around(node, /^(FunctionDefinition|FunctionDecl|MethodDecl)$/) ?? outermost(node);
    const text = file.text.slice(holder.from, holder.to);
    if (!words.some((word) => text.includes(word))) return;
    found.push({
      reason: 'syntax error',
      where: placeOf(file.path, file.text, node.from),
      what: 'this cannot be read',
    });
  });
  return found;
}

/** Statements of Python that are read as standing at the top although they are indented: a body was cut off before them. */
function strayStatements({ path, text, tree }: NamedFile): readonly Obstacle[] {
  if (path.endsWith('.go')) return [];
  const stray = childNodes(tree.topNode).find(
    ({ name, from }) =>
      /^(FunctionDefinition|ClassDefinition|DecoratedStatement)$/.test(name) && /[ \t]/.test(text[from - 1] ?? ''),
  );
  return stray
    ? [
        {
          reason: 'syntax error',
          where: placeOf(path, text, stray.from),
          what: 'what stands before this cannot be read',
        },
      ]
    : [];
}

function outermost(node: SyntaxNode): SyntaxNode {
  let at = node;
  while (at.parent?.parent) at = at.parent;
  return at;
}

const quiet = /^(Comment|LineComment|BlockComment|String|FormatString|ContinuedString|Rune)$/;

/** Finds words of a name in the code of a file that its names do not account for: places that could not be read. */
export function unreadPlaces(file: NamedFile, name: string): readonly Obstacle[] {
  const known = new Set(file.names.map(({ start }) => start));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'gu');
  return [...file.text.matchAll(pattern)].flatMap(({ index }): Obstacle[] => {
    if (known.has(index)) return [];
    const node = nodeAt(file, index);
    const text = around(node, quiet);
    const inFormat = text?.name === 'FormatString' && around(node, /^FormatReplacement$/) !== undefined;
    const isOther =
      /^(LabelName|PackageClause|ImportSpec)$/.test(node.name) ||
      /^(PackageClause|ImportSpec)$/.test(node.parent?.name ?? '');
    if ((text && !inFormat) || isOther) return [];
    return [
      { reason: 'syntax error', where: placeOf(file.path, file.text, index), what: `this ${name} could not be read` },
    ];
  });
}

/** Finds names that would mean something else after edits than before. */
export function changedMeanings(before: NamedFile, after: NamedFile, edits: readonly TextEdit[]): readonly Obstacle[] {
  const shift = shiftOf(edits);
  const keyOf = (name: Occurrence, settle: (offset: number) => number): string => {
    const bound = name.binding === undefined ? '' : String(settle(name.binding));
    const holder = name.ofBinding === undefined ? '' : String(settle(name.ofBinding));
    return `${name.member === true} ${bound} ${name.top === true} ${holder}`;
  };
  const known = new Map(before.names.map((name) => [shift.forward(name.start), keyOf(name, shift.forward)]));
  const found: Obstacle[] = [];
  if (after.names.length !== before.names.length) {
    found.push({ reason: 'new error', where: after.path, what: 'the file would read otherwise' });
  }
  for (const name of after.names) {
    if (known.get(shift.settle(name.start)) === keyOf(name, shift.settle)) continue;
    const where = placeOf(after.path, after.text, name.start);
    found.push({ reason: 'collision', where, what: `${name.name} would mean something else here than it does now` });
  }
  return found;
}
