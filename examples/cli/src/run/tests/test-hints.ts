import type { CodeIndex, FailureHint, RecentChange, TestFailure } from '@capstan/code';

/** Makes hints of failures with what the index and git know by now. */
export async function testHints(index: CodeIndex, failures: readonly TestFailure[]): Promise<FailureHint[]> {
  if (failures.length === 0) return [];
  const { failureHints, recentChanges } = await import('@capstan/code');
  await index.refresh();
  const changes: readonly RecentChange[] = await recentChanges(index.root);
  return failureHints(failures, { index, changes });
}
