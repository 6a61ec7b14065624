import type { AssistantPart, StopReason, Usage } from '@capstan/sdk/contract';
import type { Reply, ReplyContext } from './dialect.ts';
import { callPart, type GooglePart, opaquePart, signed } from './google-parts.ts';

const finishReasons: { readonly [reason in StopReason]: string } = {
  end: 'STOP',
  tools: 'STOP',
  length: 'MAX_TOKENS',
  pause: 'STOP',
  refusal: 'SAFETY',
};

/** Writes a whole reply of `generateContent`. */
export function encodeGoogle({ message, stopReason, usage }: Reply, context: ReplyContext): unknown {
  return chunkOf(message.parts.map(partOf), context, { stopReason, usage });
}

/** Writes a reply, or a chunk of one; the last chunk says how it ended. */
export function chunkOf(
  parts: readonly GooglePart[],
  { id, model }: ReplyContext,
  end?: { readonly stopReason: StopReason; readonly usage: Usage | undefined },
): object {
  const finish = end ? { finishReason: finishReasons[end.stopReason] } : {};
  return {
    candidates: [{ content: { parts, role: 'model' }, ...finish, index: 0 }],
    ...(end?.usage ? { usageMetadata: googleUsage(end.usage) } : {}),
    modelVersion: model,
    responseId: id,
  };
}

function partOf(part: AssistantPart): GooglePart {
  switch (part.type) {
    case 'text':
      return { text: part.text, ...signed(part.provider) };
    case 'reasoning':
      return part.text === '' && part.provider
        ? opaquePart(part.provider)
        : { text: part.text, thought: true, ...signed(part.provider) };
    case 'call':
      return callPart(part.callId, part.tool, part.json, part.provider);
    default:
      return part satisfies never;
  }
}

/** Counts as Gemini reports them: candidates without thoughts. */
export function googleUsage({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens }: Usage): object {
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens - (reasoningTokens ?? 0),
    totalTokenCount: inputTokens + outputTokens,
    ...(cachedInputTokens === undefined ? {} : { cachedContentTokenCount: cachedInputTokens }),
    ...(reasoningTokens === undefined ? {} : { thoughtsTokenCount: reasoningTokens }),
  };
}
