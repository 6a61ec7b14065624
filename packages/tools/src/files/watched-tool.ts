import type { Tool } from '@capstan/sdk/contract';
import type { Worktree } from '../worktree/worktree.ts';

/** Makes a tool whose programs may change the tree leave what they change as a patch of the run. */
export function watchedTool(worktree: Worktree, tool: Tool): Tool {
  return {
    ...tool,
    execute: (input, context) => {
      const { runId, callId, signal, patched } = context;
      const options = { runId, callId, signal, patched, label: tool.name };
      return worktree.watch(async () => tool.execute(input, context), options);
    },
  };
}
