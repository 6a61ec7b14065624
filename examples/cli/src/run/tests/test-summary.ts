import type { FailureHint, Suspect } from '@capstan/code';
import { duration, plural } from '../../render/amounts.ts';
import type { Colour } from '../../render/colour.ts';
import { plainText } from '../../render/plain-text.ts';
import { hintLines, suspectText } from './hint-text.ts';
import type { TestRun } from './test-run.ts';

const maxShown = 20;

/** What people read under a run of tests: each failure with its hint, then the counts. */
export async function testSummary(run: TestRun, hints: readonly FailureHint[], colour: Colour): Promise<string> {
  const shown = hints.slice(0, maxShown).map((hint) => {
    const [head = '', ...rest] = hintLines(hint);
    return [colour.red(head), ...rest].join('\n');
  });
  const more = hints.length > maxShown ? [`… and ${hints.length - maxShown} more failures.`] : [];
  const [first] = hints.length > 1 ? await suspectsIn(hints) : [];
  const most = first && first.confidence >= 0.5 ? [`Most likely to blame: ${suspectText(first)}`] : [];
  return [...shown, ...more, ...most.map(plainText), countLine(run, colour)].join('\n\n');
}

function countLine({ passed, counts, failures, durationMs, commands }: TestRun, colour: Colour): string {
  const told = counts
    ? [
        `${counts.passed} passed`,
        ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
        ...(counts.skipped > 0 ? [`${counts.skipped} skipped`] : []),
      ].join(', ')
    : passed
      ? ''
      : plural(failures.length, 'failure');
  const word = passed ? colour.green('Passed') : colour.red('Failed');
  return `${word}${told === '' ? '' : `: ${told}`} in ${duration(durationMs)}  (${commands.join(' · ')})`;
}

/** What several failures share, the likeliest to blame first. */
async function suspectsIn(hints: readonly FailureHint[]): Promise<Suspect[]> {
  const { commonSuspects } = await import('@capstan/code');
  return commonSuspects(hints).slice(0, 10);
}

/** The fields of a run of tests in a payload. */
export async function testRunPayload(
  { passed, commands, counts, durationMs, tail }: TestRun,
  hints: readonly FailureHint[],
) {
  return {
    passed,
    commands,
    ...(counts ? { counts } : {}),
    failures: hints,
    suspects: await suspectsIn(hints),
    durationMs: Math.round(durationMs),
    output: tail,
  };
}
