import type { RunResult } from '@capstan/sdk/contract';
import { interruptCode, type ExitCode } from '../frame/exit-code.ts';
import type { Interrupt } from '../frame/io.ts';
import type { CallRecord, RunTally } from './run-tally.ts';

/** How a run that has ended went, as far as its exit code needs to know. */
export interface RunCourse extends Pick<RunTally, 'calls' | 'lastStop'> {
  readonly interrupt?: Interrupt | undefined;
  /**
   * What counts as done: `change` where words alone are no answer, as from the practice model, whose only work is to
   * change code; `words` for a review or an explanation. Absent: a model decides by what it does.
   */
  readonly wants?: 'change' | 'words' | undefined;
}

export interface RunEnding {
  readonly exit: ExitCode;
  /** One sentence for people when the exit code is not 0. */
  readonly why?: string;
}

/** Judges a run that has ended: nothing that was not done counts as done. */
export function runEnding(result: RunResult, course: RunCourse): RunEnding {
  const { interrupt } = course;
  if (interrupt) return { exit: interruptCode(interrupt), why: 'Interrupted. What was done so far is kept.' };
  switch (result.reason) {
    case 'approval':
      return { exit: 3, why: 'The run waits for an approval.' };
    case 'budget':
      return { exit: 4, why: `The budget ran out: ${result.limit ?? 'a limit'} is spent.` };
    case 'stopped':
      return { exit: 130, why: 'Stopped. What was done so far is kept.' };
    case 'failed':
      return { exit: 1, why: result.error?.message ?? 'The run failed.' };
    case 'done':
      return doneEnding(result, course);
    default:
      return result.reason satisfies never;
  }
}

function doneEnding(result: RunResult, { calls, lastStop, wants }: RunCourse): RunEnding {
  if (lastStop === 'refusal') return { exit: 1, why: 'The model refused.' };
  const changed = result.patches.length > 0;
  if (wants === 'words' && result.text.trim() !== '') return { exit: 0 };
  if (wants === 'change' && !changed) return { exit: 1, why: 'Nothing was changed.' };
  const done = calls.filter(({ outcome }) => outcome === 'done');
  if (changed || done.some(({ acts }) => acts)) return { exit: 0 };
  const denied = calls.filter(({ outcome }) => outcome === 'denied');
  if (denied.some(({ acts }) => acts) || (denied.length > 0 && done.length === 0)) {
    return { exit: 3, why: `Nothing was done: ${names(denied)} was denied.` };
  }
  const failed = calls.filter(({ outcome, acts }) => outcome === 'failed' && acts);
  if (failed.length > 0) return { exit: 1, why: `Nothing was done: ${names(failed)} failed.` };
  if (result.text.trim() === '') return { exit: 1, why: 'The model gave no answer and did nothing.' };
  return { exit: 0 };
}

function names(calls: readonly CallRecord[]): string {
  return [...new Set(calls.map(({ tool }) => tool))].join(', ');
}
