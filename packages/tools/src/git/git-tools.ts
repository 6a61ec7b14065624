import type { Tool } from '@capstan/sdk/contract';
import type { ShellTree } from '../shell/shell-options.ts';
import { openGit, type GitOptions } from './git.ts';
import { gitBlameTool, gitDiffTool, gitLogTool, gitShowTool, gitStatusTool } from './git-read-tools.ts';
import { gitBranchTool, gitCommitTool, gitStashTool, gitWorktreeTool } from './git-write-tools.ts';

/**
 * Makes the git tools over one work tree: `git_status`, `git_diff`, `git_log`, `git_show`, `git_blame`, `git_commit`,
 * `git_branch`, `git_stash`, `git_worktree`. Nothing that a repository's settings or attributes name is run by them;
 * hooks run on a commit only.
 */
export function gitTools(worktree: ShellTree, options: GitOptions = {}): Tool[] {
  const tools = { worktree, git: openGit(worktree.root, options) };
  const makers = [
    gitStatusTool,
    gitDiffTool,
    gitLogTool,
    gitShowTool,
    gitBlameTool,
    gitCommitTool,
    gitBranchTool,
    gitStashTool,
    gitWorktreeTool,
  ];
  return makers.map((make) => make(tools));
}
