import { decide } from '@capstan/policy';
import type { Decision, Effect, Policy } from '@capstan/policy';
import { newId } from '@capstan/sdk/contract';
import type { Preview, Tool, ToolOutput } from '@capstan/sdk/contract';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { resultContent } from './result-content.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What a person is asked when a client's call needs approval. */
export interface ApprovalQuestion {
  readonly tool: string;
  readonly input: unknown;
  readonly effects: readonly Effect[];
  /** Why it needs approval, and of how many people. */
  readonly decision: Decision;
  readonly preview?: Preview;
  readonly signal: AbortSignal;
}

/** Who decides about calls, and what the server says of itself. */
export interface McpServerOptions {
  /** Judges every call; `ask` means refused unless `approve` is given. */
  readonly policy: Policy;
  /** Gives the names of those who approve the call; fewer different ones than the decision wants refuse it. */
  readonly approve?: (question: ApprovalQuestion) => Promise<readonly string[]>;
  /** Told to clients. Default `capstan`. */
  readonly name?: string;
  /** Told to clients. Default `0.1.0`. */
  readonly version?: string;
  /** Told to a client's model: what the tools are for. */
  readonly instructions?: string;
}

/** The client's side of a call. */
export interface ServedContext {
  readonly signal: AbortSignal;
  /** Identifies the connection; tools that keep state by session keep it by this. */
  readonly sessionId: string;
  readonly progress: (text: string) => void;
}

const defaultTimeoutMs = 120_000;

/** Judges a client's call and performs it. Whatever goes wrong is a result that says so; never rejects. */
export async function answerCall(
  tool: Tool,
  input: unknown,
  { options, context }: { readonly options: McpServerOptions; readonly context: ServedContext },
): Promise<CallToolResult> {
  const { timeoutMs = defaultTimeoutMs } = tool;
  try {
    const refusal = await unlessAborted(judge(tool, input, options, context), context.signal);
    if (refusal !== undefined) return failed(refusal);
    const limit = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([context.signal, limit]);
    const done = unlessAborted(execute(tool, input, { ...context, signal }), signal);
    const output = await done.catch((error: unknown) => {
      if (!limit.aborted || context.signal.aborted) throw error;
      throw new Error(`${tool.name} did not end within ${timeoutMs} ms and was stopped.`);
    });
    return { content: resultContent(output) };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

/** Why a call is refused; undefined if it may go on. */
async function judge(
  tool: Tool,
  input: unknown,
  { policy, approve }: McpServerOptions,
  { signal, sessionId }: ServedContext,
): Promise<string | undefined> {
  const known = await tool.effects?.(input, { signal, sessionId });
  const effects = known ?? [{ kind: 'unknown', note: `${tool.name} does not say what it would do.` } as const];
  const decision = decide(policy, { effects });
  if (decision.verdict === 'allow') return undefined;
  const why = `${decision.reason} (rule ${decision.rule})`;
  if (decision.verdict === 'deny') return `Refused: ${why}`;
  if (!approve) return `Refused, for it needs approval and nobody is there to give it: ${why}`;
  const preview = await tool.preview?.(input, { signal, sessionId });
  const question = { tool: tool.name, input, effects, decision, signal, ...(preview ? { preview } : {}) };
  const approvers = new Set(await approve(question));
  return approvers.size >= decision.approvals ? undefined : `Refused, for it was not approved: ${why}`;
}

async function execute(
  tool: Tool,
  input: unknown,
  { signal, sessionId, progress }: ServedContext,
): Promise<ToolOutput> {
  return tool.execute(input, { signal, callId: newId(), runId: sessionId, sessionId, progress, patched: () => {} });
}

function failed(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}
