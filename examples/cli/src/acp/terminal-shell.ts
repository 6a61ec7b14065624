import type { AgentContext } from '@agentclientprotocol/sdk';
import type { Tool, ToolContext } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';

export interface TerminalShellOptions {
  readonly worktree: Worktree;
  readonly client: AgentContext;
  readonly sessionId: string;
  /** Says which terminal of the editor shows a call. */
  readonly shown: (callId: string, terminalId: string) => void;
}

interface ShellInput {
  readonly command: string;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  readonly background?: boolean;
}

/** Bytes of output the editor keeps. */
const outputByteLimit = 400_000;

/**
 * Runs the commands of the `shell` tool in terminals of the editor, where the person sees them live. What they change in
 * the repository is kept as a patch all the same. Commands in the background stay with the tool itself.
 */
export function terminalShell(tool: Tool, options: TerminalShellOptions): Tool {
  return {
    ...tool,
    description: tool.description.replace(
      'A later command starts in the folder where the last one ended.',
      'Each command starts in the root of the repository.',
    ),
    async execute(input, context) {
      const asked = input as ShellInput;
      if (asked.background === true) return tool.execute(input, context);
      return options.worktree.watch(() => runInTerminal(asked, context, options), {
        runId: context.runId,
        callId: context.callId,
        label: 'shell',
        signal: context.signal,
        patched: context.patched,
      });
    },
  } as Tool;
}

async function runInTerminal(
  { command, cwd, timeoutMs = 120_000 }: ShellInput,
  { signal, callId }: ToolContext,
  { worktree, client, sessionId, shown }: TerminalShellOptions,
): Promise<string> {
  const folder = cwd === undefined ? worktree.root : await worktree.resolve(cwd);
  const shell = process.platform === 'win32' ? ['cmd.exe', '/d', '/s', '/c'] : ['/bin/sh', '-c'];
  const [file = '', ...flags] = shell;
  await using terminal = await client.createTerminal({
    sessionId,
    command: file,
    args: [...flags, command],
    cwd: folder,
    outputByteLimit,
  });
  shown(callId, terminal.id);
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const kill = () => void terminal.kill().catch(() => {});
  ended.addEventListener('abort', kill, { once: true });
  const exit = await terminal.waitForExit();
  ended.removeEventListener('abort', kill);
  const { output, truncated } = await terminal.currentOutput();
  const late = ended.aborted && !signal.aborted ? `[stopped after ${timeoutMs} ms]\n` : '';
  const how = exit.signal ? `[ended by ${exit.signal}]` : `[exit code ${exit.exitCode ?? 'unknown'}]`;
  return `${truncated ? '[the beginning was cut]\n' : ''}${output.trimEnd()}\n${late}${how}`;
}
