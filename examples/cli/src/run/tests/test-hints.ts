import type { CodeIndex, FailureHint, RecentChange, TestFailure } from '@capstan/code';
import { openCodeIndex } from '../../project/open-code-index.ts';

/** Makes hints of failures with what the index and git know by now. */
export async function testHints(index: CodeIndex, failures: readonly TestFailure[]): Promise<FailureHint[]> {
  if (failures.length === 0) return [];
  const { failureHints, recentChanges } = await import('@capstan/code');
  await index.refresh();
  const changes: readonly RecentChange[] = await recentChanges(index.root);
  return failureHints(failures, { index, changes });
}

/** Makes hints of what a command printed. None where nothing in it is known. */
export async function textHints(root: string, text: string): Promise<FailureHint[]> {
  const { parseFailures } = await import('@capstan/code');
  const failures = parseFailures(text, { root });
  if (failures.length === 0) return [];
  const index = await openCodeIndex(root);
  try {
    return await testHints(index, failures);
  } finally {
    await index.close();
  }
}
