import { failureKey, type TestFailure } from '@capstan/code';
import type { TestDesk } from '../tests/test-desk.ts';
import type { TestRun } from '../tests/test-run.ts';
import type { TestTarget } from '../tests/test-target.ts';

/** Failures that hold, and tests that fail only now and then. */
export interface Sorted {
  readonly failures: readonly TestFailure[];
  readonly flaky: readonly TestFailure[];
}

const maxSingle = 6;
const quiet = { quiet: true } as const;

/**
 * Runs what failed once more, alone, before it is blamed: a test that passes then, with nothing changed, is flaky.
 *
 * @param targets What was run.
 */
export async function withoutFlaky(desk: TestDesk, run: TestRun, targets: readonly TestTarget[]): Promise<Sorted> {
  const { failures } = run;
  const files = [...new Set(failures.flatMap(({ file }) => file ?? []))];
  const groups = desk.of(files);
  const placed = failures.length > 0 && failures.every(({ file }) => file !== undefined) && groups.length > 0;
  if (!placed) return sorted(failures, keysOf((await desk.run(targets, quiet)).failures));
  const names = failures.map(testName);
  const [first] = names;
  const [group] = groups;
  // One by one where they are few; a name narrows a run to the tests that carry it.
  if (
    failures.length <= maxSingle &&
    files.length === 1 &&
    groups.length === 1 &&
    group?.kind === 'runner' &&
    first !== undefined
  ) {
    const still = new Set<string>();
    for (const failure of failures) {
      const again = await desk.run([{ ...group, name: testName(failure) }], quiet);
      const ran = again.counts !== undefined && again.counts.passed + again.counts.failed > 0;
      if (!ran || again.failures.some((one) => failureKey(one) === failureKey(failure)) || !again.passed)
        still.add(failureKey(failure));
    }
    return sorted(failures, still);
  }
  return sorted(failures, keysOf((await desk.run(groups, quiet)).failures));
}

function sorted(failures: readonly TestFailure[], still: ReadonlySet<string>): Sorted {
  return {
    failures: failures.filter((one) => still.has(failureKey(one))),
    flaky: failures.filter((one) => !still.has(failureKey(one))),
  };
}

/** The names of failures across runs. */
export function keysOf(failures: readonly TestFailure[]): ReadonlySet<string> {
  return new Set(failures.map(failureKey));
}

/** The test's own name, without those of its suites; parameters in brackets are no part of it. */
function testName({ name }: TestFailure): string {
  const own = name.slice(name.lastIndexOf(' > ') < 0 ? 0 : name.lastIndexOf(' > ') + 3);
  return own.replace(/\[.*\]$/, '');
}
