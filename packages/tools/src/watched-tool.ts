import type { Tool } from '@capstan/sdk/contract';
import type { Worktree } from './worktree/worktree.ts';

/** Tools whose programs only look. */
const looking: ReadonlySet<string> = new Set(['git_status', 'git_diff', 'git_log', 'git_show', 'git_blame']);

/** Makes a tool whose programs may change the tree leave what they change as a patch of the run. */
export function watchedTool(worktree: Worktree, tool: Tool): Tool {
  if (looking.has(tool.name)) return tool;
  return {
    ...tool,
    execute: (input, context) => {
      const { runId, callId, signal, patched } = context;
      const options = { runId, callId, signal, patched, label: tool.name, lasting: leavesProgram(input) };
      return worktree.watch(async () => tool.execute(input, context), options);
    },
  };
}

/** A command in the background goes on changing the tree after its call. */
function leavesProgram(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'background' in input && input.background === true;
}
