import { basename, dirname, extname, join } from 'node:path/posix';
import type ts from 'typescript-6';
import { refuse } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import { checkPlanned, rememberBefore } from './check-planned.ts';
import { declares, moveStatements } from './move-script.ts';
import { eachNode, meantSymbol } from './script-nodes.ts';
import type { ScriptService } from './script-service.ts';
import type { ScriptWorkspace } from './script-workspace.ts';

/**
 * Gives each exported declaration of a file a file of its own, with what only it uses.
 *
 * @throws {CapstanError} `conflict` when there is nothing to split or it would not be sound.
 */
export function splitScript(work: ScriptWorkspace, path: string, isPublic: boolean): Outcome {
  const { typescript } = work;
  const what = `split ${path}`;
  const home = work.homeOf(path);
  const before = rememberBefore(work, [path], what);
  const source = home.source(path);
  const groups = source ? groupsOf(work, home, source) : [];
  if (groups.length === 0)
    refuse(what, { reason: 'unsupported', where: path, what: 'it has one exported declaration at most' });
  const places = new Map<string, number>();
  const made: string[] = [];
  for (const { main, own } of groups) {
    const to = freePath(work, path, { name: main, made });
    made.push(to);
    // What only this declaration uses goes first, so that it is there when its user comes.
    for (const name of [...own, main]) moveStatements(work, { path, to, names: [name], what, places });
    for (const name of own) hideAgain(work, { path: to, name });
  }
  void typescript;
  const checked = checkPlanned(work, before, { what, isPublic });
  return { summary: `${what} into ${[path, ...made].length} files`, warnings: [], checked, places };
}

interface Group {
  readonly main: string;
  /** Declarations that only the main one uses, those first that others of them need. */
  readonly own: readonly string[];
}

function groupsOf(work: ScriptWorkspace, home: ScriptService, source: ts.SourceFile): readonly Group[] {
  const { typescript } = work;
  const names = [...new Set(source.statements.flatMap((one) => declares(typescript, one)))];
  const uses = usesBetween(work, home, source);
  const exported = exportedMains(typescript, source);
  const reach = new Map(exported.map((name) => [name, reachable(name, uses)] as const));
  const [stays] = exported.filter((name) => plain(name) === plain(stemOf(source.fileName))).concat(exported);
  const loose = looseNames(work, home, source);
  const groups = exported.filter((name) => name !== stays && !loose.has(name));
  return groups.flatMap((main): Group[] => {
    const own = names.filter((name) => {
      const isPrivate =
        name !== main && !exported.includes(name) && reach.get(main)?.has(name) === true && !loose.has(name);
      return isPrivate && exported.every((other) => other === main || !reach.get(other)?.has(name));
    });
    return [{ main, own }];
  });
}

/** Names that are exported where they are declared; a statement that declares several counts by its first. */
function exportedMains(typescript: typeof ts, source: ts.SourceFile): readonly string[] {
  const found = source.statements.flatMap((one) => {
    const flags = typescript.canHaveModifiers(one) ? (typescript.getModifiers(one) ?? []) : [];
    const isExported = flags.some(({ kind }) => kind === typescript.SyntaxKind.ExportKeyword);
    const isDefault = flags.some(({ kind }) => kind === typescript.SyntaxKind.DefaultKeyword);
    return isExported && !isDefault ? declares(typescript, one).slice(0, 1) : [];
  });
  return [...new Set(found)];
}

type Uses = ReadonlyMap<string, ReadonlySet<string>>;

/** What each declaration at the top of a file uses of the others. */
function usesBetween({ typescript }: ScriptWorkspace, home: ScriptService, source: ts.SourceFile): Uses {
  const checker = home.program().getTypeChecker();
  const holderOf = new Map<ts.Node, string>();
  for (const one of source.statements) for (const name of declares(typescript, one)) holderOf.set(one, name);
  const found = new Map<string, Set<string>>();
  for (const statement of source.statements) {
    for (const name of declares(typescript, statement)) {
      const used = found.get(name) ?? new Set<string>();
      found.set(name, used);
      eachNode(typescript, statement, (node) => {
        if (!typescript.isIdentifier(node)) return;
        for (const declared of meantSymbol({ typescript, checker }, node)?.declarations ?? []) {
          const own = source.statements.find(
            (one) => one.getStart() <= declared.getStart() && one.getEnd() >= declared.getEnd(),
          );
          const isHere = declared.getSourceFile() === source && own !== undefined && own !== statement;
          if (isHere) for (const other of declares(typescript, own)) if (other === node.text) used.add(other);
        }
      });
    }
  }
  return found;
}

