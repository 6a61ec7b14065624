import { existsSync } from 'node:fs';
import { CapstanError, type Tool, type ToolContext } from '@capstan/sdk/contract';
import { cleanEnvironment } from './environment.ts';
import { keepOutput, type OutputText, type Spill } from './kept-output.ts';
import { openOutputFile, type OutputFile } from './output-file.ts';
import { progressFeed } from './progress-feed.ts';
import { startProcess, type ProcessEnd } from './spawn.ts';

/** The part of a work tree that a command needs. */
export interface ShellTree {
  /** Absolute, links followed. */
  readonly root: string;
  /** Resolves a path inside the tree. @throws {CapstanError} `path_outside` for one that leads out. */
  resolve(path: string): string | Promise<string>;
}

export interface ShellOptions {
  /** Milliseconds for a call that names none. Default 120,000. */
  readonly timeoutMs?: number;
  /** Most milliseconds that a call may ask for. Default 1,800,000. */
  readonly maxTimeoutMs?: number;
  /** Characters of output that the model reads; the rest stays in a file. Default 30,000. */
  readonly maxOutputChars?: number;
  /** Environment to clean and hand on. Default: this process's own, read at each call. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Names kept although they look like a secret. */
  readonly keepEnv?: readonly string[];
}

interface ShellInput {
  readonly command: string;
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

const maxSpillBytes = 64 << 20;

/**
 * Makes the `shell` tool: runs a command line in the work tree.
 *
 * Every process that the command starts is gone when the call ends.
 */
export function shellTool(worktree: ShellTree, options: ShellOptions = {}): Tool {
  const { timeoutMs = 120_000, maxTimeoutMs = 1_800_000 } = options;
  const tool: Tool<ShellInput> = {
    name: 'shell',
    description:
      'Runs a command line in bash, in the work tree, without a terminal (standard input is closed). ' +
      'Gives its output, both streams in order, and its exit code. Long output is cut in the middle; the whole of it stays in a file that the result names. ' +
      `Stopped after ${timeoutMs / 1_000} s unless timeoutMs says otherwise.`,
    input: {
      type: 'object',
      properties: {
        command: { type: 'string', minLength: 1, description: 'The command line.' },
        timeoutMs: { type: 'integer', minimum: 1, maximum: maxTimeoutMs, description: `Milliseconds until it is stopped. Default ${timeoutMs}.` },
        cwd: { type: 'string', description: 'Folder to run in, relative to the root of the work tree. Default: the root.' },
      },
      required: ['command'],
      additionalProperties: false,
    },
    timeoutMs: maxTimeoutMs + 10_000,
    effects: async ({ command, cwd = '.' }) => [{ kind: 'run', command, cwd: await worktree.resolve(cwd) }],
    preview: async ({ command, cwd = '.' }) => ({ kind: 'command', command, cwd: await worktree.resolve(cwd) }),
    execute: async (input, context) => runCommand(worktree, { ...input, timeoutMs: Math.min(input.timeoutMs ?? timeoutMs, maxTimeoutMs) }, { context, options }),
  };
  return tool as Tool;
}

interface Around {
  readonly context: ToolContext;
  readonly options: ShellOptions;
}

async function runCommand(worktree: ShellTree, input: ShellInput & { timeoutMs: number }, { context, options }: Around): Promise<string> {
  const cwd = await worktree.resolve(input.cwd ?? '.');
  const spill = lazySpill(worktree.root);
  const kept = keepOutput({ maxChars: options.maxOutputChars ?? 30_000, spill, maxSpillBytes });
  const feed = progressFeed(context.progress);
  try {
    const job = await startProcess({
      argv: [shellPath(), '-c', input.command],
      cwd,
      env: shellEnvironment(options),
      output: 'merged',
      onOutput(chunk) {
        kept.push(chunk);
        feed.push(chunk);
      },
      limits: { timeoutMs: input.timeoutMs },
      signal: context.signal,
    });
    const end = await job.ended;
    feed.end();
    return report(input, end, outputText(kept.end(), spill));
  } finally {
    feed.end();
    spill.close();
  }
}

function report(input: { timeoutMs: number }, end: ProcessEnd, output: string): string {
  const body = output === '' ? '(no output)\n' : output.endsWith('\n') ? output : `${output}\n`;
  if (end.reason === 'aborted') throw new CapstanError('aborted', `${body}[stopped before it ended]`);
  if (end.reason === 'timeout') {
    const advice = 'Ask for more with timeoutMs, or run less at once.';
    throw new CapstanError('tool_failed', `${body}[stopped after ${input.timeoutMs} ms, its time limit. ${advice}]`);
  }
  const status = end.signal === undefined ? `exit code ${end.exitCode}` : `killed by ${end.signal}`;
  if (end.leftovers.length === 0) return `${body}[${status}]`;
  return `${body}[${status}; still running when the command ended, so stopped: ${end.leftovers.join(', ')}]`;
}

function outputText({ head, tail, omitted, spillCut }: OutputText, spill: LazySpill): string {
  if (!omitted) return head;
  const { fromLine, lines, chars } = omitted;
  const place = spillCut ? `The first ${maxSpillBytes >> 20} MiB are in ${spill.path()}` : `The whole output is in ${spill.path()}`;
  const where = spill.failure() ?? `${place}: read it with offset ${fromLine}, or grep it.`;
  return `${head}${head.endsWith('\n') ? '' : '\n'}[… ${lines} lines (${chars} characters) left out here. ${where} …]\n${tail}`;
}

interface LazySpill extends Spill {
  close(): void;
  path(): string | undefined;
  /** Why nothing, or not all, could be kept. */
  failure(): string | undefined;
}

// The command has run by the time its output outgrows memory: a full disk must not cost its result.
function lazySpill(root: string): LazySpill {
  let file: OutputFile | undefined;
  let failure: string | undefined;
  return {
    write(text) {
      if (failure !== undefined) return;
      try {
        file ??= openOutputFile(root);
        file.write(text);
      } catch (error) {
        failure = `It could not be kept: ${error instanceof Error ? error.message : String(error)}`;
      }
    },
    close: () => file?.close(),
    path: () => file?.path,
    failure: () => failure,
  };
}

function shellEnvironment({ env = process.env, keepEnv }: ShellOptions): Record<string, string> {
  // Files that a shell would run before the command.
  const { BASH_ENV: _, ENV: __, ...rest } = cleanEnvironment(env, keepEnv ? { keep: keepEnv } : {});
  return rest;
}

function shellPath(): string {
  return ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].find((path) => existsSync(path)) ?? '/bin/sh';
}
