import { isCapstanError } from '../contract/errors.ts';
import type { PatchSummary } from '../contract/patch.ts';
import type { Tool, ToolOutput } from '../contract/tool.ts';
import type { LoopContext } from './context.ts';

/** How the work of a tool came out. */
export type ToolOutcome =
  | { readonly kind: 'output'; readonly output: ToolOutput }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'interrupted'; readonly message: string };

const defaultTimeoutMs = 120_000;

/**
 * Runs a tool until it ends, times out or the run is stopped. A tool that ignores its signal is left behind.
 *
 * @param patched Told of each change of the work tree.
 */
export async function runTool(
  { tool, input, callId }: { readonly tool: Tool; readonly input: unknown; readonly callId: string },
  context: LoopContext,
  patched: (patch: PatchSummary) => void,
): Promise<ToolOutcome> {
  const timeoutMs = tool.timeoutMs ?? defaultTimeoutMs;
  const controller = new AbortController();
  let over = false;
  const ended = new Promise<ToolOutcome>((resolve) => {
    const interrupt = () => {
      controller.abort(context.signal.reason);
      resolve({
        kind: 'interrupted',
        message: 'The call was interrupted before it ended. What it had done may stand.',
      });
    };
    const timer = setTimeout(() => {
      controller.abort(new Error('timeout'));
      resolve({ kind: 'failed', message: `${tool.name} did not end within ${timeoutMs} ms and was stopped.` });
    }, timeoutMs);
    controller.signal.addEventListener('abort', () => clearTimeout(timer));
    context.signal.addEventListener('abort', interrupt);
    if (context.signal.aborted) return interrupt();
    const progress = (text: string) => void (over || context.emit({ type: 'tool.progress', callId, text }));
    const { runId, sessionId } = context;
    const work = async () =>
      tool.execute(input, { signal: controller.signal, callId, runId, sessionId, progress, patched });
    void work()
      .then(
        (output): ToolOutcome => ({ kind: 'output', output }),
        (error: unknown): ToolOutcome => ({ kind: 'failed', message: messageOf(error) }),
      )
      .then(resolve)
      .finally(() => {
        clearTimeout(timer);
        context.signal.removeEventListener('abort', interrupt);
      });
  });
  const outcome = await ended;
  over = true;
  return outcome;
}

/** The words of whatever a tool threw, for the model. */
export function messageOf(error: unknown): string {
  if (isCapstanError(error)) return error.message;
  return error instanceof Error ? error.message || error.name : String(error);
}
