import type { Trial } from './trial.ts';

const heads = ['candidate', 'run', 'tests', 'type errors', 'files', 'lines', 'cost', 'time'] as const;

/** Gives the table of an experiment, its heads first, as text for people and judges. */
export function trialRows(trials: readonly Trial[]): readonly (readonly string[])[] {
  return [heads, ...trials.map(rowOf)];
}

function rowOf({ name, reason, tests, typeErrors, patch, costUsd, seconds }: Trial): readonly string[] {
  return [
    name,
    reason,
    testWords(tests),
    typeErrors === undefined ? '–' : String(typeErrors),
    patch ? fileWords(patch.files) : 'none',
    patch ? `+${patch.added} −${patch.removed}` : '',
    costUsd === undefined ? '?' : `$${costUsd.toFixed(4)}`,
    `${seconds.toFixed(1)} s`,
  ];
}

const ofTests = /(^|[/._-])(tests?|specs?|__tests__)([/._-]|$)/i;

/** Work that passes because it has changed the tests is worth a look. */
function fileWords(files: readonly { readonly path: string }[]): string {
  const tests = files.filter(({ path }) => ofTests.test(path)).length;
  return tests === 0 ? String(files.length) : `${files.length}, ${tests} of tests`;
}

function testWords(tests: Trial['tests']): string {
  if (!tests) return '–';
  if (tests.total === undefined) return tests.passed ? 'passed' : 'failed';
  return tests.passed ? `${tests.total} passed` : `${tests.failed ?? '?'} of ${tests.total} failed`;
}
