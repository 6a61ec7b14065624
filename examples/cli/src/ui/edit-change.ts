import type { ApprovalRequested } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';

export interface EditChangeOptions {
  readonly worktree: Worktree;
  /** The run that asks. */
  readonly runId: string | undefined;
  readonly by: string;
  /** Lets the person change a text. */
  readonly edit: (text: string) => string;
}

/**
 * Lets the person change a change before it is made, and makes what they left of it.
 *
 * @returns What to tell the model, or `undefined` when nothing was changed in the diff: then nothing was done.
 * @throws {CapstanError} when what they left is no diff, or does not fit.
 */
export async function editChange(
  { preview, callId }: ApprovalRequested,
  { worktree, runId, by, edit }: EditChangeOptions,
): Promise<string | undefined> {
  if (preview.kind !== 'diff') return undefined;
  const edited = edit(preview.diff);
  if (edited.trim() === preview.diff.trim()) return undefined;
  if (edited.trim() === '') return `${by} took everything out of this change. Nothing was done.`;
  const { patchChanges } = await import('@capstan/tools');
  const changes = await patchChanges(worktree, edited);
  await worktree.change(changes, { ...(runId === undefined ? {} : { runId }), callId, label: `edited by ${by}` });
  return `${by} changed this diff and applied it in this form instead; do not apply yours:\n\n${edited}`;
}
