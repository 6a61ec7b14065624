import { spawnSync } from 'node:child_process';
import { CapstanError } from '@capstan/sdk/contract';

/** Settings of a repository that could run programs or colour output, turned off for what we only read. */
const harmless = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'color.ui=never', '--no-pager'];

export interface GitOptions {
  /** Text for stdin. */
  readonly input?: string;
  /** Lets hooks of the repository run, as for a commit of the user's. */
  readonly hooks?: boolean;
}

/** Runs git in a folder. @throws {CapstanError} `tool_failed` with git's own words. */
export function git(root: string, args: readonly string[], { input, hooks = false }: GitOptions = {}): string {
  const { stdout, stderr, status, error } = spawnSync('git', [...(hooks ? ['--no-pager'] : harmless), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...(input === undefined ? {} : { input }),
  });
  if (error)
    throw new CapstanError('tool_failed', `git cannot be run: ${error.message}. Install git.`, { where: 'git' });
  if (status === 0) return stdout;
  throw new CapstanError('tool_failed', `git ${args[0] ?? ''}: ${stderr.trim() || `ended with ${status}`}`, {
    where: 'git',
  });
}

/** Runs git where a failure only means that there is nothing to tell. */
export function tryGit(root: string, args: readonly string[]): string | undefined {
  try {
    return git(root, args);
  } catch {
    return undefined;
  }
}

/** The name of the branch that is checked out; empty without one, `undefined` without a repository. */
export function currentBranch(root: string): string | undefined {
  return tryGit(root, ['branch', '--show-current'])?.trim();
}
