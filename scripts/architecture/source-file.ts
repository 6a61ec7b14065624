import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import type { BindingProperty, BindingRestElement } from 'oxc-parser';

/** One source file and what it imports, types included. */
export interface SourceFile {
  readonly path: string;
  /** Relative to the package's src folder, with `/`. */
  readonly name: string;
  /** The room: first folder, or the file's own name where it lies in src itself. */
  readonly room: string;
  readonly test: boolean;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  /** Absolute path for a relative specifier. */
  readonly target?: string;
  /** Names imported; `*` for the whole module, plus the members used of it. */
  readonly names: readonly string[];
}

/** Reads the TypeScript files under a package's src folder. */
export function readSources(packageFolder: string): SourceFile[] {
  const src = join(packageFolder, 'src');
  const files = globSync('**/*.{ts,tsx,mts,cts}', { cwd: src, exclude: (name) => name === '__fixtures__' });
  return files.map((file) => readSource(join(src, file), src));
}

function readSource(path: string, src: string): SourceFile {
  const name = relative(src, path).replaceAll('\\', '/');
  const text = readFileSync(path, 'utf8');
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]!.message}`);
  const imports: Import[] = [];
  const add = (specifier: string, names: readonly string[]): void => {
    const target = specifier.startsWith('.') ? { target: resolve(dirname(path), specifier) } : {};
    imports.push({ specifier, names, ...target });
  };
  for (const { moduleRequest, entries } of module.staticImports) {
    const names = entries.flatMap(({ importName, localName }) =>
      importName.kind === 'Name' ? [importName.name!] : ['*', ...membersOf(text, localName.value)],
    );
    add(moduleRequest.value, names);
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, importName } of entries) {
      if (moduleRequest) add(moduleRequest.value, [importName.name ?? '*']);
    }
  }
  new Visitor({
    ImportExpression: ({ source }) => {
      if (source.type === 'Literal' && typeof source.value === 'string') add(source.value, ['*']);
    },
    VariableDeclarator: ({ id, init }) => {
      const source =
        init?.type === 'AwaitExpression' && init.argument.type === 'ImportExpression' && init.argument.source;
      if (!source || source.type !== 'Literal' || typeof source.value !== 'string') return;
      if (id.type === 'Identifier') add(source.value, membersOf(text, id.name));
      if (id.type === 'ObjectPattern') add(source.value, id.properties.flatMap(keyOf));
    },
    TSImportType: ({ source }) => add(source.value, ['*']),
  }).visit(program);
  const room = name.includes('/') ? name.slice(0, name.indexOf('/')) : name.replace(/\.\w+$/, '');
  return { path, name, room, test: /\.test\.tsx?$/.test(name), imports };
}

function keyOf(property: BindingProperty | BindingRestElement): string[] {
  return property.type === 'Property' && property.key.type === 'Identifier' ? [property.key.name] : [];
}

/** The members used of a name bound to a whole module: `fs.writeFile` gives `writeFile`. */
function membersOf(text: string, local: string): string[] {
  return [...text.matchAll(new RegExp(`\\b${local}(?:\\.promises)?\\.(\\w+)`, 'g'))].map((match) => match[1]!);
}