/** Names that statements use which declare nothing: those run in the file and stay there with what they need. */
function looseNames({ typescript }: ScriptWorkspace, home: ScriptService, source: ts.SourceFile): ReadonlySet<string> {
  const checker = home.program().getTypeChecker();
  const found = new Set<string>();
  for (const statement of source.statements) {
    const isPart = declares(typescript, statement).length > 0 || typescript.isImportDeclaration(statement);
    if (isPart || typescript.isExportDeclaration(statement)) continue;
    eachNode(typescript, statement, (node) => {
      if (!typescript.isIdentifier(node)) return;
      const declared = meantSymbol({ typescript, checker }, node)?.declarations ?? [];
      if (declared.some((one) => one.getSourceFile() === source)) found.add(node.text);
    });
  }
  return found;
}

function reachable(name: string, uses: Uses): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const other of uses.get(next) ?? []) {
      if (found.has(other)) continue;
      found.add(other);
      open.push(other);
    }
  }
  return found;
}

/** A name for a new file, written as the files around it are. */
function freePath(
  work: ScriptWorkspace,
  path: string,
  { name, made }: { readonly name: string; readonly made: readonly string[] },
): string {
  const folder = dirname(path);
  const around = work.paths.filter((one) => dirname(one) === folder).map((one) => stemOf(one));
  const ending = /(\.d)?\.[cm]?[jt]sx?$/.exec(path)?.[0] ?? extname(path);
  const dashes = around.filter((one) => one.includes('-')).length;
  const snakes = around.filter((one) => one.includes('_')).length;
  const humps = around.filter((one) => /[a-z][A-Z]/.test(one)).length;
  const base = humps > dashes ? name : worded(name, snakes > dashes ? '_' : '-');
  for (let number = 1; ; number++) {
    const file = join(folder, `${base}${number === 1 ? '' : number}${ending}`);
    if (!work.files.disk(file) && !made.includes(file)) return file;
  }
}

function worded(name: string, between: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, `$1${between}$2`)
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, `$1${between}$2`)
    .toLowerCase();
}

function stemOf(path: string): string {
  return basename(path).replace(/(\.d)?\.[cm]?[jt]sx?$/, '');
}

function plain(name: string): string {
  return name.replaceAll(/[-_.]/g, '').toLowerCase();
}

/** What came along was exported on its way; when no other file imports it, it is not any more. */
function hideAgain(work: ScriptWorkspace, { path, name }: { readonly path: string; readonly name: string }): void {
  const { typescript, files } = work;
  const text = files.text(path) ?? '';
  const file = typescript.createSourceFile(path, text, typescript.ScriptTarget.ESNext, true);
  const statement = file.statements.find((one) => declares(typescript, one).includes(name));
  const modifiers =
    statement && typescript.canHaveModifiers(statement) ? typescript.getModifiers(statement) : undefined;
  const word = modifiers?.find(({ kind }) => kind === typescript.SyntaxKind.ExportKeyword);
  if (!word) return;
  const isUsed = work.reading(path).some(({ service, source }) => {
    const own = source(path)?.statements.find((one) => declares(typescript, one).includes(name));
    const declared = own && nameIn(typescript, own, name);
    const found = declared ? (service.findReferences(join(files.root, path), declared.getStart()) ?? []) : [];
    return found.some(({ references }) => references.some(({ fileName }) => fileName !== join(files.root, path)));
  });
  if (isUsed) return;
  const end = word.getEnd() + (/^[ \t]+/.exec(text.slice(word.getEnd()))?.[0].length ?? 0);
  files.put(path, text.slice(0, word.getStart()) + text.slice(end));
}

function nameIn(typescript: typeof ts, statement: ts.Statement, name: string): ts.Node | undefined {
  let found: ts.Node | undefined;
  eachNode(typescript, statement, (node) => {
    if (!found && typescript.isIdentifier(node) && node.text === name) found = node;
  });
  return found;
}
