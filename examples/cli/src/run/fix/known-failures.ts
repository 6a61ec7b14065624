import { dirname } from 'node:path/posix';
import { failureKey, type TestFailure } from '@capstan/code';

/** What failed before a try, to tell what is new after it. */
export interface KnownFailures {
  /** The test failed before, or could not run because of what failed before. */
  covers(failure: TestFailure): boolean;
  /** Every one of these still fails. */
  allIn(failures: readonly TestFailure[]): boolean;
}

/**
 * Remembers what failed. A file that did not load hides its tests: those that fail once it loads are found, not broken.
 * The same holds for a package of Go that did not build, and for a command whose output tells nothing.
 */
export function knownFailures(before: readonly TestFailure[]): KnownFailures {
  const keys = new Set(before.map(failureKey));
  const hiding = before.filter(hidesOthers);
  return {
    covers: (one) => keys.has(failureKey(one)) || hiding.some((whole) => hides(whole, one)),
    allIn(failures) {
      const now = new Set(failures.map(failureKey));
      return [...keys].every((key) => now.has(key));
    },
  };
}

function hidesOthers({ name, file, source }: TestFailure): boolean {
  return (
    source === 'command' || source === 'tsc' || source === 'compiler' || (file !== undefined && name.startsWith(file))
  );
}

function hides(whole: TestFailure, one: TestFailure): boolean {
  if (whole.source === 'command') return true;
  // What does not compile hides tests, and no other findings of the compiler.
  if (whole.source === 'tsc' || whole.source === 'compiler') return one.source !== whole.source;
  if (whole.file === undefined || one.file === undefined) return false;
  return whole.file === one.file || (whole.source === 'go' && dirname(whole.file) === dirname(one.file));
}
