import type { TestsOfChange } from '@capstan/code';
import { CapstanError } from '@capstan/sdk/contract';
import { changedFiles } from './changed-files.ts';
import type { TestDesk } from './test-desk.ts';
import type { TestTarget } from './test-target.ts';

/** Tests of what changed, and why they are these. */
export interface RelatedTargets {
  readonly targets: readonly TestTarget[];
  readonly change: TestsOfChange;
  readonly why?: string;
}

/** Finds the tests of the files that differ from a commit. @throws {CapstanError} `invalid_config` for no such commit. */
export function relatedTargets(desk: TestDesk, base: string): RelatedTargets {
  const changed = changedFiles(desk.root, base);
  if (!changed)
    throw new CapstanError('invalid_config', `git knows no ${base} here. Give --base a commit, or run all tests.`, {
      where: '--base',
    });
  return targetsOfFiles(desk, changed);
}

/** Finds the tests of some files: all tests where any may be concerned. */
export function targetsOfFiles(desk: TestDesk, changed: readonly string[]): RelatedTargets {
  const change = desk.change(changed);
  if (change.all !== undefined)
    return { targets: desk.all(), change, why: `${change.all} changed, which any test may depend on.` };
  if (changed.length === 0) return { targets: [], change, why: 'Nothing changed.' };
  const targets = desk.of(change.tests.map(({ path }) => path));
  if (targets.length > 0 || change.tests.length === 0) return { targets, change };
  return { targets: desk.all(), change, why: 'The tests here cannot be run file by file, so all are.' };
}
