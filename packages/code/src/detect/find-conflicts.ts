import { pythonLocks } from './python-package.ts';
import { below, type RepositoryFiles } from './repository-files.ts';
import { scriptLocks } from './script-manager.ts';
import type { StackConflict, StackPackage } from './stack.ts';

/** Finds what cannot both be right: lock files of two managers, a manager that is named and another one's lock file. */
export function findConflicts(
  files: RepositoryFiles,
  folders: readonly string[],
  packages: readonly StackPackage[],
): StackConflict[] {
  return [
    ...folders.flatMap((folder) => [locks(files, folder, scriptLocks), locks(files, folder, pythonLocks)].flat()),
    ...packages.flatMap(managers),
  ];
}

function locks(files: RepositoryFiles, folder: string, known: Readonly<Record<string, string>>): StackConflict[] {
  const found = files.names(folder).flatMap((name) => {
    const manager = known[name];
    return manager === undefined ? [] : [{ file: below(folder, name), says: `lock file of ${manager}`, manager }];
  });
  const names = new Set(found.map(({ manager }) => manager));
  if (names.size < 2) return [];
  const evidence = found.map(({ file, says }) => ({ file, says }));
  const message = `There are lock files of ${[...names].join(' and ')}. Keep the one in use and delete the other.`;
  return [{ about: 'lock files', message, evidence }];
}

/** The manager that the manifest names must be the one whose lock file lies beside it. */
function managers({ packageManagers }: StackPackage): StackConflict[] {
  const evidence = packageManagers.flatMap((one) => one.evidence.map((each) => ({ ...each, manager: one.value })));
  const named = evidence.find(({ says }) => says.startsWith('packageManager is'));
  const locked = evidence.filter(({ says }) => says.startsWith('lock file of'));
  if (!named || locked.length === 0 || locked.some(({ manager }) => manager === named.manager)) return [];
  const [lock] = locked;
  if (!lock || !/^(npm|pnpm|yarn|bun)$/.test(lock.manager)) return [];
  const message = `${named.file} names ${named.manager}, and the lock file is one of ${lock.manager}. Change one of them.`;
  return [{ about: 'package manager', message, evidence: [named, lock].map(({ manager: _, ...rest }) => rest) }];
}
