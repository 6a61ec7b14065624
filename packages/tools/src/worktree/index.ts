export { openWorktree } from './worktree.ts';
export type { ChangeOptions, TreeFile, Worktree, WorktreeOptions } from './worktree.ts';
export type { DeleteFile, FileChange, WriteFile, WriteLink } from './file-change.ts';
export type { Location } from './locate.ts';
export type { PatchCheck, Patches, PatchInfo, PatchOutcome, PatchState } from './patches.ts';
export type { PatchOrigin, Recovered } from './tree.ts';
export type { StepProbe } from './apply-entries.ts';
export type { Snapshot, Snapshots } from './snapshots.ts';
export type { WatchOptions } from './watch-changes.ts';
