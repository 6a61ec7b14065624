import type ts from 'typescript-6';
import type { Obstacle } from '../obstacle.ts';
import { inside, type ScriptService } from './script-service.ts';
import type { ScriptWorkspace } from './script-workspace.ts';

export interface TypeVerdict {
  readonly obstacles: readonly Obstacle[];
  /** Files that were looked at. */
  readonly files: number;
}

/**
 * Compares the errors of projects as planned with those on disk. Only what is new counts; a name that was changed does
 * not make an error new.
 *
 * @param words Names that stand for one another in messages.
 */
export function newTypeErrors(
  work: ScriptWorkspace,
  services: readonly ScriptService[],
  { words, moved = new Map() }: { readonly words: readonly string[]; readonly moved?: ReadonlyMap<string, string> },
): TypeVerdict {
  const after = services.map((service) => errorsIn(work, service, service.paths()));
  const files = new Set(services.flatMap((service) => service.paths())).size;
  if (after.every((list) => list.length === 0)) return { obstacles: [], files };
  const planned = work.files.planned();
  work.files.clear();
  const before = services.map((service, at) => {
    const back = new Map([...moved].map(([from, to]) => [to, from]));
    const paths = new Set((after[at] ?? []).map(({ path }) => back.get(path) ?? path));
    return errorsIn(work, service, [...paths]);
  });
  for (const [path, text] of planned) work.files.put(path, text);
  const found = after.flatMap((list, at) => onlyNew(list, before[at] ?? [], { words, moved }));
  return { obstacles: [...new Map(found.map((one) => [one.where, one])).values()], files };
}

interface TypeError {
  readonly path: string;
  readonly where: string;
  readonly code: number;
  readonly message: string;
}

function errorsIn(
  { typescript, files }: ScriptWorkspace,
  service: ScriptService,
  paths: readonly string[],
): TypeError[] {
  const program = service.program();
  return paths.flatMap((path) => {
    const source = service.source(path);
    if (!source || source.isDeclarationFile) return [];
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found
      .filter(({ category }) => category === typescript.DiagnosticCategory.Error)
      .map((one) => errorOf(one, { path, root: files.root, typescript }));
  });
}

function errorOf(
  { start = 0, file, code, messageText }: ts.Diagnostic,
  { path, root, typescript }: { readonly path: string; readonly root: string; readonly typescript: typeof ts },
): TypeError {
  const { line, character } = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
  const message = typescript.flattenDiagnosticMessageText(messageText, ' ');
  const own = file === undefined ? path : (inside(root, file.fileName) ?? path);
  return { path: own, where: `${own}:${line + 1}:${character + 1}`, code, message };
}

function onlyNew(
  after: readonly TypeError[],
  before: readonly TypeError[],
  { words, moved }: { readonly words: readonly string[]; readonly moved: ReadonlyMap<string, string> },
): Obstacle[] {
  const names = new RegExp(
    words.map((word) => word.replaceAll(/[^\p{ID_Continue}]/gu, '\\$&')).join('|') || '$^',
    'gu',
  );
  const keyOf = ({ path, code, message }: TypeError): string => {
    const plain = words.length === 0 ? message : message.replaceAll(names, '…');
    return `${moved.get(path) ?? path} ${code} ${plain.replaceAll(/"[^"]*"|'[^']*\/[^']*'/g, '""').slice(0, 160)}`;
  };
  const known = new Map<string, number>();
  for (const one of before) known.set(keyOf(one), (known.get(keyOf(one)) ?? 0) + 1);
  return after.flatMap((one) => {
    const left = known.get(keyOf(one)) ?? 0;
    known.set(keyOf(one), left - 1);
    if (left > 0) return [];
    return [{ reason: 'new error', where: one.where, what: `TS${one.code} ${one.message.slice(0, 300)}` } as const];
  });
}
