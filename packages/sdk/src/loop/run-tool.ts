import type { PatchSummary } from '../contract/patch.ts';
import type { Tool, ToolContext, ToolOutput } from '../contract/tool.ts';
import type { ApprovalRequested } from '../contract/event.ts';
import type { Usage } from '../contract/usage.ts';
import type { LoopContext } from './context.ts';
import { messageOf } from './message-of.ts';
import { CallPaused, tieToParent } from './parent-call.ts';

/** How the work of a tool came out. */
export type ToolOutcome =
  | { readonly kind: 'output'; readonly output: ToolOutput }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'interrupted'; readonly message: string }
  | { readonly kind: 'paused'; readonly pending: readonly ApprovalRequested[] };

/** What a tool reports beside its output. */
export interface ToolReport {
  readonly patched: (patch: PatchSummary) => void;
  readonly spent: (usage: Usage, costUsd: number | undefined, turns?: number) => void;
  /** Told when untrusted text came in. */
  readonly taint: () => void;
}

const defaultTimeoutMs = 120_000;
/** How long a stopped sub-agent is given to say what it used. */
const childGraceMs = 1000;

const interrupted: ToolOutcome = {
  kind: 'interrupted',
  message: 'The call was interrupted before it ended. What it had done may stand.',
};

/**
 * Runs a tool until it ends, times out or the run is stopped. A tool that ignores its signal is left behind.
 *
 * @param report Told of each change of the work tree, and of what a sub-agent used.
 */
export async function runTool(
  { tool, input, callId }: { readonly tool: Tool; readonly input: unknown; readonly callId: string },
  context: LoopContext,
  report: ToolReport,
): Promise<ToolOutcome> {
  const timeoutMs = tool.timeoutMs ?? defaultTimeoutMs;
  const controller = new AbortController();
  let over = false;
  let child = false;
  let grace: NodeJS.Timeout | undefined;
  const ended = new Promise<ToolOutcome>((resolve) => {
    const interrupt = () => {
      controller.abort(context.signal.reason);
      if (child) grace = setTimeout(() => resolve(interrupted), childGraceMs);
      else resolve(interrupted);
    };
    const timer = setTimeout(() => {
      controller.abort(new Error('timeout'));
      resolve({ kind: 'failed', message: `${tool.name} did not end within ${timeoutMs} ms and was stopped.` });
    }, timeoutMs);
    controller.signal.addEventListener('abort', () => clearTimeout(timer));
    context.signal.addEventListener('abort', interrupt);
    if (context.signal.aborted) return interrupt();
    const progress = (text: string) =>
      void (over || context.emit({ type: 'tool.progress', callId, text: String(text) }));
    const { runId, sessionId } = context;
    const { patched } = report;
    const own: ToolContext = { signal: controller.signal, callId, runId, sessionId, progress, patched };
    tieToParent(own, {
      ...context,
      policy: context.policy,
      show(event) {
        child = true;
        context.emit({ type: 'child', callId, event });
      },
      spent: report.spent,
      taint: report.taint,
    });
    const work = async () => tool.execute(input, own);
    void work()
      .then(
        (output): ToolOutcome => ({ kind: 'output', output }),
        (error: unknown): ToolOutcome =>
          error instanceof CallPaused
            ? { kind: 'paused', pending: error.pending }
            : { kind: 'failed', message: messageOf(error) },
      )
      .then((outcome) => resolve(grace ? interrupted : outcome))
      .finally(() => {
        clearTimeout(timer);
        clearTimeout(grace);
        context.signal.removeEventListener('abort', interrupt);
      });
  });
  const outcome = await ended;
  over = true;
  return outcome;
}
