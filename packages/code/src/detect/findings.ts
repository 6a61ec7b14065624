import { commandGatherer, gatherer, type CommandGatherer, type Gatherer } from './gather.ts';
import type { Warn } from './read-manifest.ts';
import type { RepositoryFiles } from './repository-files.ts';
import type { StackPackage } from './stack.ts';

/** Where a package lies, for those that look at it. */
export interface PackagePlace {
  readonly files: RepositoryFiles;
  /** Relative to the root; empty for the root. */
  readonly folder: string;
  readonly warn: Warn;
}

/** What is gathered of one package. */
export interface Findings {
  name?: string;
  readonly languages: Gatherer;
  readonly packageManagers: Gatherer;
  readonly frameworks: Gatherer;
  readonly testRunners: Gatherer;
  readonly runtimes: Gatherer;
  readonly commands: CommandGatherer;
}

export function findings(): Findings {
  return {
    languages: gatherer(),
    packageManagers: gatherer(),
    frameworks: gatherer(),
    testRunners: gatherer(),
    runtimes: gatherer(),
    commands: commandGatherer(),
  };
}

/** Lays out what was gathered. */
export function packageOf(found: Findings, folder: string, role: StackPackage['role']): StackPackage {
  return {
    path: cwdOf(folder),
    ...(found.name === undefined ? {} : { name: found.name }),
    role,
    languages: found.languages.facts(),
    packageManagers: found.packageManagers.facts(),
    frameworks: found.frameworks.facts(),
    testRunners: found.testRunners.facts(),
    runtimes: found.runtimes.facts(),
    commands: found.commands.commands(),
  };
}

/** A folder as people write it: `.` for the root. */
export function cwdOf(folder: string): string {
  return folder === '' ? '.' : folder;
}
