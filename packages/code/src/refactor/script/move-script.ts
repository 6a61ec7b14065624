import type ts from 'typescript-6';
import { placeOf, type Target } from '../find-target.ts';
import { refuse, refuseFor } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import { applyEdits, type TextEdit } from '../text-edit.ts';
import { checkPlanned, rememberBefore } from './check-planned.ts';
import { weightOf } from './evaluation.ts';
import { gatherEdits, putEdits, type GatheredEdits } from './put-edits.ts';
import { isScriptPath } from './script-projects.ts';
import { isNameNode, meantSymbol, nodeAt } from './script-nodes.ts';
import type { ScriptService } from './script-service.ts';
import { serviceEdits } from './service-edits.ts';
import { syntaxObstacles, type ScriptWorkspace } from './script-workspace.ts';

/**
 * Moves a declaration of the top of a file into another one, with the imports it needs, and leads all importers there.
 *
 * @throws {CapstanError} `conflict` when it cannot be moved soundly.
 */
export function moveScript(
  work: ScriptWorkspace,
  { target, to, isPublic }: { readonly target: Target; readonly to: string; readonly isPublic: boolean },
): Outcome {
  const home = work.homeOf(target.path);
  const { statements, name, path } = topStatements(work, home, target);
  const what = `move ${name} to ${to}`;
  if (to === path) refuse(what, { reason: 'unsupported', where: path, what: 'it is there already' });
  if (!isScriptPath(to))
    refuse(what, { reason: 'unsupported', where: to, what: 'that is no file of TypeScript or JavaScript' });
  const before = rememberBefore(work, [path, ...(work.paths.includes(to) ? [to] : [])], what);
  const warnings = momentWarnings(work, home, statements);
  const places = new Map<string, number>();
  moveStatements(work, { path, to, names: [name], what, places });
  const checked = checkPlanned(work, before, { what, isPublic });
  return { summary: what, warnings, checked, places };
}

export interface StatementMove {
  readonly path: string;
  readonly to: string;
  /** A declaration of one of them is moved with the statement that it is in. */
  readonly names: readonly string[];
  readonly what: string;
  readonly places: Map<string, number>;
}

/** Moves the statements that declare a name, in the planned texts, by every project that reads the file. */
export function moveStatements(work: ScriptWorkspace, { path, to, names, what, places }: StatementMove): void {
  const { typescript } = work;
  const gathered: GatheredEdits = new Map();
  const services = work.reading(path);
  for (const service of services) {
    const source = service.source(path);
    const span = source && spanOf(typescript, source, names);
    if (!source || !span)
      return refuse(what, { reason: 'unsupported', where: path, what: 'its declarations stand apart' });
    const given = serviceEdits(work, service, { path, span, refactor: 'Move to file', action: 'Move to file', to });
    if ('why' in given) {
      const why = given.why ?? 'it cannot be moved';
      return refuse(what, { reason: 'unsupported', where: placeOf(path, source.text, span.pos), what: why });
    }
    gatherEdits(work, given.edits, { into: gathered, what });
  }
  putEdits(work, gathered, { what, places });
  closeGaps(work, to, names);
  refuseFor(what, syntaxObstacles(services, gathered.keys()));
}

/** The service sets a comment apart from what it is on. */
function closeGaps({ typescript, files }: ScriptWorkspace, path: string, names: readonly string[]): void {
  const text = files.text(path) ?? '';
  const source = typescript.createSourceFile(path, text, typescript.ScriptTarget.ESNext, true);
  const gaps = source.statements.flatMap((one): TextEdit[] => {
    if (!declares(typescript, one).some((name) => names.includes(name))) return [];
    const end = (typescript.getLeadingCommentRanges(text, one.getFullStart()) ?? []).at(-1)?.end;
    const between = end === undefined ? '' : text.slice(end, one.getStart());
    const feed = /\r?\n/.exec(between)?.[0];
    if (end === undefined || feed === undefined || !/^(\r?\n){2,}$/.test(between)) return [];
    return [{ start: end, end: one.getStart(), text: feed }];
  });
  if (gaps.length > 0) files.put(path, applyEdits(text, gaps));
}

function spanOf(typescript: typeof ts, source: ts.SourceFile, names: readonly string[]): ts.TextRange | undefined {
  const at = source.statements.flatMap((one, index) =>
    declares(typescript, one).some((name) => names.includes(name)) ? [index] : [],
  );
  const [first, last] = [at[0], at.at(-1)];
  if (first === undefined || last === undefined || last - first + 1 !== at.length) return undefined;
  const [from, to] = [source.statements[first], source.statements[last]];
  return from && to && { pos: from.getStart(), end: to.getEnd() };
}

/** Names that a statement at the top of a file declares. */
export function declares(typescript: typeof ts, statement: ts.Statement): readonly string[] {
  if (typescript.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => bound(typescript, name));
  }
  const named =
    typescript.isFunctionDeclaration(statement) ||
    typescript.isClassDeclaration(statement) ||
    typescript.isInterfaceDeclaration(statement) ||
    typescript.isTypeAliasDeclaration(statement) ||
    typescript.isEnumDeclaration(statement) ||
    typescript.isModuleDeclaration(statement);
  return named && statement.name ? [statement.name.text] : [];
}

function bound(typescript: typeof ts, name: ts.BindingName): readonly string[] {
  if (typescript.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((one) => (typescript.isBindingElement(one) ? bound(typescript, one.name) : []));
}

interface TopDeclaration {
  readonly path: string;
  readonly name: string;
  readonly statements: readonly ts.Statement[];
}

function topStatements(work: ScriptWorkspace, home: ScriptService, { path, offset }: Target): TopDeclaration {
  const { typescript, files } = work;
  const source = home.source(path);
  const where = placeOf(path, files.text(path) ?? '', offset);
  const node = source && nodeAt(typescript, source, offset);
  if (!node || !isNameNode(typescript, node)) {
    return refuse('move', { reason: 'unsupported', where, what: 'no name stands here' });
  }
  const checker = home.program().getTypeChecker();
  const declared = meantSymbol({ typescript, checker }, node)?.declarations ?? [];
  const own = declared[0]?.getSourceFile();
  const statements =
    own?.statements.filter((one) =>
      declared.some((each) => one.getStart() <= each.getStart() && one.getEnd() >= each.getEnd()),
    ) ?? [];
  const isTop = statements.some((one) => declares(typescript, one).includes(node.text));
  if (!own || !isTop || !own.fileName.startsWith(`${files.root}/`)) {
    return refuse(`move ${node.text}`, {
      reason: 'unsupported',
      where,
      what: 'only what is declared at the top of a file of this repository can be moved',
    });
  }
  return { path: own.fileName.slice(files.root.length + 1), name: node.text, statements };
}

function momentWarnings(
  { typescript, files }: ScriptWorkspace,
  home: ScriptService,
  statements: readonly ts.Statement[],
): string[] {
  const checker = home.program().getTypeChecker();
  return statements.flatMap((one) => {
    if (!typescript.isVariableStatement(one) || weightOf({ typescript, checker }, one) !== 'effect') return [];
    const { fileName, text } = one.getSourceFile();
    const where = placeOf(fileName.slice(files.root.length + 1), text, one.getStart());
    return [`${where} is worked out when its module is loaded, which may be at another moment now`];
  });
}
