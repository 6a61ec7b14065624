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
import type { ReplyDecoder } from '../wire/stream-reply.ts';
import { vendor } from './request.ts';

/** What of a line of `/api/chat` is read (https://docs.ollama.com/api/chat, 2026-11-21). */
interface WireLine {
  readonly message?: {
    readonly content?: string;
    readonly thinking?: string;
    readonly tool_calls?: readonly WireCall[];
  };
  readonly done?: boolean;
  readonly done_reason?: string;
  readonly prompt_eval_count?: number;
  readonly eval_count?: number;
  readonly error?: unknown;
}

interface WireCall {
  readonly id?: string;
  readonly function?: { readonly name?: string; readonly arguments?: Json };
}

interface OpenPart {
  readonly type: 'text' | 'reasoning';
  text: string;
}

/**
 * Makes a decoder for one reply of Ollama.
 *
 * @param options.makeId Makes an id for a call that comes without one.
 */
export function chatDecoder(
  asked: Asked,
  { makeId = () => `call_${newId()}` }: { readonly makeId?: () => string } = {},
): ReplyDecoder {
  const parts: AssistantPart[] = [];
  const ids = new Set<string>();
  let open: OpenPart | undefined;
  let usage: Usage | undefined;

  function grow(type: OpenPart['type'], text: string | undefined, out: ModelEvent[]): void {
    if (!text) return;
    out.push({ type: `${type}.delta`, text });
    if (open?.type === type) open.text += text;
    else {
      open = { type, text, ...(type === 'reasoning' ? { provider: { vendor, data: {} } } : {}) };
      parts.push(open);
    }
  }

  function call({ id, function: { name: tool = '', arguments: input = {} } = {} }: WireCall, out: ModelEvent[]): void {
    open = undefined;
    // Some models count their calls anew in every reply.
    const callId = id === undefined || id === '' || ids.has(id) ? makeId() : id;
    ids.add(callId);
    const json = typeof input === 'string' ? input : JSON.stringify(input);
    out.push({ type: 'tool.delta', callId, tool, json });
    parts.push({ type: 'call', callId, tool, json });
  }

  return {
    push({ data }, out) {
      const line = parseEvent(data, asked.model) as WireLine;
      if (line.error !== undefined) throw errorFromEvent(line, asked);
      grow('reasoning', line.message?.thinking, out);
      grow('text', line.message?.content, out);
      for (const one of line.message?.tool_calls ?? []) call(one, out);
      if (line.prompt_eval_count !== undefined && line.eval_count !== undefined) {
        usage = { inputTokens: line.prompt_eval_count, outputTokens: line.eval_count };
      }
      if (!line.done) return;
      const stopReason = stopReasonOf(line.done_reason, parts);
      out.push({ type: 'message', message: { role: 'assistant', parts }, stopReason, ...(usage ? { usage } : {}) });
    },
    end: () => 'it lacks its last line, which says that it is done',
    usage: () => usage,
  };
}

function stopReasonOf(reason: string | undefined, parts: readonly AssistantPart[]): StopReason {
  if (reason === 'length') return 'length';
  return parts.some((part) => part.type === 'call') ? 'tools' : 'end';
}
