import type { EffectContext, Tool, ToolContext } from '@capstan/sdk/contract';
import { backgroundJobs, type BackgroundJobs } from './background-jobs.ts';
import { readJob, shellOutputTool, shellStopTool } from './job-tools.ts';
import { runCommand, type Shell } from './run-command.ts';
import { openSandbox } from './sandbox/open-sandbox.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import { sessionFolders } from './session-folders.ts';
import type { ShellOptions, ShellTree } from './shell-options.ts';

export type { ShellOptions, ShellTree } from './shell-options.ts';

interface ShellInput {
  readonly command: string;
  readonly timeoutMs?: number;
  readonly cwd?: string;
  readonly background?: boolean;
}

// Time for a background command to fail at once, so that the model hears of it in the same turn.
const firstLookMs = 400;

/**
 * Makes the `shell` tool alone: runs a command line in the work tree, to its end.
 *
 * Every process that the command starts is gone when the call ends.
 */
export function shellTool(worktree: ShellTree, options: ShellOptions = {}): Tool {
  return makeShellTool(worktree, makeShell(worktree, options));
}

/**
 * Makes `shell`, which can also leave a command running in the background, with `shell_output` to read and `shell_stop`
 * to stop what runs there.
 */
export function shellTools(worktree: ShellTree, options: ShellOptions = {}): Tool[] {
  const shell = makeShell(worktree, options);
  const jobs = backgroundJobs(shell);
  return [makeShellTool(worktree, shell, jobs), shellOutputTool(jobs), shellStopTool(jobs)];
}

function makeShell({ root }: ShellTree, options: ShellOptions): Shell {
  let opened: Promise<Sandbox> | undefined;
  const sandbox = (): Promise<Sandbox> => (opened ??= openSandbox(root, options.sandbox ?? { level: 'none' }));
  return { root, options, folders: sessionFolders(root), sandbox };
}

function makeShellTool(worktree: ShellTree, shell: Shell, jobs?: BackgroundJobs): Tool {
  const { timeoutMs = 120_000, maxTimeoutMs = 1_800_000 } = shell.options;
  // The folder a call was judged in is the folder it runs in, whatever other calls do in between.
  const judged = new WeakMap<ShellInput, string>();
  const folderOf = async (input: ShellInput, { sessionId }: EffectContext): Promise<string> => {
    const folder =
      judged.get(input) ?? (input.cwd === undefined ? shell.folders.of(sessionId) : await worktree.resolve(input.cwd));
    judged.set(input, folder);
    return folder;
  };
  const tool: Tool<ShellInput> = {
    name: 'shell',
    description: describe(timeoutMs, shell.options, jobs !== undefined),
    input: inputSchema({ timeoutMs, maxTimeoutMs, background: jobs !== undefined }),
    timeoutMs: maxTimeoutMs + 10_000,
    // The result is cut here already, where the whole of it can be kept.
    maxOutputBytes: 4 * (shell.options.maxOutputChars ?? 30_000) + 4_096,
    effects: async (input, context) => [{ kind: 'run', command: input.command, cwd: await folderOf(input, context) }],
    preview: async (input, context) => ({
      kind: 'command',
      command: input.command,
      cwd: await folderOf(input, context),
    }),
    async execute(input, context) {
      const cwd = await folderOf(input, context);
      if (input.background && jobs) return startInBackground(jobs, { ...input, cwd }, context);
      return runCommand(
        shell,
        { command: input.command, cwd, timeoutMs: Math.min(input.timeoutMs ?? timeoutMs, maxTimeoutMs) },
        context,
      );
    },
  };
  return tool as Tool;
}

async function startInBackground(
  jobs: BackgroundJobs,
  { command, cwd, timeoutMs }: ShellInput & { cwd: string },
  { sessionId, signal }: ToolContext,
): Promise<string> {
  signal.throwIfAborted();
  const job = await jobs.start({ command, cwd, ...(timeoutMs === undefined ? {} : { timeoutMs }) }, sessionId);
  const look = AbortSignal.any([signal, AbortSignal.timeout(firstLookMs)]);
  await job.news(look);
  return `${readJob(job)}\nStarted ${job.id} in the background. Read it with shell_output, stop it with shell_stop.`;
}

function describe(timeoutMs: number, { sandbox }: ShellOptions, background: boolean): string {
  const lines = [
    'Runs a command line in bash, in the work tree, without a terminal (standard input is closed).',
    'Gives its output, both streams in order, and its exit code. Long output is cut in the middle; the whole of it stays in a file that the result names.',
    'A later command starts in the folder where the last one ended.',
    `Stopped after ${timeoutMs / 1_000} s unless timeoutMs says otherwise; processes it leaves behind are stopped too.`,
    ...(background ? ['For servers and watchers use background: true.'] : []),
    ...(sandbox && sandbox.level !== 'none' ? [sandboxInWords(sandbox)] : []),
  ];
  return lines.join(' ');
}

function sandboxInWords({
  level,
  network = false,
  protect = ['.git/', '.capstan/', '.env'],
}: NonNullable<ShellOptions['sandbox']>): string {
  const files =
    level === 'read-only'
      ? 'nothing but /tmp can be written'
      : `only the work tree and /tmp can be written, ${protect.join(', ')} excepted`;
  return `It runs in a sandbox: ${files}; ${network ? 'the network is open' : 'there is no network'}.`;
}

function inputSchema({
  timeoutMs,
  maxTimeoutMs,
  background,
}: {
  timeoutMs: number;
  maxTimeoutMs: number;
  background: boolean;
}) {
  const properties = {
    command: { type: 'string', minLength: 1, description: 'The command line.' },
    timeoutMs: {
      type: 'integer',
      minimum: 1,
      maximum: maxTimeoutMs,
      description: `Milliseconds until it is stopped. Default ${timeoutMs}${background ? ', in the background none' : ''}.`,
    },
    cwd: {
      type: 'string',
      description:
        'Folder to run in, relative to the root of the work tree. Default: where the last command ended, at first the root.',
    },
    ...(background
      ? { background: { type: 'boolean', description: 'Leaves it running and gives an id at once.' } }
      : {}),
  };
  return { type: 'object', properties, required: ['command'], additionalProperties: false };
}
