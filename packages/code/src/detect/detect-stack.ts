import { realpath, stat } from 'node:fs/promises';
import { CapstanError } from '@capstan/sdk/contract';
import { addWorkflows } from './add-workflows.ts';
import { findConflicts } from './find-conflicts.ts';
import { findings, packageOf, type Findings, type PackagePlace } from './findings.ts';
import { readGoPackage } from './go-package.ts';
import { isOtherManifest, readOtherPackages } from './other-packages.ts';
import { readPythonPackage } from './python-package.ts';
import type { Warn } from './read-manifest.ts';
import { below, folderOf, repositoryFiles, type RepositoryFiles } from './repository-files.ts';
import { readScriptPackage, type OuterScripts } from './script-package.ts';
import type { Stack, StackWarning, Workspace } from './stack.ts';
import { isTaskFile, readTaskFiles } from './task-files.ts';
import { readWorkflows } from './workflows.ts';
import { findWorkspaces } from './workspaces.ts';

export interface DetectStackOptions {
  readonly signal?: AbortSignal;
}

/** Folders of examples, tests and the like: what lies there is no package of the repository unless its workspace says so. */
const aside =
  /(^|\/)(tests?|__tests__|__fixtures__|fixtures?|testdata|e2e|examples?|demos?|samples?|templates?|template-[^/]*|playgrounds?|vendor|third_party|docs_src|tutorials?)(\/|$)/i;

const manifests =
  /^(package\.json|pyproject\.toml|setup\.py|setup\.cfg|Pipfile|requirements[\w.-]*\.txt|manage\.py|go\.mod)$/;

/**
 * Finds out what a repository is made with and which commands install, build, test, check and start it, for each package of
 * a workspace too: from manifests, lock files, settings of tools, Makefiles and workflows. Each fact says how sure it is
 * and where it stands. Only files are read; nothing of the repository is run.
 *
 * A file with a mistake gives a warning, and what can be read of it still counts.
 *
 * @param root An existing folder; links are followed.
 * @throws {CapstanError} `not_found` when it is no folder, `aborted` through the signal.
 */
export async function detectStack(root: string, { signal }: DetectStackOptions = {}): Promise<Stack> {
  const real = await realpath(root).catch(() => undefined);
  if (real === undefined || !(await stat(real)).isDirectory())
    throw new CapstanError('not_found', `${root} is no folder. Give the path of an existing one.`, { where: root });
  const files = await repositoryFiles(real, signal);
  const warnings = new Map<string, StackWarning>();
  const warn: Warn = (warning) => warnings.set(`${warning.file}:${warning.line ?? ''}:${warning.message}`, warning);
  const workspaces = allWorkspaces(files, warn);
  const members = new Set(workspaces.flatMap((one) => one.members));
  const folders = packageFolders(files, members);
  const found = new Map<string, Findings>();
  const outer = new Map<string, OuterScripts>();
  for (const folder of folders) found.set(folder, readPackage({ files, folder, warn }, { members, outer }));
  const workflows = readWorkflows(files, warn);
  addWorkflows(workflows, found, new Set(files.folders));
  const packages = [...found].map(([folder, one]) =>
    packageOf(one, folder, folder === '' ? 'root' : members.has(folder) ? 'member' : 'separate'),
  );
  return {
    root: real,
    packages,
    workspaces,
    workflows: workflows.steps,
    conflicts: findConflicts(files, folders, packages),
    warnings: [...warnings.values()],
  };
}

function allWorkspaces(files: RepositoryFiles, warn: Warn): Workspace[] {
  const places = [
    'package.json',
    'pnpm-workspace.yaml',
    'go.work',
    'Cargo.toml',
    'pyproject.toml',
    'lerna.json',
    'nx.json',
  ];
  const folders = files.folders.filter(
    (one) => one === '' || (!aside.test(one) && places.some((name) => files.has(below(one, name)))),
  );
  return folders
    .flatMap((folder) => findWorkspaces(files, folder, warn))
    .filter(({ tool, members }) => members.length > 0 || ['turbo', 'nx', 'lerna'].includes(tool));
}

/** Folders that hold a manifest, the root's first. */
function packageFolders(files: RepositoryFiles, members: ReadonlySet<string>): string[] {
  const holds = (folder: string): boolean =>
    files.names(folder).some((name) => manifests.test(name) || isOtherManifest(name));
  const all = files.folders.filter((folder) =>
    folder === '' ? holds(folder) || files.names(folder).some(isTaskFile) : holds(folder),
  );
  const kept = all.filter(
    (folder) => folder === '' || members.has(folder) || (!aside.test(folder) && !isInner(files, folder)),
  );
  return kept.length > 0 ? kept : all.slice(0, 50);
}

/** A requirements list or settings below a project of Python belong to it. */
function isInner(files: RepositoryFiles, folder: string): boolean {
  const own = files.names(folder).filter((name) => manifests.test(name) || isOtherManifest(name));
  const python = own.every((name) => /^(requirements|setup\.cfg)/.test(name));
  if (python) return true;
  // A package.json that only says which kind of module lies there is none.
  if (own.length === 1 && own[0] === 'package.json')
    return !/"(name|scripts|dependencies|devDependencies)"/.test(files.text(below(folder, 'package.json')) ?? '');
  return false;
}

interface Around {
  readonly members: ReadonlySet<string>;
  /** What each package of JavaScript says for those below it. */
  readonly outer: Map<string, OuterScripts>;
}

function readPackage(place: PackagePlace, { members, outer }: Around): Findings {
  const { files, folder } = place;
  const found = findings();
  const names = files.names(folder);
  if (names.includes('package.json')) {
    const around = members.has(folder) ? nearest(outer, folder) : undefined;
    outer.set(folder, readScriptPackage(place, found, around));
  }
  if (
    names.some((name) =>
      /^(pyproject\.toml|setup\.py|setup\.cfg|Pipfile|requirements[\w.-]*\.txt|manage\.py)$/.test(name),
    ) &&
    isPython(place)
  )
    readPythonPackage(place, found);
  if (names.includes('go.mod')) readGoPackage(place, found);
  readOtherPackages(place, found);
  readTaskFiles(place, found);
  return found;
}

/** A pyproject.toml that only holds settings of tools, beside another manifest, makes no project of Python. */
function isPython({ files, folder }: PackagePlace): boolean {
  const names = files.names(folder);
  if (!names.includes('package.json') && !names.includes('go.mod') && !names.includes('Cargo.toml')) return true;
  const text = files.text(below(folder, 'pyproject.toml')) ?? '';
  return (
    /^\[(project|tool\.poetry|build-system)\b/m.test(text) ||
    names.some((name) => /^(setup\.py|Pipfile|requirements[\w.-]*\.txt|manage\.py)$/.test(name))
  );
}

function nearest(outer: ReadonlyMap<string, OuterScripts>, folder: string): OuterScripts | undefined {
  for (let at = folderOf(folder); ; at = folderOf(at)) {
    const found = outer.get(at);
    if (found || at === '') return found;
  }
}
