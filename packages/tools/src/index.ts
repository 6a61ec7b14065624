export { codingTools } from './files/coding-tools.ts';
export type { CodingToolsOptions } from './files/coding-tools.ts';
export { openWorktree } from './worktree/worktree.ts';
export type { ChangeOptions, TreeFile, Worktree, WorktreeOptions } from './worktree/worktree.ts';
export type { DeleteFile, FileChange, WriteFile, WriteLink } from './worktree/file-change.ts';
export type { Location } from './worktree/locate.ts';
export type { PatchCheck, Patches, PatchInfo, PatchOutcome, PatchState } from './worktree/patches.ts';
export type { PatchOrigin, Recovered } from './worktree/tree.ts';
