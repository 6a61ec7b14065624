import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { Declaration, Program, Comment, ExportNamedDeclaration } from 'oxc-parser';

/** A name that a package publishes, with the declaration behind it. */
export interface PublicName {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'type' | 'value';
  /** The first sentence of its documentation; empty if it has none. */
  readonly about: string;
  /** Absolute path of the file that declares it. */
  readonly file: string;
}

/** Finds what a module exports, following `export … from` to the declarations. */
export function publicNames(entry: string): PublicName[] {
  const { program, comments, text } = parse(entry);
  const found = new Map<string, PublicName>();
  for (const node of program.body) {
    if (node.type === 'ExportAllDeclaration') {
      for (const one of publicNames(resolve(dirname(entry), node.source.value)))
        if (!found.has(one.name)) found.set(one.name, one);
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const one of namesOf(node, { entry, text, comments })) found.set(one.name, one);
    }
  }
  return [...found.values()];
}

interface Source {
  readonly entry: string;
  readonly text: string;
  readonly comments: readonly Comment[];
}

function namesOf(node: ExportNamedDeclaration, source: Source): PublicName[] {
  if (node.declaration) {
    const about = firstSentence(docBefore(node.start, source));
    return declared(node.declaration).map((one) => ({ ...one, about, file: source.entry }));
  }
  if (!node.source) return [];
  const behind = new Map(publicNames(resolve(dirname(source.entry), node.source.value)).map((one) => [one.name, one]));
  return node.specifiers.flatMap(({ local, exported }) => {
    const name = exported.type === 'Identifier' ? exported.name : exported.value;
    const one = local.type === 'Identifier' && behind.get(local.name);
    return one ? [{ ...one, name }] : [];
  });
}

function declared(declaration: Declaration): Pick<PublicName, 'name' | 'kind'>[] {
  switch (declaration.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
      return [{ name: declaration.id?.name ?? '', kind: 'function' }];
    case 'ClassDeclaration':
      return [{ name: declaration.id?.name ?? '', kind: 'class' }];
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return [{ name: declaration.id.name, kind: 'type' }];
    case 'VariableDeclaration':
      return declaration.declarations.flatMap(({ id }) =>
        id.type === 'Identifier' ? [{ name: id.name, kind: 'value' as const }] : [],
      );
    default:
      return [];
  }
}

const parsed = new Map<string, { program: Program; comments: readonly Comment[]; text: string }>();

function parse(file: string): { program: Program; comments: readonly Comment[]; text: string } {
  const known = parsed.get(file);
  if (known) return known;
  const text = readFileSync(file, 'utf8');
  const { program, comments } = parseSync(file, text);
  const fresh = { program, comments, text };
  parsed.set(file, fresh);
  return fresh;
}

function docBefore(start: number, { text, comments }: Source): string {
  const found = comments.findLast(
    ({ end, type }) => type === 'Block' && end <= start && text.slice(end, start).trim() === '',
  );
  if (!found?.value.startsWith('*')) return '';
  return found.value
    .split('\n')
    .map((line) => line.replace(/^\s*\*+ ?/, '').trim())
    .join(' ')
    .trim();
}

function firstSentence(doc: string): string {
  const words = doc.split(/ @\w/)[0]!;
  return (/^.*?[.!?](?= |$)/.exec(words)?.[0] ?? words).trim();
}
