import type { ModelEvent, StopReason, Usage } from '@capstan/sdk/contract';
import { chatPast } from './chat-past.ts';
import { customInput, customNames } from './custom-tool.ts';
import type { Reply, ReplyContext } from './dialect.ts';
import { replayParts } from './replay-parts.ts';
import { joinId } from './seal.ts';

const finishReasons: { readonly [reason in StopReason]: string } = {
  end: 'stop',
  tools: 'tool_calls',
  length: 'length',
  pause: 'stop',
  refusal: 'content_filter',
};

/** Why a reply ended, in the words of Chat Completions. */
export function finishReasonOf(reason: StopReason): string {
  return finishReasons[reason];
}

/** Writes a whole chat completion. */
export function encodeChat({ message, stopReason, usage }: Reply, context: ReplyContext): unknown {
  const custom = customNames(context.wants);
  const past = chatPast();
  let content = '';
  let reasoning = '';
  const calls: object[] = [];
  for (const event of replayParts(message)) {
    if (event.type === 'text.delta') {
      content += event.text;
      past.text(event.text, event.provider);
    } else if (event.type === 'reasoning.delta') {
      reasoning += event.text;
      past.reasoning(event.text, event.provider);
    } else if (event.type === 'tool.delta')
      calls.push(callOf(event, joinId(event.callId, past.call(event.provider)), custom));
  }
  return {
    id: `chatcmpl-${context.id}`,
    object: 'chat.completion',
    created: Math.floor(context.at / 1000),
    model: context.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && calls.length > 0 ? null : content,
          refusal: null,
          ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
        logprobs: null,
        finish_reason: finishReasonOf(stopReason),
      },
    ],
    ...(usage ? { usage: chatUsage(usage) } : {}),
  };
}

function callOf({ tool, json }: ModelEvent & { type: 'tool.delta' }, id: string, custom: ReadonlySet<string>): object {
  return custom.has(tool)
    ? { id, type: 'custom', custom: { name: tool, input: customInput(json) } }
    : { id, type: 'function', function: { name: tool, arguments: json } };
}

/** Counts as Chat Completions reports them. */
export function chatUsage({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens }: Usage): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens ?? 0 },
    completion_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
  };
}
