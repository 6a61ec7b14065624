import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/go';
import type { ImportFact, SymbolKind, Syntax } from './facts.ts';
import { symbolList, type SymbolList } from './symbol-list.ts';
import { childNodes } from './tree-nodes.ts';

/** Reads the symbols and imports of Go. */
export function readGo(text: string): Syntax {
  const tree = parser.parse(text);
  const list = symbolList(text);
  const imports: ImportFact[] = [];
  let broken = false;
  for (const node of childNodes(tree.topNode)) {
    // Within a function the grammar stumbles over sound code, such as `if a == b {`; between declarations it does not.
    broken ||= node.type.isError;
    readTop(node, list, imports);
  }
  return { symbols: list.symbols(), imports, exports: [], broken };
}

function readTop(node: SyntaxNode, list: SymbolList, imports: ImportFact[]): void {
  switch (node.name) {
    case 'ImportDecl':
      imports.push(...specsOf(node, 'ImportSpec').map((spec) => importOf(spec, list)));
      return;
    case 'FunctionDecl':
      add(list, node, { name: node.getChild('DefName'), kind: 'function', headEnd: node.getChild('Block')?.from });
      return;
    case 'MethodDecl':
      add(list, node, {
        name: node.getChild('FieldName'),
        kind: 'method',
        container: receiverOf(node, list.text),
        headEnd: node.getChild('Block')?.from,
      });
      return;
    case 'TypeDecl':
      for (const spec of specsOf(node, 'TypeSpec')) readType(spec, node, list);
      return;
    case 'VarDecl':
    case 'ConstDecl':
      for (const spec of specsOf(node, node.name === 'VarDecl' ? 'VarSpec' : 'ConstSpec')) {
        for (const name of spec.getChildren('DefName')) add(list, wholeOf(spec, node), { name, kind: 'variable' });
      }
  }
}

interface Added {
  readonly name: SyntaxNode | null;
  readonly kind: SymbolKind;
  readonly container?: string;
  readonly headEnd?: number | undefined;
}

function add(list: SymbolList, whole: SyntaxNode, { name, kind, container = '', headEnd }: Added): void {
  if (!name) return;
  const text = list.text.slice(name.from, name.to);
  list.add({
    name: text,
    kind,
    container,
    exported: /^\p{Lu}/u.test(text),
    start: whole.from,
    end: whole.to,
    nameStart: name.from,
    headEnd: headEnd ?? whole.to,
  });
}

/** Specs stand alone or in a list in parentheses. */
function specsOf(node: SyntaxNode, kind: string): SyntaxNode[] {
  const lists = node.getChildren('SpecList');
  return [node, ...lists].flatMap((holder) => holder.getChildren(kind));
}

/** A spec in parentheses is a declaration of its own; one that stands alone has its keyword with it. */
function wholeOf(spec: SyntaxNode, declaration: SyntaxNode): SyntaxNode {
  return spec.parent?.name === 'SpecList' ? spec : declaration;
}

function importOf(spec: SyntaxNode, { text, lines }: SymbolList): ImportFact {
  const path = spec.getChild('String');
  const alias = spec.getChild('DefName') ?? spec.firstChild;
  const specifier = path ? text.slice(path.from + 1, path.to - 1) : '';
  const named = alias && path && alias.from < path.from ? text.slice(alias.from, alias.to) : '';
  const last =
    specifier
      .replace(/\/v\d+$/, '')
      .split('/')
      .at(-1) ?? '';
  return { specifier, kind: 'import', names: [['*', named === '' ? last : named]], line: lines.lineAt(spec.from) };
}

function receiverOf(node: SyntaxNode, text: string): string {
  const receiver = node.getChild('Parameters');
  const written = receiver ? text.slice(receiver.from + 1, receiver.to - 1) : '';
  return /([\p{L}_][\p{L}\p{N}_]*)\s*(\[.*\])?\s*$/su.exec(written)?.[1] ?? '';
}

function readType(spec: SyntaxNode, declaration: SyntaxNode, list: SymbolList): void {
  const name = spec.getChild('DefName');
  if (!name) return;
  const structure = spec.getChild('StructType');
  const contract = spec.getChild('InterfaceType');
  const body = structure?.getChild('StructBody') ?? contract?.getChild('InterfaceBody');
  const kind = structure ? 'class' : contract ? 'interface' : 'type';
  add(list, wholeOf(spec, declaration), { name, kind, headEnd: body?.from });
  const container = list.text.slice(name.from, name.to);
  for (const member of body ? childNodes(body) : []) {
    if (member.name === 'FieldDecl') {
      for (const field of member.getChildren('FieldName')) add(list, member, { name: field, kind: 'field', container });
    } else if (member.name === 'MethodElem') {
      add(list, member, { name: member.getChild('FieldName'), kind: 'method', container });
    }
  }
}
