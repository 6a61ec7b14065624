import type ts from 'typescript-6';
import { placeOf } from '../find-target.ts';
import type { Obstacle } from '../obstacle.ts';
import { isMember, mayBe, type Renaming } from './member-obstacles.ts';
import { declarationNames, eachNode, meantSymbol, nodeAt } from './script-nodes.ts';
import type { ScriptService } from './script-service.ts';
import type { ScriptWorkspace } from './script-workspace.ts';
import { wordsPattern } from './words-pattern.ts';

/**
 * Finds ways around the compiler by which an exported name is used: keys of a whole module, modules that are loaded without
 * a type, stand-ins of test runners, and files of other kinds that import it.
 */
export function dynamicObstacles(
  work: ScriptWorkspace,
  services: readonly ScriptService[],
  renaming: Renaming,
): readonly Obstacle[] {
  const found: Obstacle[] = [];
  let exported = false;
  for (const service of services) {
    const { typescript } = work;
    const checker = service.program().getTypeChecker();
    const home = service.source(renaming.symbol.target.path);
    const symbol =
      home && meantSymbol({ typescript, checker }, nodeAt(typescript, home, renaming.symbol.target.offset));
    if (!home || !symbol || isMember(typescript, symbol) || !isExported(checker, typescript, { home, symbol }))
      continue;
    exported = true;
    for (const path of service.paths()) {
      const source = service.source(path);
      if (!source || source.isDeclarationFile) continue;
      const has = wordsPattern([renaming.symbol.old]).test(source.text);
      const look = { work, checker, renaming, symbol, path, source };
      moduleKeys(look, found);
      if (has) untypedModules(look, found);
    }
  }
  if (exported) found.push(...otherFiles(work, renaming));
  return [...new Map(found.map((one) => [one.where, one])).values()];
}

interface Look {
  readonly work: ScriptWorkspace;
  readonly checker: ts.TypeChecker;
  readonly renaming: Renaming;
  readonly symbol: ts.Symbol;
  readonly path: string;
  readonly source: ts.SourceFile;
}

function isExported(
  checker: ts.TypeChecker,
  typescript: typeof ts,
  { home, symbol }: { readonly home: ts.SourceFile; readonly symbol: ts.Symbol },
): boolean {
  const module = checker.getSymbolAtLocation(home);
  const given = module ? checker.getExportsOfModule(module) : [];
  const declared = new Set(declarationNames(typescript, symbol));
  return given.some((one) => {
    const meant = one.flags & typescript.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one;
    return declarationNames(typescript, meant).some((name) => declared.has(name));
  });
}

/** `module[key]`, where the module has the symbol. */
function moduleKeys({ work: { typescript }, checker, renaming, symbol, path, source }: Look, found: Obstacle[]): void {
  const { old } = renaming.symbol;
  eachNode(typescript, source, (node) => {
    if (!typescript.isElementAccessExpression(node)) return;
    const key = node.argumentExpression;
    if (typescript.isStringLiteralLike(key) || typescript.isNumericLiteral(key)) return;
    const property = checker.getTypeAtLocation(node.expression).getProperty(old);
    if (!property) return;
    const meant = property.flags & typescript.SymbolFlags.Alias ? checker.getAliasedSymbol(property) : property;
    if (meant !== symbol || !mayBe(typescript, checker.getTypeAtLocation(key), old)) return;
    const what = `the key ${key.getText().slice(0, 40)} may be ${old}`;
    found.push({ reason: 'dynamic access', where: placeOf(path, source.text, node.getStart()), what });
  });
}

/** Modules that come as a value without a type, and objects that stand in for a module in a test. */
function untypedModules({ work: { typescript }, checker, renaming, path, source }: Look, found: Obstacle[]): void {
  const { old } = renaming.symbol;
  const known = renaming.locations.get(path);
  eachNode(typescript, source, (node) => {
    if (typescript.isPropertyAccessExpression(node) && node.name.text === old && !known?.has(node.name.getStart())) {
      const type = checker.getTypeAtLocation(node.expression);
      const isAny = (type.flags & typescript.TypeFlags.Any) !== 0;
      if (!isAny || !comesFromModule(typescript, checker, node.expression)) return;
      const what = `a module without a type has this ${old}; it may be the one`;
      found.push({ reason: 'unknown type', where: placeOf(path, source.text, node.name.getStart()), what });
    }
    const isKey =
      (typescript.isPropertyAssignment(node) ||
        typescript.isShorthandPropertyAssignment(node) ||
        typescript.isMethodDeclaration(node)) &&
      node.name.getText() === old;
    if (!isKey || known?.has(node.name.getStart()) || !standsInForModule(typescript, node)) return;
    const what = `${old} of a module that is mocked is named here`;
    found.push({ reason: 'string', where: placeOf(path, source.text, node.name.getStart()), what });
  });
}

function comesFromModule(typescript: typeof ts, checker: ts.TypeChecker, node: ts.Expression): boolean {
  const text = node.getText();
  if (/^\(?(await\s+import|require)\s*\(/.test(text)) return true;
  const declared = typescript.isIdentifier(node) ? checker.getSymbolAtLocation(node)?.declarations : undefined;
  return (declared ?? []).some((one) => {
    if (typescript.isImportClause(one) || typescript.isNamespaceImport(one)) return true;
    const initial = typescript.isVariableDeclaration(one) ? one.initializer?.getText() : undefined;
    return initial !== undefined && /^\(?(await\s+import|require)\s*\(/.test(initial);
  });
}

function standsInForModule(typescript: typeof ts, node: ts.Node): boolean {
  const call = typescript.findAncestor(node, (one): one is ts.CallExpression => typescript.isCallExpression(one));
  return (
    call !== undefined &&
    /\b(jest|vi|mock|td|rewiremock)\.(\w*[mM]ock\w*|module|replace)$/.test(call.expression.getText())
  );
}

/** Components and documents with code of their own that import what is renamed. */
function otherFiles({ index, files }: ScriptWorkspace, { symbol, locations }: Renaming): Obstacle[] {
  const pattern = wordsPattern([symbol.old]);
  const changed = new Set(locations.keys());
  const others = index.files().filter(({ path }) => /\.(vue|svelte|astro|mdx)$/.test(path));
  return others.flatMap(({ path }): Obstacle[] => {
    const text = files.text(path) ?? '';
    const at = text.search(pattern);
    if (at < 0 || !/\b(import|require)\b/.test(text)) return [];
    const imports = [...text.matchAll(/(?:from|import|require\()\s*["']([^"']+)["']/g)].map(([, name = '']) => name);
    const leads = imports.some((name) => [...changed].some((one) => stemOf(one).endsWith(stemOf(name))));
    if (!leads) return [];
    return [
      {
        reason: 'unsupported',
        where: placeOf(path, text, at),
        what: 'a file of this kind uses the name and is not changed',
      },
    ];
  });
}

function stemOf(path: string): string {
  return path.replace(/^[./@~]+/, '').replace(/(\/index)?(\.d)?(\.[cm]?[jt]sx?)?$/, '');
}
