import type { Effect } from '@capstan/policy';
import { CapstanError, type Preview, type Tool, type ToolContext } from '@capstan/sdk/contract';
import { progressFeed } from '../shell/progress-feed.ts';
import { clip } from './clip.ts';
import { notAnOption } from './git.ts';
import { object, pathWords, type GitTools } from './git-read-tools.ts';

type Json = Readonly<Record<string, unknown>>;

interface GitWriteTool<Input> {
  readonly name: string;
  readonly description: string;
  readonly input: Json;
  /** The words of git that a call stands for: what is judged, shown, and run. */
  readonly words: (input: Input) => Promise<readonly (readonly string[])[]> | readonly (readonly string[])[];
  /** True where a call of these words only looks. */
  readonly looks?: (input: Input) => boolean;
  readonly run: (input: Input, commands: readonly (readonly string[])[], context: ToolContext) => Promise<string>;
}

const hookTimeoutMs = 600_000;

/** Makes `git_commit`. Hooks run, unless `skipHooks` is asked for and thereby judged. */
export function gitCommitTool(tools: GitTools): Tool {
  return make<{ message: string; paths?: string[]; all?: boolean; amend?: boolean; skipHooks?: boolean }>(tools, {
    name: 'git_commit',
    description:
      'Commits what is staged; with paths these files, with all every change. Hooks of the repository run. The author is whoever git is set up for.',
    input: object(
      {
        message: { type: 'string', minLength: 1, description: 'Subject, then a blank line and more if needed.' },
        paths: {
          type: 'array',
          items: { type: 'string' },
          minItems: 1,
          description: 'Stage these files and folders first.',
        },
        all: { type: 'boolean', description: 'Stage every change first, new files too.' },
        amend: { type: 'boolean', description: 'Replace the last commit.' },
        skipHooks: { type: 'boolean', description: 'Do not run hooks. Only when the user has asked for that.' },
      },
      ['message'],
    ),
    async words({ message, paths, all, amend, skipHooks }) {
      const named = (await Promise.all((paths ?? []).map((path) => pathWords(tools.worktree, path)))).flat();
      const stage = all ? [['add', '--all', '--', '.']] : named.length > 0 ? [['add', '--all', '--', ...named]] : [];
      return [
        ...stage,
        ['commit', ...(amend ? ['--amend'] : []), ...(skipHooks ? ['--no-verify'] : []), '-m', message],
      ];
    },
    async run({ message, skipHooks }, commands, { signal, progress }) {
      const { git } = tools;
      for (const words of commands.slice(0, -1)) await git.run(words, { signal });
      // Through standard input, so that no length or first character of the message matters.
      const words = [...commands.at(-1)!.slice(0, -2), '--cleanup=whitespace', '--file=-'];
      const hooks = skipHooks ? 'off' : 'run';
      const feed = progressFeed(progress);
      const result = await git.attempt(words, {
        signal,
        hooks,
        input: message,
        timeoutMs: hookTimeoutMs,
        onOutput: feed.push,
      });
      feed.end();
      if (result.exitCode !== 0) throw commitFailure(result.stdout + result.stderr, result.reason);
      return clip(
        await git
          .run(
            [
              'show',
              '--no-ext-diff',
              '--no-textconv',
              '--no-show-signature',
              '--stat=120',
              '--format=Committed %h%d%n%an <%ae>: %s',
              'HEAD',
            ],
            { signal },
          )
          .catch(() => result.stdout),
        '',
      );
    },
  });
}

/** Makes `git_branch`: list, create, switch, rename, delete. */
export function gitBranchTool(tools: GitTools): Tool {
  return make<{ action: 'list' | 'create' | 'switch' | 'delete'; name?: string; from?: string; force?: boolean }>(
    tools,
    {
      name: 'git_branch',
      description:
        'Lists branches, creates one and switches to it, switches, or deletes one (with force also if it is not merged).',
      input: object(
        {
          action: { enum: ['list', 'create', 'switch', 'delete'] },
          name: { type: 'string', description: 'Branch; needed for all but list.' },
          from: {
            type: 'string',
            description: 'For create: the commit or branch to start at. Default: the current commit.',
          },
          force: { type: 'boolean', description: 'For delete: although its commits are on no other branch.' },
        },
        ['action'],
      ),
      looks: ({ action }) => action === 'list',
      words({ action, name, from, force }) {
        if (action === 'list')
          return [
            [
              'branch',
              '--all',
              '--no-color',
              '--sort=-committerdate',
              '--format=%(HEAD) %(refname:short) %(objectname:short) %(committerdate:short) %(contents:subject)',
            ],
          ];
        const branch = needed(name, `git_branch ${action} needs the name of a branch.`);
        if (action === 'create')
          return [
            ['switch', '--no-recurse-submodules', '-c', branch, ...(from === undefined ? [] : [notAnOption(from)])],
          ];
        if (action === 'switch') return [['switch', '--no-recurse-submodules', '--no-guess', branch]];
        return [['branch', force ? '-D' : '-d', '--', branch]];
      },
      async run({ action }, commands, { signal }) {
        const text = await runAll(tools, commands, signal);
        return clip(text, '') || (action === 'list' ? 'No branches yet.' : 'Done.');
      },
    },
  );
}

