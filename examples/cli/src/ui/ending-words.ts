import type { RunResult } from '@capstan/sdk/contract';

/** Says how a turn ended, where that is not plain from what it did. */
export function endingWords({ reason, error, limit }: Pick<RunResult, 'reason' | 'error' | 'limit'>): string[] {
  return [
    ...(error ? [error.message] : []),
    ...(reason === 'budget' ? [`The budget ran out: ${limit ?? 'a limit'} is spent. Raise it with /budget.`] : []),
    ...(reason === 'stopped' ? ['Stopped. What was done so far is kept; /undo takes it back.'] : []),
  ];
}
