import type { Outcome } from '../plan-changes.ts';
import { join } from 'node:path/posix';
import type ts from 'typescript-6';
import { checkPlanned } from './check-planned.ts';
import { gatherEdits, putEdits, type GatheredEdits } from './put-edits.ts';
import { syntaxObstacles, type ScriptWorkspace } from './script-workspace.ts';
import type { ScriptService } from './script-service.ts';
import { styleOf } from './text-style.ts';

/** Sorts imports and takes those away that nothing uses. Files where that could matter are left, with a warning. */
export function organiseScript(work: ScriptWorkspace, paths: readonly string[], isPublic: boolean): Outcome {
  const places = new Map<string, number>();
  const warnings: string[] = [];
  const touched = new Set<ScriptService>();
  const what = 'organise imports';
  for (const path of paths.filter((one) => work.paths.includes(one))) {
    const home = work.homeOf(path);
    const broken = syntaxObstacles([home], [path])[0];
    if (broken) warnings.push(`${broken.where} left as it is: ${broken.what}`);
    else if (work.generated.has(path)) warnings.push(`${path} left as it is: a tool writes this file`);
    else if (organise(work, home, { path, what, places })) touched.add(home);
    else warnings.push(`${path} left as it is: an import that is made for what it does would come at another time`);
  }
  if (places.size === 0) return { summary: '', warnings, checked: [], places };
  const checked = checkPlanned(work, { services: [...touched], exported: new Map() }, { what, isPublic });
  return { summary: what, warnings, checked, places };
}

interface Organised {
  readonly path: string;
  readonly what: string;
  readonly places: Map<string, number>;
}

function organise(work: ScriptWorkspace, home: ScriptService, { path, what, places }: Organised): boolean {
  const { typescript, files } = work;
  const text = files.text(path) ?? '';
  const { format, preferences } = styleOf(typescript, text);
  const given = home.service.organizeImports({ type: 'file', fileName: join(files.root, path) }, format, preferences);
  const gathered: GatheredEdits = new Map();
  gatherEdits(work, given, { into: gathered, what });
  if (gathered.size === 0) return true;
  const before = sideEffects(typescript, home.source(path));
  putEdits(work, gathered, { what, places });
  const after = sideEffects(typescript, home.source(path));
  if (files.text(path) === text) places.delete(path);
  if (sameOrder(before, after)) return true;
  files.put(path, text);
  places.delete(path);
  return false;
}

/** Of each import that is made for what it does, the imports before it. */
function sideEffects(
  typescript: typeof ts,
  source: ts.SourceFile | undefined,
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  const seen = new Set<string>();
  for (const one of source?.statements ?? []) {
    if (!typescript.isImportDeclaration(one)) continue;
    const name = one.moduleSpecifier.getText().slice(1, -1);
    if (one.importClause === undefined) found.set(name, new Set(seen));
    seen.add(name);
  }
  found.set('', seen);
  return found;
}

function sameOrder(
  before: ReadonlyMap<string, ReadonlySet<string>>,
  after: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const left = after.get('') ?? new Set<string>();
  return [...before].every(([name, earlier]) => {
    const now = after.get(name);
    return name === '' || (now !== undefined && [...left].every((one) => earlier.has(one) === now.has(one)));
  });
}
