import { refuseFor, type Obstacle } from '../obstacle.ts';
import { counted } from '../counted.ts';
import { publicEntries } from './public-names.ts';
import { syntaxObstacles, type ScriptWorkspace } from './script-workspace.ts';
import type { ScriptService } from './script-service.ts';
import { newTypeErrors } from './type-errors.ts';

export interface PlannedCheck {
  readonly what: string;
  readonly words?: readonly string[];
  /** New path of a moved file by its old one. */
  readonly moved?: ReadonlyMap<string, string>;
  readonly isPublic: boolean;
}

/** What a check must know of the time before the change. */
export interface Remembered {
  readonly services: readonly ScriptService[];
  readonly exported: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Looks up what the projects that read some files are like before a change; refuses where a file cannot be read. */
export function rememberBefore(work: ScriptWorkspace, paths: readonly string[], what: string): Remembered {
  const services = [...new Set(paths.flatMap((path) => work.reading(path)))];
  refuseFor(what, syntaxObstacles(services, paths));
  refuseFor(
    what,
    paths
      .filter((path) => work.generated.has(path))
      .map((path) => ({ reason: 'generated', where: path, what: 'a tool writes this file' })),
  );
  return { services, exported: exportedNames(work, services) };
}

/**
 * Refuses a planned change that brings errors or takes a name away from other packages.
 *
 * @returns What was found to hold, in words.
 */
export function checkPlanned(work: ScriptWorkspace, before: Remembered, check: PlannedCheck): readonly string[] {
  const { what, words = [], moved = new Map<string, string>(), isPublic } = check;
  const { services } = before;
  const { obstacles, files } = newTypeErrors(work, services, { words, moved });
  refuseFor(what, obstacles);
  if (!isPublic) refuseFor(what, lostNames(before.exported, exportedNames(work, services), moved));
  return [`no new errors in ${counted(files, 'file')} of ${counted(services.length, 'project')}`];
}

function exportedNames(
  work: ScriptWorkspace,
  services: readonly ScriptService[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const path of publicEntries(work)) {
    for (const { program, source } of services) {
      const entry = source(path);
      const checker = program().getTypeChecker();
      const module = entry && checker.getSymbolAtLocation(entry);
      if (!entry) continue;
      const names = found.get(path) ?? new Set<string>();
      found.set(path, names);
      for (const { name } of module ? checker.getExportsOfModule(module) : []) names.add(name);
    }
  }
  return found;
}

function lostNames(
  before: ReadonlyMap<string, ReadonlySet<string>>,
  after: ReadonlyMap<string, ReadonlySet<string>>,
  moved: ReadonlyMap<string, string>,
): Obstacle[] {
  return [...before].flatMap(([path, names]): Obstacle[] => {
    if (moved.has(path))
      return [{ reason: 'public', where: path, what: 'a package names it as its entry; --public allows it' }];
    const left = after.get(path) ?? new Set();
    const lost = [...names].filter((name) => !left.has(name));
    if (lost.length === 0) return [];
    const what = `other packages could no longer import ${lost.join(', ')} from this entry; --public allows it`;
    return [{ reason: 'public', where: path, what }];
  });
}
