import { type AssistantPart, type ModelEvent, newId, type StopReason, type Usage } from '@capstan/sdk/contract';
import { type Asked, errorFromEvent } from '../wire/http-error.ts';
import { parseEvent } from '../wire/json.ts';
import { countOf, type Fields, fieldsOf, listOf, textOf } from '../wire/shape.ts';
import type { ReplyDecoder } from '../wire/stream-reply.ts';
import { vendor } from './request.ts';

interface OpenPart {
  readonly type: 'text' | 'reasoning';
  text: string;
}

/**
 * Makes a decoder for one reply of Ollama (https://docs.ollama.com/api/chat, 2026-11-21).
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

  function grow(type: OpenPart['type'], text: string, out: ModelEvent[]): void {
    if (text === '') return;
    out.push({ type: `${type}.delta`, text });
    if (open?.type === type) {
      open.text += text;
      return;
    }
    open = { type, text, ...(type === 'reasoning' ? { provider: { vendor, data: {} } } : {}) };
    parts.push(open);
  }

  function call({ id, function: called }: Fields, out: ModelEvent[]): void {
    open = undefined;
    const { name, arguments: input = {} } = fieldsOf(called);
    // Some models count their calls anew in every reply.
    const callId = textOf(id) === '' || ids.has(textOf(id)) ? makeId() : textOf(id);
    ids.add(callId);
    const json = typeof input === 'string' ? input : JSON.stringify(input);
    out.push({ type: 'tool.delta', callId, tool: textOf(name), json });
    parts.push({ type: 'call', callId, tool: textOf(name), json });
  }

  return {
    push({ data }, out) {
      const line = fieldsOf(parseEvent(data, asked.model));
      if (line['error'] !== undefined) throw errorFromEvent(line, asked);
      const message = fieldsOf(line['message']);
      grow('reasoning', textOf(message['thinking']), out);
      grow('text', textOf(message['content']), out);
      for (const one of listOf(message['tool_calls'])) call(fieldsOf(one), out);
      const inputTokens = countOf(line['prompt_eval_count']);
      const outputTokens = countOf(line['eval_count']);
      if (inputTokens !== undefined && outputTokens !== undefined) usage = { inputTokens, outputTokens };
      if (line['done'] !== true) return;
      const stopReason = stopReasonOf(line['done_reason'], parts);
      out.push({ type: 'message', message: { role: 'assistant', parts }, stopReason, ...(usage ? { usage } : {}) });
    },
    end: () => 'it lacks its last line, which says that it is done',
    usage: () => usage,
  };
}

function stopReasonOf(reason: unknown, parts: readonly AssistantPart[]): StopReason {
  if (reason === 'length') return 'length';
  return parts.some((part) => part.type === 'call') ? 'tools' : 'end';
}
