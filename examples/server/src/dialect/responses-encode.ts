import type { StopReason, Usage } from '@capstan/sdk/contract';
import { customNames } from './custom-tool.ts';
import type { Reply, ReplyContext } from './dialect.ts';
import { besideItem, type Item, itemOf } from './responses-items.ts';

/** How far a response is. */
export interface Progress {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: readonly Item[];
  readonly reason?: string | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  readonly usage?: Usage | undefined;
}

/** Writes a whole response. */
export function encodeResponses({ message, stopReason, usage }: Reply, context: ReplyContext): unknown {
  const custom = customNames(context.wants);
  const output: Item[] = [];
  for (const part of message.parts) {
    const state = part.provider;
    if (part.type === 'call') {
      const kind = custom.has(part.tool) ? 'custom' : 'call';
      const made = {
        kind,
        index: output.length,
        words: part.json,
        state,
        callId: part.callId,
        tool: part.tool,
      } as const;
      output.push(itemOf(context, made, 'completed'));
      continue;
    }
    const beside = part.type === 'text' ? besideItem(context, output.length, { state, of: 'next' }) : undefined;
    if (beside) output.push(beside);
    output.push(itemOf(context, { kind: part.type, index: output.length, words: part.text, state }, 'completed'));
  }
  return responseOf(context, { ...endOf(stopReason), output, usage });
}

/** How a reply ended, in the words of Responses. */
export function endOf(stopReason: StopReason): Pick<Progress, 'status' | 'reason'> {
  if (stopReason === 'length') return { status: 'incomplete', reason: 'max_output_tokens' };
  return stopReason === 'refusal' ? { status: 'incomplete', reason: 'content_filter' } : { status: 'completed' };
}

/** Writes a response as far as it is; what the request asked for is repeated. */
export function responseOf(
  { id, model, at, wants }: ReplyContext,
  { status, output, reason, error, usage }: Progress,
): object {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: Math.floor(at / 1000),
    status,
    background: false,
    error: error ?? null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    user: null,
    ...(wants['echo'] as object | undefined),
    store: false,
    model,
    output,
    usage: usage ? responsesUsage(usage) : null,
  };
}

/** Counts as Responses reports them; Codex needs those of the cache and of reasoning to be there. */
export function responsesUsage({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens }: Usage): object {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedInputTokens ?? 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
