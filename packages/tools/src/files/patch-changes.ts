import type { FileChange } from '../worktree/file-change.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { parsePatch } from './parse-patch.ts';
import { planPatch } from './patch-plan.ts';

/**
 * Works out what a patch in any of the common formats (unified, Begin Patch, search and replace) would leave of the files
 * it names, ready for `worktree.change` or `worktree.patches.propose`. Nothing is changed.
 *
 * @throws {CapstanError} `tool_failed` when the text is no patch or a part of it does not fit, `path_outside`.
 */
export async function patchChanges(worktree: Worktree, text: string): Promise<readonly FileChange[]> {
  return (await planPatch(worktree, parsePatch(text))).changes;
}
