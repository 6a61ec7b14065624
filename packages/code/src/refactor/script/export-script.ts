import type ts from 'typescript-6';
import { placeOf } from '../find-target.ts';
import { refuse } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import { checkPlanned, rememberBefore } from './check-planned.ts';
import { gatherEdits, putEdits, type GatheredEdits } from './put-edits.ts';
import { serviceEdits } from './service-edits.ts';
import type { ScriptWorkspace } from './script-workspace.ts';

export interface ExportWish {
  readonly path: string;
  /** Of the declaration that shall be the default. */
  readonly offset?: number;
  readonly to: 'named' | 'default';
  readonly isPublic: boolean;
}

/**
 * Makes the default export of a file a named one, or a named one its default, in all that import it too.
 *
 * @throws {CapstanError} `conflict` when it cannot be done soundly.
 */
export function exportScript(work: ScriptWorkspace, { path, offset, to, isPublic }: ExportWish): Outcome {
  const { typescript, files } = work;
  const what = to === 'named' ? `give the default export of ${path} a name` : `make an export of ${path} its default`;
  const home = work.homeOf(path);
  const before = rememberBefore(work, [path], what);
  const source = home.source(path);
  const statement = source && exportedStatement(typescript, source, { offset, to });
  const text = files.text(path) ?? '';
  if (!statement) {
    const why =
      to === 'named' ? 'it has no default export that is declared in it' : 'no exported declaration stands there';
    return refuse(what, {
      reason: 'unsupported',
      where: offset === undefined ? path : placeOf(path, text, offset),
      what: why,
    });
  }
  const where = placeOf(path, text, statement.getStart());
  refuseLoose(work, { path, what });
  const action = to === 'named' ? 'Convert default export to named export' : 'Convert named export to default export';
  const span = { pos: statement.getStart(), end: statement.getEnd() };
  const gathered: GatheredEdits = new Map();
  for (const service of before.services) {
    const given = serviceEdits(work, service, { path, span, refactor: 'Convert export', action });
    if ('why' in given) {
      return refuse(what, { reason: 'unsupported', where, what: given.why ?? whyNot(typescript, statement) });
    }
    gatherEdits(work, given.edits, { into: gathered, what });
  }
  const places = new Map<string, number>();
  putEdits(work, gathered, { what, places });
  const checked = checkPlanned(work, before, { what, isPublic });
  return { summary: what, warnings: [], checked, places };
}

function exportedStatement(
  typescript: typeof ts,
  source: ts.SourceFile,
  { offset, to }: Pick<ExportWish, 'to'> & { readonly offset: number | undefined },
): ts.Statement | undefined {
  return source.statements.find((one) => {
    const modifiers = typescript.canHaveModifiers(one) ? (typescript.getModifiers(one) ?? []) : [];
    const isExported = modifiers.some(({ kind }) => kind === typescript.SyntaxKind.ExportKeyword);
    const isDefault = modifiers.some(({ kind }) => kind === typescript.SyntaxKind.DefaultKeyword);
    if (to === 'named') return isDefault || (typescript.isExportAssignment(one) && !one.isExportEquals);
    return isExported && !isDefault && offset !== undefined && one.getStart() <= offset && one.getEnd() > offset;
  });
}

function whyNot(typescript: typeof ts, statement: ts.Statement): string {
  const isNamed = 'name' in statement && statement.name !== undefined;
  if (typescript.isExportAssignment(statement) || !isNamed) return 'what is exported has no name of its own';
  return 'the file has a default export already, or the declaration cannot be one';
}

/** Modules that are loaded while the program runs give their exports by keys that nobody follows. */
function refuseLoose(work: ScriptWorkspace, { path, what }: { readonly path: string; readonly what: string }): void {
  const { index, files } = work;
  for (const importer of index.importersOf(path)) {
    for (const { kind, files: targets, line } of index.importsOf(importer)) {
      if ((kind !== 'dynamic' && kind !== 'require') || !targets.includes(path)) continue;
      const isScript = work.paths.includes(importer) && files.text(importer) !== undefined;
      if (isScript)
        refuse(what, {
          reason: 'dynamic access',
          where: `${importer}:${line}`,
          what: 'it is loaded here while the program runs',
        });
    }
  }
}
