import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import type { ImportFact, Syntax } from './facts.ts';
import { symbolList, within, type SymbolList } from './symbol-list.ts';
import { childNodes, hasErrors } from './tree-nodes.ts';

interface Place {
  readonly list: SymbolList;
  readonly container: string;
  readonly holder: 'module' | 'class' | 'function';
  readonly imports: ImportFact[];
}

/** Reads the symbols and imports of Python. */
export function readPython(text: string): Syntax {
  const tree = parser.parse(text);
  const list = symbolList(text);
  const imports: ImportFact[] = [];
  readBody(tree.topNode, { list, container: '', holder: 'module', imports });
  return { symbols: list.symbols(), imports, exports: [], broken: hasErrors(tree) };
}

function readBody(body: SyntaxNode, place: Place): void {
  for (const node of childNodes(body)) readStatement(node, node.from, place);
}

function readStatement(node: SyntaxNode, start: number, place: Place): void {
  switch (node.name) {
    case 'ImportStatement':
      place.imports.push(...importsOf(node, place.list));
      return;
    case 'DecoratedStatement':
      for (const inner of childNodes(node)) {
        if (inner.name !== 'Decorator') readStatement(inner, start, place);
      }
      return;
    case 'FunctionDefinition':
    case 'ClassDefinition':
      readDefinition(node, start, place);
      return;
    case 'AssignStatement':
    case 'TypeDefinition':
      readAssignment(node, place);
      return;
    default:
      // Declarations stand in `if`, `try` and `with` too.
      if (/^(If|Try|With|For|While|Match)Statement$|^(Body|MatchBody|MatchClause)$/.test(node.name))
        readBody(node, place);
  }
}

function readDefinition(node: SyntaxNode, start: number, place: Place): void {
  const name = node.getChild('VariableName');
  if (!name) return;
  const { list, container, holder } = place;
  const isClass = node.name === 'ClassDefinition';
  const text = list.text.slice(name.from, name.to);
  const body = node.getChild('Body');
  list.add({
    name: text,
    kind: isClass ? 'class' : holder === 'class' ? 'method' : 'function',
    container,
    exported: holder !== 'function' && !text.startsWith('_'),
    start,
    end: endOf(list.text, node),
    nameStart: name.from,
    headEnd: body?.from ?? node.to,
  });
  if (!body) return;
  const inner: Place = { ...place, container: within(container, text), holder: isClass ? 'class' : 'function' };
  readBody(body, inner);
}

/** A body ends behind the blank lines that follow it; the declaration ends with its last word. */
function endOf(text: string, node: SyntaxNode): number {
  let end = node.to;
  while (end > node.from && /\s/.test(text[end - 1] ?? '')) end -= 1;
  return end;
}

/** Names that a module or class gives to values. */
function readAssignment(node: SyntaxNode, place: Place): void {
  const { list, container, holder } = place;
  if (holder === 'function') return;
  for (const name of childNodes(node)) {
    if (name.name === 'AssignOp' || name.name === 'TypeDef') break;
    if (name.name !== 'VariableName') continue;
    const text = list.text.slice(name.from, name.to);
    list.add({
      name: text,
      kind: holder === 'class' ? 'field' : 'variable',
      container,
      exported: !text.startsWith('_'),
      start: node.from,
      end: endOf(list.text, node),
      nameStart: name.from,
      headEnd: node.to,
    });
  }
}

function importsOf(node: SyntaxNode, { text, lines }: SymbolList): ImportFact[] {
  const line = lines.lineAt(node.from);
  const words = text
    .slice(node.from, node.to)
    .replace(/#[^\n]*/g, '')
    .replace(/[\s\\()]+/g, ' ')
    .trim();
  const from = /^from ([. ]*)([\w.]*) ?import (.*)$/.exec(words);
  if (from) {
    const [, dots = '', module = '', list = ''] = from;
    return [
      { specifier: dots.replaceAll(' ', '') + module, kind: 'import', names: list.split(',').flatMap(named), line },
    ];
  }
  const plain = /^import (.*)$/.exec(words)?.[1] ?? '';
  return plain.split(',').flatMap((part) => {
    const [pair] = named(part.replace(/ ?\. ?/g, '.'));
    return pair ? [{ specifier: pair[0], kind: 'import' as const, names: [['*', pair[1]]] as const, line }] : [];
  });
}

function named(part: string): (readonly [string, string])[] {
  const [name = '', alias] = part.trim().split(/ as /);
  return name === '' ? [] : [[name, alias ?? name]];
}
