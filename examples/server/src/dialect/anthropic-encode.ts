import type { AssistantPart, StopReason, Usage } from '@capstan/sdk/contract';
import { type Block, callBlock, isOwn, opaqueBlock, ownFields, signatureOf, stateBeside } from './anthropic-blocks.ts';
import type { Reply, ReplyContext } from './dialect.ts';
import { present } from './fields.ts';

const stopReasons: { readonly [reason in StopReason]: string } = {
  end: 'end_turn',
  tools: 'tool_use',
  length: 'max_tokens',
  pause: 'pause_turn',
  refusal: 'refusal',
};

/** Why a reply ended, in the words of the Messages API. */
export function stopReasonOf(reason: StopReason): string {
  return stopReasons[reason];
}

/** Writes a whole message. */
export function encodeAnthropic({ message, stopReason, usage }: Reply, { id, model }: ReplyContext): unknown {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content: answered(message.parts).flatMap(blocksOf),
    stop_reason: stopReasonOf(stopReason),
    stop_sequence: null,
    usage: usage ? anthropicUsage(usage) : { input_tokens: 0, output_tokens: 0 },
  };
}

/** Clients take the last block for the answer, so another vendor's state is not at the end. */
function answered(parts: readonly AssistantPart[]): readonly AssistantPart[] {
  const end = parts.findLastIndex(
    (part) => part.type !== 'reasoning' || part.text !== '' || !part.provider || isOwn(part.provider),
  );
  return parts.slice(0, end + 1);
}

function blocksOf(part: AssistantPart): Block[] {
  const state = part.provider;
  switch (part.type) {
    case 'text': {
      const before = stateBeside(state, 'next');
      const { citations } = ownFields(state);
      const block = { type: 'text', text: part.text, ...(citations === undefined ? {} : { citations }) };
      return before ? [before, block] : [block];
    }
    case 'reasoning':
      if (part.text === '' && state && signatureOf(state) !== ownFields(state)['signature'])
        return [opaqueBlock(state)];
      return [{ type: 'thinking', thinking: part.text, signature: signatureOf(state) }];
    case 'call':
      return [{ ...callBlock(part.callId, part.tool, state), input: inputOf(part.json) }];
    default:
      return part satisfies never;
  }
}

/** The API gives arguments as an object; broken text is told as it is. */
export function inputOf(json: string): unknown {
  if (json.trim() === '') return {};
  try {
    const value = JSON.parse(json) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  return { broken_arguments: json };
}

/** Counts as the Messages API reports them: `input_tokens` leaves out what the cache has read and written. */
export function anthropicUsage(usage: Usage): object {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage;
  return present({
    input_tokens: Math.max(0, inputTokens - (cachedInputTokens ?? 0) - (cacheWriteTokens ?? 0)),
    cache_creation_input_tokens: cacheWriteTokens ?? 0,
    cache_read_input_tokens: cachedInputTokens ?? 0,
    output_tokens: outputTokens,
    output_tokens_details: reasoningTokens === undefined ? undefined : { thinking_tokens: reasoningTokens },
  });
}
