import type { CodeIndex, LanguageServers, LspToolsOptions } from '@capstan/code';
import type { Tool } from '@capstan/sdk/contract';
import type { AskUserOptions, SandboxOptions, Worktree } from '@capstan/tools';

export interface OpenToolsOptions {
  /** Confines commands, tests and checks. */
  readonly sandbox?: SandboxOptions | undefined;
  /** Puts a question of the model to the person who is there. */
  readonly ask?: AskUserOptions['ask'];
  /** Language servers to ask. Absent: there are no tools that ask them. */
  readonly servers?: LanguageServers | undefined;
  /** Whether a server may be started before a call is judged. Default: never. */
  readonly mayStart?: LspToolsOptions['mayStart'];
  /** Gives the index of the tree. Default: one of its own. */
  readonly index?: ((signal: AbortSignal) => Promise<CodeIndex>) | undefined;
}

/** All tools the command line gives to an agent: for code, for what the index knows, for finding and applying improvements. */
export async function openTools(
  worktree: Worktree,
  { sandbox, ask, servers, mayStart, index }: OpenToolsOptions = {},
): Promise<readonly Tool[]> {
  const [{ codingTools }, { codeTools, lspTools }, { improveTools }] = await Promise.all([
    import('@capstan/tools'),
    import('@capstan/code'),
    import('@capstan/improve'),
  ]);
  const confined = sandbox === undefined ? {} : { shell: { sandbox }, verify: { sandbox } };
  const coding = codingTools(worktree, { ...confined, ...(ask ? { ask } : {}) });
  return [
    ...coding,
    ...codeTools(worktree.root, index ? { open: index } : {}),
    ...(servers ? lspTools(worktree, servers, mayStart ? { mayStart } : {}) : []),
    ...improveTools(worktree),
  ];
}
