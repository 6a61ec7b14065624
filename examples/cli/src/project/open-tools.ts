import type { Tool } from '@capstan/sdk/contract';
import type { AskUserOptions, SandboxOptions, Worktree } from '@capstan/tools';

export interface OpenToolsOptions {
  /** Confines commands, tests and checks. */
  readonly sandbox?: SandboxOptions | undefined;
  /** Puts a question of the model to the person who is there. */
  readonly ask?: AskUserOptions['ask'];
}

/** All tools the command line gives to an agent: for code, for what the index knows, for finding and applying improvements. */
export async function openTools(worktree: Worktree, { sandbox, ask }: OpenToolsOptions = {}): Promise<readonly Tool[]> {
  const [{ codingTools }, { codeTools }, { improveTools }] = await Promise.all([
    import('@capstan/tools'),
    import('@capstan/code'),
    import('@capstan/improve'),
  ]);
  const confined = sandbox === undefined ? {} : { shell: { sandbox }, verify: { sandbox } };
  const coding = codingTools(worktree, { ...confined, ...(ask ? { ask } : {}) });
  return [...coding, ...codeTools(worktree.root), ...improveTools(worktree)];
}
