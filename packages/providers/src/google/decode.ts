import {
  type AssistantPart,
  type Json,
  type ModelEvent,
  newId,
  type StopReason,
  type Usage,
} from '@capstan/sdk/contract';
import { type Asked, errorFromEvent } from '../wire/http-error.ts';
import { parseEvent } from '../wire/json.ts';
import { countOf, type Fields, fieldsOf, listOf, textOf } from '../wire/shape.ts';
import type { ReplyDecoder } from '../wire/stream-reply.ts';
import { isAnswer, replyParts } from './reply-parts.ts';

export interface GenerateDecoderOptions {
  /** A function whose arguments are the answer itself: its call is given as text. */
  readonly outputTool?: string | undefined;
  /** Makes an id for a call that comes without one. */
  readonly makeId?: () => string;
}

/** Makes a decoder for one reply of `streamGenerateContent` (https://ai.google.dev/api/generate-content, 2026-11-21). */
export function generateDecoder(
  asked: Asked,
  { outputTool, makeId = () => `call_${newId()}` }: GenerateDecoderOptions = {},
): ReplyDecoder {
  const parts = replyParts({ outputTool, makeId });
  let counts: Fields | undefined;
  let finish: { readonly reason: string; readonly words: string } | undefined;
  let blocked = false;

  function read(chunk: Fields, out: ModelEvent[]): void {
    if (chunk['error'] !== undefined) throw errorFromEvent(chunk, asked);
    if (chunk['usageMetadata'] !== undefined) counts = { ...counts, ...fieldsOf(chunk['usageMetadata']) };
    blocked ||= textOf(fieldsOf(chunk['promptFeedback'])['blockReason']) !== '';
    const candidate = fieldsOf(listOf(chunk['candidates'])[0]);
    for (const part of listOf(fieldsOf(candidate['content'])['parts'])) parts.add(fieldsOf(part), out);
    const token = candidate['continuationToken'];
    if (token !== undefined && token !== null) parts.continueBy(token as Json);
    const reason = textOf(candidate['finishReason']);
    if (reason !== '') finish = { reason, words: textOf(candidate['finishMessage']).slice(0, 200) };
  }

  function close(stopReason: StopReason, out: ModelEvent[]): undefined {
    const message = { role: 'assistant' as const, parts: [...parts.all] };
    out.push({ type: 'message', message, stopReason, ...(counts ? { usage: usageOf(counts) } : {}) });
  }

  return {
    push({ data }, out) {
      if (data === '' || data === '[DONE]') return;
      const parsed = parseEvent(data, asked.model);
      // Without server-sent events the API answers with a list of chunks.
      for (const chunk of Array.isArray(parsed) ? listOf(parsed) : [parsed]) read(fieldsOf(chunk), out);
    },
    end(out) {
      if (finish === undefined) return blocked ? close('refusal', out) : 'it lacks the chunk with the finish reason';
      parts.finish(out);
      const reason = stopReasonOf(finish.reason, parts.all);
      if (reason !== undefined) return close(reason, out);
      if (finish.reason === 'STOP') return 'it is empty';
      return `it stopped with ${finish.reason}${finish.words === '' ? '' : ` (${finish.words})`}`;
    },
    usage: () => counts && usageOf(counts),
  };
}

const refusals = /SAFETY|RECITATION|LANGUAGE|BLOCKLIST|PROHIBITED_CONTENT|SPII/;

/** `undefined` for a reply that is of no use and may be asked for again: a malformed call, nothing at all. */
function stopReasonOf(reason: string, parts: readonly AssistantPart[]): StopReason | undefined {
  if (reason === 'MAX_TOKENS') return 'length';
  if (reason === 'CONTINUATION') return 'pause';
  if (refusals.test(reason)) return 'refusal';
  if (/^(MALFORMED|UNEXPECTED|TOO_MANY)/.test(reason)) return undefined;
  if (parts.some((part) => part.type === 'call')) return 'tools';
  return parts.some(isAnswer) ? 'end' : undefined;
}

/** Turns the counts of `usageMetadata` into ours. */
export function usageOf(counts: Fields): Usage {
  const cached = countOf(counts['cachedContentTokenCount']);
  const thoughts = countOf(counts['thoughtsTokenCount']);
  return {
    inputTokens: (countOf(counts['promptTokenCount']) ?? 0) + (countOf(counts['toolUsePromptTokenCount']) ?? 0),
    outputTokens: (countOf(counts['candidatesTokenCount']) ?? 0) + (thoughts ?? 0),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(thoughts === undefined ? {} : { reasoningTokens: thoughts }),
  };
}
