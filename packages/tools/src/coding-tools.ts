import type { Tool } from '@capstan/sdk/contract';
import { applyPatchTool } from './files/apply-patch-tool.ts';
import { editTool } from './files/edit-tool.ts';
import { fileToolsOf } from './files/file-tools.ts';
import { globTool } from './files/glob-tool.ts';
import { grepTool } from './files/grep-tool.ts';
import { listTool } from './files/list-tool.ts';
import { readTool } from './files/read-tool.ts';
import { writeTool } from './files/write-tool.ts';
import { gitTools } from './git/git-tools.ts';
import { askUserTool } from './interact/ask-user-tool.ts';
import type { AskUserOptions } from './interact/ask-user-tool.ts';
import { todoTool } from './interact/todo-tool.ts';
import type { ShellOptions } from './shell/shell-options.ts';
import { shellTools } from './shell/shell-tool.ts';
import { runChecksTool, runTestsTool } from './verify/verify-tools.ts';
import type { VerifyOptions } from './verify/run-confined.ts';
import { watchedTool } from './watched-tool.ts';
import type { Worktree } from './worktree/worktree.ts';

export interface CodingToolsOptions {
  readonly shell?: ShellOptions;
  /** How `run_tests` and `run_checks` run. */
  readonly verify?: VerifyOptions;
  /** Puts a question of the model to the user. Absent: nobody is there, and the model is told so. */
  readonly ask?: AskUserOptions['ask'];
}

/**
 * Makes the tools of a coding agent over one work tree.
 *
 * `read`, `write`, `edit`, `apply_patch`, `list`, `glob`, `grep`; `shell`, `shell_output`, `shell_stop`; those of
 * git; `run_tests`, `run_checks`; `todo`, `ask_user`. What their programs change in the tree is kept as patches of the run.
 */
export function codingTools(worktree: Worktree, { shell, verify, ask }: CodingToolsOptions = {}): Tool[] {
  const verifying = [runTestsTool(worktree, verify), runChecksTool(worktree, verify)];
  const running = [...shellTools(worktree, shell), ...gitTools(worktree), ...verifying];
  const asking = [todoTool(), askUserTool(ask ? { ask } : {})];
  return [...fileTools(worktree), ...running.map((tool) => watchedTool(worktree, tool)), ...asking];
}

/** Makes the tools that touch files only: `read`, `write`, `edit`, `apply_patch`, `list`, `glob`, `grep`. */
export function fileTools(worktree: Worktree): Tool[] {
  const tools = fileToolsOf(worktree);
  const makers = [readTool, writeTool, editTool, applyPatchTool, listTool, globTool, grepTool];
  return makers.map((make) => make(tools));
}
