import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import type { Comment, TSInterfaceDeclaration, TSType } from 'oxc-parser';

/** The exported interfaces and unions of a TypeScript file, as documentation needs them. */
export interface Declarations {
  readonly interfaces: ReadonlyMap<string, DocumentedInterface>;
  /** Name of a union type → its members as written. */
  readonly unions: ReadonlyMap<string, readonly string[]>;
}

export interface DocumentedInterface {
  readonly name: string;
  readonly doc: string;
  /** Names of the interfaces it extends. */
  readonly bases: readonly string[];
  readonly fields: readonly DocumentedField[];
}

export interface DocumentedField {
  readonly name: string;
  readonly optional: boolean;
  /** The type as written. */
  readonly type: string;
  readonly doc: string;
}

/** Reads the exported declarations of a file. */
export function readDeclarations(file: string): Declarations {
  const text = readFileSync(file, 'utf8');
  const { program, comments } = parseSync(file, text);
  const docOf = docReader(text, comments);
  const interfaces = new Map<string, DocumentedInterface>();
  const unions = new Map<string, readonly string[]>();
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration' || !node.declaration) continue;
    const { declaration } = node;
    if (declaration.type === 'TSInterfaceDeclaration') {
      interfaces.set(declaration.id.name, readInterface(declaration, text, docOf(node.start), docOf));
    } else if (declaration.type === 'TSTypeAliasDeclaration') {
      unions.set(declaration.id.name, membersOf(declaration.typeAnnotation, text));
    }
  }
  return { interfaces, unions };
}

function readInterface(
  node: TSInterfaceDeclaration,
  text: string,
  doc: string,
  docOf: (start: number) => string,
): DocumentedInterface {
  const fields = node.body.body.flatMap((member): DocumentedField[] => {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier' || !member.typeAnnotation) return [];
    const { start, end } = member.typeAnnotation.typeAnnotation;
    const type = text.slice(start, end).replaceAll(/\s+/g, ' ');
    return [{ name: member.key.name, optional: member.optional, type, doc: docOf(member.start) }];
  });
  const bases = node.extends.flatMap(({ expression }) => (expression.type === 'Identifier' ? [expression.name] : []));
  return { name: node.id.name, doc, bases, fields };
}

function membersOf(type: TSType, text: string): string[] {
  const members = type.type === 'TSUnionType' ? type.types : [type];
  return members.map(({ start, end }) => text.slice(start, end).replaceAll(/^'|'$/g, ''));
}

/** Gives the documentation comment that ends just before a position, as one line of text. */
function docReader(text: string, comments: readonly Comment[]): (start: number) => string {
  return (start) => {
    const found = comments.find(
      ({ end, type }) => type === 'Block' && end < start && text.slice(end, start).trim() === '',
    );
    if (!found?.value.startsWith('*')) return '';
    const lines = found.value.split('\n').map((line) => line.replace(/^\s*\*+ ?/, '').trim());
    return lines.filter(Boolean).join(' ').trim();
  };
}
