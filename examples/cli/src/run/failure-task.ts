import type { FailureHint } from '@capstan/code';
import { hintLines } from './tests/hint-text.ts';

/** What an agent is told of something that failed. */
export interface FailureOrder {
  /** What was run, in words. */
  readonly command: string;
  /** Absent where several things were run. */
  readonly exit?: number;
  readonly hints: readonly FailureHint[];
  /** The end of the output. */
  readonly tail: string;
  /** What happened before, for a second try. */
  readonly before?: string | undefined;
  /** Tests may be changed where they are wrong. */
  readonly allowTests?: boolean;
}

const maxHints = 12;
const maxTail = 6_000;

/** Puts a failure into a task: what failed, where, what is likely to blame, and what must not be done about it. */
export function failureTask({ command, exit, hints, tail, before, allowTests = false }: FailureOrder): string {
  const ended = exit === undefined ? 'failed' : `ended with exit code ${exit}`;
  const rule = allowTests
    ? 'Change a test only where the test itself is wrong, and say so.'
    : 'Fix the cause, not the check: do not weaken, skip, delete or change tests.';
  const known = hints.slice(0, maxHints).map((hint) => hintLines(hint).join('\n'));
  const rest = hints.length > maxHints ? [`… and ${hints.length - maxHints} more.`] : [];
  return [
    ...(before === undefined ? [] : [before]),
    `The command \`${command}\` ${ended}. Find out why and fix the failing tests or code so that it passes. ${rule}`,
    ...(known.length === 0
      ? []
      : [
          `What failed, with files that may be to blame (found by rules; they may be wrong):\n\n${[...known, ...rest].join('\n\n')}`,
        ]),
    `The end of its output:\n<output>\n${tail.slice(-maxTail)}\n</output>`,
  ].join('\n\n');
}
