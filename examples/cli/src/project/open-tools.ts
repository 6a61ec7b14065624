import type { CodeIndex, LanguageServers, LspToolsOptions } from '@capstan/code';
import type { Tool } from '@capstan/sdk/contract';
import type { AskUserOptions, SandboxOptions, Worktree } from '@capstan/tools';
import { toolsAcross } from './tools-across.ts';

export interface OpenToolsOptions {
  /** Confines commands, tests and checks. */
  readonly sandbox?: SandboxOptions | undefined;
  /** Puts a question of the model to the person who is there. */
  readonly ask?: AskUserOptions['ask'];
  /** Language servers to ask. Absent: there are no tools that ask them. */
  readonly servers?: LanguageServers | undefined;
  /** Whether a server may be started before a call is judged. Default: never. */
  readonly mayStart?: LspToolsOptions['mayStart'];
  /** Folders besides the tree's that the tools reach into. */
  readonly added?: readonly Worktree[] | undefined;
  /** Tells which files the index may show. Default: all. */
  readonly mask?: ((path: string) => boolean) | undefined;
  /** Gives the index of the tree. Default: one of its own. */
  readonly index?: ((signal: AbortSignal) => Promise<CodeIndex>) | undefined;
}

/** All tools the command line gives to an agent: for code, for what the index knows, for finding and applying improvements. */
export async function openTools(
  worktree: Worktree,
  { sandbox, ask, servers, mayStart, index, mask, added = [] }: OpenToolsOptions = {},
): Promise<readonly Tool[]> {
  const { codingTools, codeTools, fileTools, lspTools, improveTools, refactorTool } = await import('./tool-makers.ts');
  const masked = mask ? { mask } : {};
  const confined = sandbox === undefined ? {} : { shell: { sandbox }, verify: { sandbox } };
  const own = codingTools(worktree, { ...confined, ...(ask ? { ask } : {}) });
  const coding = toolsAcross(worktree, own, {
    added: added.map((tree) => ({ tree, tools: fileTools(tree).filter(takesPath) })),
    programs: ({ name }) => !quiet.has(name),
  });
  return [
    ...coding,
    ...codeTools(worktree.root, { ...(index ? { open: index } : {}), ...masked }),
    refactorTool(worktree, { ...(index ? { open: index } : {}), ...masked }),
    ...(servers ? lspTools(worktree, servers, { ...(mayStart ? { mayStart } : {}), ...masked }) : []),
    ...improveTools(worktree),
  ];
}

/** Tools that change no file by a program. */
const quiet: ReadonlySet<string> = new Set(
  'read write edit apply_patch list glob grep todo ask_user shell_output git_status git_diff git_log git_show git_blame'.split(
    ' ',
  ),
);

/** A patch names its files inside: it is for the root alone. */
function takesPath({ name }: Tool): boolean {
  return name !== 'apply_patch';
}
