import { CapstanError, type ToolContext } from '@capstan/sdk/contract';
import { cleanEnvironment } from './environment.ts';
import { keepOutput } from './kept-output.ts';
import { lazySpill, maxSpillBytes, printOutput } from './lazy-spill.ts';
import { progressFeed } from './progress-feed.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { SessionFolders } from './session-folders.ts';
import { shellLine } from './shell-line.ts';
import type { ShellOptions } from './shell-options.ts';
import type { ProcessEnd, ProcessLimits, ProcessOptions, RunningProcess } from './process-options.ts';
import { startProcess } from './spawn.ts';

/** What all commands of one shell tool share. */
export interface Shell {
  readonly root: string;
  readonly options: ShellOptions;
  readonly folders: SessionFolders;
  /** Opens the sandbox with the first command. */
  readonly sandbox: () => Promise<Sandbox>;
}

/** One command line, and the absolute folder it runs in. */
export interface Command {
  readonly command: string;
  readonly cwd: string;
  /** Milliseconds. Absent: no limit. */
  readonly timeoutMs?: number;
}

const defaultLimits = { processes: 2_048 };
// The kernel takes no longer word of a command line.
const maxCommandBytes = 128 << 10;

/**
 * Runs a command line to its end.
 *
 * @returns What the model reads: the output, then how the command ended.
 * @throws {CapstanError} `tool_failed` with the output so far when a limit stopped it, `aborted` when the signal did.
 */
export async function runCommand(shell: Shell, command: Command, context: ToolContext): Promise<string> {
  const spill = lazySpill(shell.root);
  const kept = keepOutput({ maxChars: shell.options.maxOutputChars ?? 30_000, spill, maxSpillBytes });
  const feed = progressFeed(context.progress);
  try {
    const onOutput = (chunk: Buffer): void => {
      kept.push(chunk);
      feed.push(chunk);
    };
    const job = await startCommand(shell, command, { onOutput, signal: context.signal });
    const end = await job.ended;
    feed.end();
    const moved = shell.folders.moved(context.sessionId, command.cwd, job.report().replace(/\n$/, ''));
    return judge(end, { output: printOutput(kept.end(), spill), limits: limitsOf(shell, command), moved });
  } finally {
    feed.end();
    spill.close();
  }
}

/** Starts a command line in its sandbox, with a clean environment. */
export async function startCommand(
  shell: Shell,
  command: Command,
  { onOutput, signal }: { onOutput: ProcessOptions['onOutput']; signal?: AbortSignal },
): Promise<RunningProcess> {
  if (Buffer.byteLength(command.command) >= maxCommandBytes) {
    throw new CapstanError(
      'tool_failed',
      'The command line is longer than 128 KiB. Write it to a file with write, and run that.',
    );
  }
  const sandbox = await shell.sandbox();
  const { env = process.env, keepEnv = [] } = shell.options;
  const entry = sandbox.enter(command.cwd);
  try {
    const job = await startProcess({
      argv: entry.wrap(shellLine(command.command)),
      cwd: command.cwd,
      env: withoutStartFiles(cleanEnvironment(env, { keep: keepEnv, add: entry.env })),
      output: 'merged',
      onOutput,
      limits: limitsOf(shell, command),
      files: entry.files,
      ...(signal ? { signal } : {}),
    });
    return { ...job, ended: job.ended.finally(entry.leave) };
  } catch (error) {
    entry.leave();
    throw error;
  }
}

/** Says in words how a command ended. */
export function endInWords({ exitCode, signal, leftovers, forksRefused }: ProcessEnd): string {
  const status = signal === undefined ? `exit code ${exitCode}` : `killed by ${signal}`;
  const notes = [
    ...(forksRefused ? ['it met the limit of processes'] : []),
    ...(leftovers.length > 0
      ? [
          `still running when the command ended, so stopped: ${listed(leftovers)}. To keep a process running, use background`,
        ]
      : []),
  ];
  return [status, ...notes].join('; ');
}

function limitsOf({ options }: Shell, { timeoutMs }: Command): ProcessLimits {
  return {
    ...(options.limits ?? defaultLimits),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(options.idleMs === undefined || timeoutMs === undefined ? {} : { idleMs: options.idleMs }),
  };
}

function judge(
  end: ProcessEnd,
  { output, limits, moved }: { output: string; limits: ProcessLimits; moved: string | undefined },
): string {
  const body = output === '' ? '(no output)\n' : output.endsWith('\n') ? output : `${output}\n`;
  if (end.reason === 'exited') return `${body}[${[endInWords(end), ...(moved ? [moved] : [])].join('; ')}]`;
  const code = end.reason === 'aborted' ? 'aborted' : 'tool_failed';
  throw new CapstanError(code, `${body}[stopped: ${reasonInWords(end.reason, limits)}]`);
}

function reasonInWords(
  reason: Exclude<ProcessEnd['reason'], 'exited'>,
  { timeoutMs, idleMs, memoryBytes = 0, cpuSeconds, processes }: ProcessLimits,
): string {
  switch (reason) {
    case 'aborted':
      return 'the call was ended from outside';
    case 'timeout':
      return `it ran for ${timeoutMs} ms, its time limit. Ask for more with timeoutMs, run less at once, or use background`;
    case 'idle':
      return `it gave no output for ${idleMs} ms. It may have waited for input; use options that need none`;
    case 'memory':
      return `it used more than ${Math.round(memoryBytes / (1 << 20))} MiB of memory`;
    case 'cpu':
      return `it used more than ${cpuSeconds} s of processor time`;
    case 'processes':
      return `it had more than ${processes} processes`;
  }
}

function listed(names: readonly string[]): string {
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}

// Files that a shell would run before the command.
function withoutStartFiles({ BASH_ENV: _, ENV: __, ...rest }: Record<string, string>): Record<string, string> {
  return rest;
}
