import type { Worktree } from '../worktree/worktree.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { Turns } from './one-at-a-time.ts';
import { seenFiles } from './seen-files.ts';
import type { SeenFiles } from './seen-files.ts';

/** What the file tools of one work tree share. */
export interface FileTools {
  readonly worktree: Worktree;
  readonly seen: SeenFiles;
  /** Calls that change files take turns: models edit one file by several calls at once. */
  readonly inTurn: Turns;
}

/** Gives what the file tools of one work tree share. */
export function fileToolsOf(worktree: Worktree): FileTools {
  return { worktree, seen: seenFiles(), inTurn: oneAtATime() };
}
