import type { ProcessResult } from '../shell/run-process.ts';
import type { CheckName, Diagnostic } from './diagnostic.ts';
import type { Project } from './project.ts';

/** One linter, formatter or compiler. */
export interface Check {
  readonly name: CheckName;
  readonly program: string;
  /** Says whether a project uses it. */
  readonly detect: (project: Project) => boolean;
  /** Names of files it can check. */
  readonly files: RegExp;
  /** @param files Relative to the folder of the project; none means all. */
  readonly words: (files: readonly string[], project: Project) => readonly string[];
  /** @returns `undefined` when the output is not a report. */
  readonly parse: (
    result: Pick<ProcessResult, 'stdout' | 'stderr' | 'exitCode'>,
    cwd: string,
  ) => Diagnostic[] | undefined;
}
