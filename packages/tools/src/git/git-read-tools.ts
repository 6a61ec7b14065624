import { relative } from 'node:path';
import type { Tool } from '@capstan/sdk/contract';
import type { ShellTree } from '../shell/shell-options.ts';
import { clip } from './clip.ts';
import { notAnOption, type Git } from './git.ts';
import { parseStatus, printStatus } from './status.ts';

/** What the git tools work on. */
export interface GitTools {
  readonly worktree: ShellTree;
  readonly git: Git;
}

// Text conversion and external diffs are programs that a repository names.
const plainDiff = ['--no-ext-diff', '--no-textconv', '--no-color', '--ignore-submodules=dirty'];
const narrow = 'Narrow it down with path.';
const path = { type: 'string', description: 'Only this file or folder, relative to the root of the work tree.' };

/** Makes `git_status`. */
export function gitStatusTool({ worktree, git }: GitTools): Tool {
  const tool: Tool<object> = {
    name: 'git_status',
    description: 'Shows the branch and which files are staged, changed, untracked or in conflict.',
    input: object({}),
    effects: () => reads(worktree),
    async execute(_, { signal }) {
      const words = [
        'status',
        '--porcelain=v2',
        '--branch',
        '-z',
        '--untracked-files=all',
        '--ignore-submodules=dirty',
      ];
      return clip(printStatus(parseStatus(await git.run(words, { signal }))), 'Many files: look at folders with list.');
    },
  };
  return tool as Tool;
}

/** Makes `git_diff`. */
export function gitDiffTool({ worktree, git }: GitTools): Tool {
  const tool: Tool<{ from?: string; to?: string; staged?: boolean; path?: string; stat?: boolean }> = {
    name: 'git_diff',
    description:
      'Shows changes as a unified diff: the work tree against the index, with staged the index against the last commit, with from (and to) against or between commits.',
    input: object({
      from: { type: 'string', description: 'Commit or branch to compare with.' },
      to: { type: 'string', description: 'Second commit or branch.' },
      staged: { type: 'boolean', description: 'What would be committed.' },
      path,
      stat: { type: 'boolean', description: 'Only the names and the numbers of lines.' },
    }),
    effects: () => reads(worktree),
    async execute(input, { signal }) {
      const refs = [input.from, input.to].filter((ref) => ref !== undefined).map(notAnOption);
      const words = [
        'diff',
        ...plainDiff,
        '-M',
        ...(input.stat ? ['--stat=200'] : []),
        ...(input.staged ? ['--cached'] : []),
        '--end-of-options',
        ...refs,
      ];
      const text = await git.run([...words, '--', ...(await pathWords(worktree, input.path))], { signal });
      return text === '' ? 'No differences.' : clip(text, `${narrow} Or ask with stat first.`);
    },
  };
  return tool as Tool;
}

/** Makes `git_log`. */
export function gitLogTool({ worktree, git }: GitTools): Tool {
  const tool: Tool<{
    ref?: string;
    path?: string;
    limit?: number;
    author?: string;
    since?: string;
    message?: string;
    changes?: string;
  }> = {
    name: 'git_log',
    description: 'Lists commits, the newest first: hash, day, author, subject.',
    input: object({
      ref: { type: 'string', description: 'Branch, commit or range (a..b). Default: the current commit.' },
      path,
      limit: { type: 'integer', minimum: 1, maximum: 500, description: 'Default 20.' },
      author: { type: 'string', description: 'Name or address contains this.' },
      since: { type: 'string', description: 'Day, as 2026-01-31.' },
      message: { type: 'string', description: 'Message contains this.' },
      changes: { type: 'string', description: 'Commits that change how often this text occurs.' },
    }),
    effects: () => reads(worktree),
    async execute({ ref = 'HEAD', limit = 20, author, since, message, changes, path: only }, { signal }) {
      const filters = [
        ...(author === undefined ? [] : [`--author=${author}`]),
        ...(since === undefined ? [] : [`--since=${since}`]),
        ...(message === undefined ? [] : [`--grep=${message}`]),
        ...(changes === undefined ? [] : [`-S${changes}`]),
      ];
      const words = [
        'log',
        ...plainDiff,
        '--no-show-signature',
        '--fixed-strings',
        '--regexp-ignore-case',
        `--max-count=${limit}`,
        '--date=short',
        '--format=%h %ad %an: %s%d',
        ...filters,
      ];
      const text = await git.run(
        [...words, '--end-of-options', notAnOption(ref), '--', ...(await pathWords(worktree, only))],
        { signal },
      );
      return text === '' ? 'No commits match.' : clip(text, 'Ask for fewer with limit.');
    },
  };
  return tool as Tool;
}

/** Makes `git_show`. */
export function gitShowTool({ worktree, git }: GitTools): Tool {
  const tool: Tool<{ ref: string; path?: string; stat?: boolean }> = {
    name: 'git_show',
    description: 'Shows a commit with its diff; with ref as commit:path, a file as it was then.',
    input: object(
      {
        ref: { type: 'string', description: 'Commit, branch, tag, or commit:path.' },
        path,
        stat: { type: 'boolean', description: 'Only the names and the numbers of lines.' },
      },
      ['ref'],
    ),
    effects: () => reads(worktree),
    async execute({ ref, stat, path: only }, { signal }) {
      const words = [
        'show',
        ...plainDiff,
        '--no-show-signature',
        '-M',
        ...(stat ? ['--stat=200'] : []),
        '--date=iso-strict',
        '--end-of-options',
        notAnOption(ref),
      ];
      const paths = only === undefined ? [] : ['--', ...(await pathWords(worktree, only))];
      return clip(await git.run([...words, ...paths], { signal }), `${narrow} Or ask with stat first.`);
    },
  };
  return tool as Tool;
}

/** Makes `git_blame`. */
export function gitBlameTool({ worktree, git }: GitTools): Tool {
  const tool: Tool<{ path: string; from?: number; to?: number; ref?: string }> = {
    name: 'git_blame',
    description: 'Shows for each line of a file the commit, author and day that last changed it.',
    input: object(
      {
        path: { type: 'string', description: 'File, relative to the root of the work tree.' },
        from: { type: 'integer', minimum: 1, description: 'First line. Default 1.' },
        to: { type: 'integer', minimum: 1, description: 'Last line. Default: the end, at most 400 lines on.' },
        ref: { type: 'string', description: 'As of this commit. Default: the work tree.' },
      },
      ['path'],
    ),
    effects: () => reads(worktree),
    async execute({ path: file, from = 1, to, ref }, { signal }) {
      const range = to === undefined ? `${from},+400` : `${from},${to}`;
      const words = ['blame', '--date=short', '-L', range, ...(ref === undefined ? [] : [notAnOption(ref)]), '--'];
      return clip(
        await git.run([...words, ...(await pathWords(worktree, file))], { signal }),
        'Narrow it down with from and to.',
      );
    },
  };
  return tool as Tool;
}

/** Gives a path of a model as a word for git, checked to lie in the tree; none for the whole tree. */
export async function pathWords(worktree: ShellTree, given: string | undefined): Promise<string[]> {
  if (given === undefined) return [];
  const way = relative(worktree.root, await worktree.resolve(given));
  return [way === '' ? '.' : way];
}

/** Gives the JSON Schema of an object. */
export function object(properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) {
  return { type: 'object', properties, required, additionalProperties: false };
}

function reads(worktree: ShellTree) {
  return [{ kind: 'read', path: worktree.root }] as const;
}