/** Makes `git_stash`: list, push, show, apply, pop, drop. */
export function gitStashTool(tools: GitTools): Tool {
  return make<{
    action: 'list' | 'show' | 'push' | 'apply' | 'pop' | 'drop';
    message?: string;
    untracked?: boolean;
    index?: number;
  }>(tools, {
    name: 'git_stash',
    description:
      'Puts changes aside (push) and brings them back (apply keeps the stash, pop does not); lists, shows and drops stashes.',
    input: object(
      {
        action: { enum: ['list', 'show', 'push', 'apply', 'pop', 'drop'] },
        message: { type: 'string', description: 'For push: a name.' },
        untracked: { type: 'boolean', description: 'For push: new files too.' },
        index: { type: 'integer', minimum: 0, description: 'Which stash; 0 is the newest and the default.' },
      },
      ['action'],
    ),
    looks: ({ action }) => action === 'list' || action === 'show',
    words({ action, message, untracked, index = 0 }) {
      if (action === 'list') return [['stash', 'list', '--date=iso-strict']];
      if (action === 'push')
        return [
          [
            'stash',
            'push',
            ...(untracked ? ['--include-untracked'] : []),
            ...(message === undefined ? [] : [`--message=${message}`]),
          ],
        ];
      if (action === 'show')
        return [
          ['stash', 'show', '--no-ext-diff', '--no-textconv', '--patch', '--include-untracked', `stash@{${index}}`],
        ];
      return [['stash', action, `stash@{${index}}`]];
    },
    async run({ action }, commands, { signal }) {
      return clip(await runAll(tools, commands, signal), '') || (action === 'list' ? 'No stashes.' : 'Done.');
    },
  });
}

/** Makes `git_worktree`: list, add, remove. New work trees lie inside the present one. */
export function gitWorktreeTool(tools: GitTools): Tool {
  return make<{ action: 'list' | 'add' | 'remove'; path?: string; branch?: string; from?: string }>(tools, {
    name: 'git_worktree',
    description:
      'Lists work trees of the repository, adds one in a new folder (a new branch, or detached at from), or removes a clean one.',
    input: object(
      {
        action: { enum: ['list', 'add', 'remove'] },
        path: { type: 'string', description: 'Folder inside the work tree; needed for add and remove.' },
        branch: { type: 'string', description: 'For add: name of the new branch. Default: detached.' },
        from: { type: 'string', description: 'For add: commit or branch to start at. Default: the current commit.' },
      },
      ['action'],
    ),
    looks: ({ action }) => action === 'list',
    async words({ action, path, branch, from }) {
      if (action === 'list') return [['worktree', 'list']];
      const folder = await tools.worktree.resolve(needed(path, `git_worktree ${action} needs a path.`));
      if (action === 'remove') return [['worktree', 'remove', '--', folder]];
      const how = branch === undefined ? ['--detach'] : ['-b', notAnOption(branch)];
      return [
        [
          'worktree',
          'add',
          '--no-guess-remote',
          ...how,
          '--',
          folder,
          ...(from === undefined ? [] : [notAnOption(from)]),
        ],
      ];
    },
    async run(_, commands, { signal }) {
      return clip(await runAll(tools, commands, signal), '') || 'Done.';
    },
  });
}

function make<Input extends object>(
  tools: GitTools,
  { name, description, input, words, looks, run }: GitWriteTool<Input>,
): Tool {
  const { root } = tools.worktree;
  const command = async (given: Input): Promise<string> =>
    (await words(given)).map((each) => ['git', ...each].map(quote).join(' ')).join(' && ');
  const effects = async (given: Input): Promise<readonly Effect[]> => {
    if (looks?.(given)) return [{ kind: 'read', path: root }];
    return (await words(given)).map((each) => ({
      kind: 'run',
      command: ['git', ...each].map(quote).join(' '),
      argv: ['git', ...each],
      cwd: root,
    }));
  };
  const preview = async (given: Input): Promise<Preview> => ({
    kind: 'command',
    command: await command(given),
    cwd: root,
  });
  const tool: Tool<Input> = {
    name,
    description,
    input,
    effects,
    preview,
    timeoutMs: hookTimeoutMs + 30_000,
    execute: async (given, context) => run(given, await words(given), context),
  };
  return tool as Tool;
}

async function runAll(
  { git }: GitTools,
  commands: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<string> {
  let said = '';
  for (const words of commands) {
    const result = await git.attempt(words, { signal });
    if (result.exitCode !== 0)
      throw new CapstanError(
        'tool_failed',
        `git ${words[0]} failed (exit code ${result.exitCode}): ${(result.stderr + result.stdout).trim()}`,
      );
    // What git did, it says on its error output.
    said += result.stdout === '' ? result.stderr : result.stdout;
  }
  return said;
}

function commitFailure(said: string, reason: string): CapstanError {
  const text = said.trim().slice(-6_000);
  if (/nothing to commit|nothing added to commit|no changes added/.test(text)) {
    return new CapstanError('tool_failed', 'Nothing is staged. Name the files with paths, or use all.');
  }
  if (/tell me who you are|empty ident|unable to auto-detect/i.test(text)) {
    return new CapstanError(
      'tool_failed',
      'git does not know who the author is. Ask the user for name and address to set with git config; do not make one up.',
    );
  }
  return new CapstanError(
    'tool_failed',
    `The commit failed${reason === 'exited' ? '' : ` (${reason})`}; if a hook refused it, mend what it names and commit again.\n${text}`,
  );
}

function needed(value: string | undefined, otherwise: string): string {
  if (value === undefined) throw new CapstanError('tool_failed', otherwise);
  return notAnOption(value);
}

function quote(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
