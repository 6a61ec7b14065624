import type { SyntaxNode, Tree, TreeCursor } from '@lezer/common';
import { parser as goParser } from '@lezer/go';
import { parser as pythonParser } from '@lezer/python';
import type { Language } from './language.ts';
import { parseComments, type Node } from './script-tree.ts';
import { hasErrors } from './tree-nodes.ts';

/** A piece of a text, from its first UTF-16 unit to behind its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a text is no code. */
export interface TextSpans {
  /** In the order of the text; docstrings of Python are among them. */
  readonly comments: readonly Span[];
  /** Texts within the code, quotes included: strings, templates, text between tags. May lie in one another. */
  readonly strings: readonly Span[];
  /** The parser met errors, so none of it is sure. */
  readonly broken: boolean;
}

/** Finds the comments and strings of a source. Never throws. */
export function textSpans(path: string, text: string, language: Language): TextSpans {
  try {
    if (language === 'python') return treeSpans(pythonParser.parse(text), readPythonNode);
    if (language === 'go') return treeSpans(goParser.parse(text), readGoNode);
    return scriptSpans(path, text);
  } catch {
    return { comments: [], strings: [], broken: true };
  }
}

function scriptSpans(path: string, text: string): TextSpans {
  const { body, comments, broken } = parseComments(path, text);
  const strings: Span[] = [];
  for (const node of body) collectTexts(node, strings);
  return { comments, strings, broken };
}

function collectTexts(value: unknown, strings: Span[]): void {
  if (Array.isArray(value)) {
    for (const one of value) collectTexts(one, strings);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as Node;
  if (isText(node)) strings.push({ start: node.start, end: node.end });
  for (const field of Object.keys(node)) {
    const inner = node[field];
    if (typeof inner === 'object' && inner !== null) collectTexts(inner, strings);
  }
}

function isText({ type, value, regex }: Node): boolean {
  if (type === 'Literal') return typeof value === 'string' || regex !== undefined;
  return type === 'TemplateElement' || type === 'JSXText';
}

interface Found {
  readonly comments: Span[];
  readonly strings: Span[];
}

type Reader = (cursor: TreeCursor, found: Found) => void;

function treeSpans(tree: Tree, read: Reader): TextSpans {
  const found: Found = { comments: [], strings: [] };
  const cursor = tree.cursor();
  do read(cursor, found);
  while (cursor.next());
  return { ...found, broken: hasErrors(tree) };
}

const readPythonNode: Reader = ({ name, from, to, node }, { comments, strings }) => {
  if (name === 'Comment') comments.push({ start: from, end: to });
  else if (name === 'ExpressionStatement' && isDocstring(node)) comments.push({ start: from, end: to });
  else if (name === 'String' || name === 'FormatString') strings.push({ start: from, end: to });
};

/** The first statement of a file, a class or a function, when it is nothing but a text. */
function isDocstring(node: SyntaxNode): boolean {
  const { parent, firstChild } = node;
  if (firstChild?.name !== 'String' || firstChild.nextSibling) return false;
  const holder = parent?.name === 'Body' ? parent.parent?.name : parent?.name;
  if (holder !== 'Script' && holder !== 'ClassDefinition' && holder !== 'FunctionDefinition') return false;
  for (let before = node.prevSibling; before; before = before.prevSibling)
    if (before.name !== 'Comment' && before.name !== ':') return false;
  return true;
}

const readGoNode: Reader = ({ name, from, to }, { comments, strings }) => {
  if (name === 'LineComment' || name === 'BlockComment') comments.push({ start: from, end: to });
  else if (name === 'String' || name === 'Rune') strings.push({ start: from, end: to });
};
