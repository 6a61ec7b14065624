import { resolveScopes, type Scopes } from './scope.ts';
import { languageOf, parseSyntax, type Syntax } from './syntax.ts';
import { all } from './tree.ts';

/** A file of the repository, parsed and with its names resolved. */
export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly syntax: Syntax;
  readonly scopes: Scopes;
  /** True for TypeScript, whose types must still check after a rewrite. */
  readonly typed: boolean;
  /** True when the file surely has a scope of its own: an ES or CommonJS module, not a script among scripts. */
  readonly module: boolean;
  /** Names that this file, or any other of the repository, defines as getters, or as methods called like built-in ones. */
  readonly accessors: ReadonlySet<string>;
}

/**
 * Reads a file's text as a tree with names.
 *
 * @param accessors What `ownAccessors` gives for all files of the repository.
 * @returns `undefined` when the file is no JavaScript or TypeScript, has a syntax error, or uses `eval` or `with`.
 */
export function readSource(path: string, text: string, accessors: ReadonlySet<string>): SourceFile | undefined {
  const language = languageOf(path);
  const syntax = language && parseSyntax(text, language);
  const scopes = syntax && resolveScopes(syntax);
  if (!syntax || !scopes) return undefined;
  return { path, text, syntax, scopes, typed: language !== 'javascript', module: isModule(path, syntax), accessors };
}

function isModule(path: string, syntax: Syntax): boolean {
  if (/\.[cm][jt]s$/.test(path)) return true;
  if (syntax.root.children.some((child) => child.kind === 'import_statement' || child.kind === 'export_statement'))
    return true;
  return all(syntax.root, 'identifier').some((node) => {
    const name = syntax.text.slice(node.start, node.end);
    if (name === 'require') return node.parent?.kind === 'call_expression';
    return (name === 'module' || name === 'exports') && node.parent?.kind === 'member_expression';
  });
}

const definitions = [
  /\bget\s+(?:\[\s*(?:[\w$]+\.)*)?['"]?([\w$#]+)['"]?(?:\s*\])?\s*\(/g,
  /\b(?:defineProperty|__defineGetter__)\s*\([^,)]*,\s*['"`]([\w$]+)/g,
  /\baccessor\s+([\w$#]+)/g,
  /\b(includes|startsWith|endsWith|indexOf|lastIndexOf|at|charAt|slice|substring|has)\s*\([^()]*\)\s*(?::[^={;]+)?\{/g,
];

/**
 * Collects the names by which a text defines accessors, and methods that are called like those of strings, arrays and
 * sets: whoever reads such a property, or calls such a method, may set off anything.
 */
export function ownAccessors(text: string): string[] {
  return definitions.flatMap((pattern) => [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []));
}
