import type { Tool } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';

/** All tools the command line gives to an agent: those for code, and those that find and apply improvements. */
export async function openTools(worktree: Worktree): Promise<readonly Tool[]> {
  const [{ codingTools }, { improveTools }] = await Promise.all([import('@capstan/tools'), import('@capstan/improve')]);
  return [...codingTools(worktree), ...improveTools(worktree)];
}
