import type { Worktree } from '../worktree/worktree.ts';
import type { SeenFiles } from './seen-files.ts';

/** What the file tools of one work tree share. */
export interface FileTools {
  readonly worktree: Worktree;
  readonly seen: SeenFiles;
}
