import type { Tool } from '@capstan/sdk/contract';
import { shellTool } from '../shell/shell-tool.ts';
import type { ShellOptions } from '../shell/shell-tool.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { applyPatchTool } from './apply-patch-tool.ts';
import { editTool } from './edit-tool.ts';
import { globTool } from './glob-tool.ts';
import { grepTool } from './grep-tool.ts';
import { listTool } from './list-tool.ts';
import { readTool } from './read-tool.ts';
import { seenFiles } from './seen-files.ts';
import { watchedTool } from './watched-tool.ts';
import { writeTool } from './write-tool.ts';

export interface CodingToolsOptions {
  readonly shell?: ShellOptions;
}

/** Makes the tools of a coding agent over one work tree: `read`, `write`, `edit`, `apply_patch`, `list`, `glob`, `grep`, `shell`. */
export function codingTools(worktree: Worktree, { shell }: CodingToolsOptions = {}): Tool[] {
  const tools = { worktree, seen: seenFiles() };
  return [
    readTool(tools),
    writeTool(tools),
    editTool(tools),
    applyPatchTool(tools),
    listTool(tools),
    globTool(tools),
    grepTool(tools),
    watchedTool(worktree, shellTool(worktree, shell)),
  ];
}
