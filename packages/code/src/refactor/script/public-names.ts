import { join } from 'node:path/posix';
import type ts from 'typescript-6';
import { parentOf, treeFiles } from '../../index/config-files.ts';
import { packagesOf, packageTargets, type Package } from '../../index/package-exports.ts';
import type { Obstacle } from '../obstacle.ts';
import { placeOf } from '../find-target.ts';
import type { RenamedSymbol } from './renamed-symbol.ts';
import { declarationNames, meantSymbol, nodeAt } from './script-nodes.ts';
import type { ScriptService } from './script-service.ts';
import type { ScriptWorkspace } from './script-workspace.ts';

const entriesOf = new WeakMap<ScriptWorkspace, ReadonlySet<string>>();

/** Tells whether other packages read a file: an entry of a package that is not private. */
export function isPublicEntry(work: ScriptWorkspace, path: string): boolean {
  const known = entriesOf.get(work) ?? publicEntries(work);
  entriesOf.set(work, known);
  return known.has(path);
}

/** All files of the tree that published packages name as their entries. */
export function publicEntries({ index }: ScriptWorkspace): ReadonlySet<string> {
  const paths = new Set([...index.files(), ...index.skipped()].map(({ path }) => path));
  const files = treeFiles(index.root, paths);
  const packages = packagesOf(files);
  const found = new Set<string>();
  for (const path of paths) {
    const folder = parentOf(path);
    const own = /(^|\/)package\.json$/.test(path) ? packages.around(path) : undefined;
    if (!own || own.folder !== folder || own.manifest.private === true) continue;
    for (const subpath of subpathsOf(own)) {
      for (const target of packageTargets(own, subpath)) {
        for (const entry of sourcesOf(target)) if (paths.has(entry)) found.add(entry);
      }
    }
  }
  return found;
}

function subpathsOf({ manifest }: Package): string[] {
  const { exports: map } = manifest;
  const keys = typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.keys(map) : [];
  const ways = keys.filter((key) => key.startsWith('.') && !key.includes('*'));
  return ways.length > 0 ? ways : ['.'];
}

function sourcesOf(path: string): string[] {
  const stem = path.replace(/(\.d)?\.[cm]?[jt]sx?$/, '');
  return [path, ...['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'].map((ending) => stem + ending)];
}

/** Refuses without consent what other packages may use by its name. */
export function exportNote(
  work: ScriptWorkspace,
  services: readonly ScriptService[],
  { target, old, wish }: Pick<RenamedSymbol, 'target' | 'old' | 'wish'>,
): readonly Obstacle[] {
  if (wish.public) return [];
  const { typescript, files } = work;
  const text = files.text(target.path) ?? '';
  for (const { program, source } of services) {
    const checker = program().getTypeChecker();
    const home = source(target.path);
    const symbol = home && meantSymbol({ typescript, checker }, nodeAt(typescript, home, target.offset));
    const wanted = new Set(holdersAndSelf(work, symbol));
    for (const path of [...new Set(work.paths)].filter((one) => isPublicEntry(work, one))) {
      const entry = source(path);
      const module = entry && checker.getSymbolAtLocation(entry);
      if (!module) continue;
      for (const given of checker.getExportsOfModule(module)) {
        const isAlias = (given.flags & typescript.SymbolFlags.Alias) !== 0;
        const meant = isAlias ? checker.getAliasedSymbol(given) : given;
        const isIt = declarationNames(typescript, meant).some((name) => wanted.has(name));
        if (!isIt || keepsOutside(work, { path, given: given.declarations ?? [], isMember: wanted.size > 1 })) continue;
        const by =
          given.name === old ? `its entry ${path} exports it` : `its entry ${path} exports ${given.name}, which has it`;
        return [
          {
            reason: 'public',
            where: placeOf(target.path, text, target.offset),
            what: `other packages may use it: ${by}; --public allows it`,
          },
        ];
      }
    }
  }
  return [];
}

interface Given {
  readonly path: string;
  readonly given: readonly ts.Declaration[];
  readonly isMember: boolean;
}

/** A specifier in the entry itself keeps the name for others: `export { next as old }`. */
function keepsOutside({ typescript, files }: ScriptWorkspace, { path, given, isMember }: Given): boolean {
  if (isMember) return false;
  return given.some(
    (one) => typescript.isExportSpecifier(one) && one.getSourceFile().fileName === join(files.root, path),
  );
}

/** Names of the declarations of a symbol, and of classes, interfaces and enums that it is a member of. */
function holdersAndSelf({ typescript }: ScriptWorkspace, symbol: ts.Symbol | undefined): readonly ts.Node[] {
  const own = declarationNames(typescript, symbol);
  const holders = (symbol?.declarations ?? []).flatMap((one) => {
    const isPrivate = typescript.getCombinedModifierFlags(one) & typescript.ModifierFlags.Private;
    const name = typescript.getNameOfDeclaration(one);
    if (isPrivate || (name && typescript.isPrivateIdentifier(name))) return [];
    const { parent } = one;
    const isHolder =
      typescript.isClassLike(parent) ||
      typescript.isInterfaceDeclaration(parent) ||
      typescript.isEnumDeclaration(parent);
    const alias =
      typescript.isTypeLiteralNode(parent) && typescript.isTypeAliasDeclaration(parent.parent) && parent.parent;
    if (isHolder && parent.name) return [parent.name];
    return alias ? [alias.name] : [];
  });
  return [...own, ...holders];
}
