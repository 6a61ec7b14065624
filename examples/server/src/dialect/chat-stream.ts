import type { AssistantMessage, ModelEvent } from '@capstan/sdk/contract';
import { chatUsage, finishReasonOf } from './chat-encode.ts';
import { chatPast } from './chat-past.ts';
import { customInput, customNames } from './custom-tool.ts';
import type { ReplyContext, StreamEncoder } from './dialect.ts';
import { openaiError } from './openai-failure.ts';
import { replayParts } from './replay-parts.ts';
import { joinId } from './seal.ts';

type Delta<T> = ModelEvent & { readonly type: T };

/** Streams a chat completion as server-sent events. */
export function chatStream({ id, model, at, wants }: ReplyContext): StreamEncoder {
  const usageAsked = wants['includeUsage'] === true;
  const custom = customNames(wants);
  const created = Math.floor(at / 1000);
  const name = JSON.stringify(model);
  const base = `data: {"id":"chatcmpl-${id}","object":"chat.completion.chunk","created":${created},"model":${name}`;
  const opened = `${base},"choices":[{"index":0,"delta":`;
  const closed = `,"logprobs":null,"finish_reason":null}]${usageAsked ? ',"usage":null' : ''}}\n\n`;
  const past = chatPast();
  const indexes = new Map<string, number>();
  const ids = new Map<string, string>();
  let begun = false;
  let said = false;

  const chunk = (delta: string): string => `${opened}${delta}${closed}`;

  function begin(): string {
    if (begun) return '';
    begun = true;
    return chunk('{"role":"assistant","content":""}');
  }

  function call({ callId, tool, json, provider }: Delta<'tool.delta'>): string {
    let index = indexes.get(callId);
    if (index === undefined) {
      index = indexes.size;
      indexes.set(callId, index);
      const whole = joinId(callId, past.call(provider));
      ids.set(callId, whole);
      if (custom.has(tool)) return '';
      const head = { index, id: whole, type: 'function', function: { name: tool, arguments: json } };
      return chunk(`{"tool_calls":[${JSON.stringify(head)}]}`);
    }
    if (custom.has(tool) || json === '') return '';
    return chunk(`{"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(json)}}}]}`);
  }

  function delta(event: ModelEvent): string {
    switch (event.type) {
      case 'text.delta':
        past.text(event.text, event.provider);
        return event.text === '' ? '' : chunk(`{"content":${JSON.stringify(event.text)}}`);
      case 'reasoning.delta':
        past.reasoning(event.text, event.provider);
        return event.text === '' ? '' : chunk(`{"reasoning_content":${JSON.stringify(event.text)}}`);
      case 'tool.delta':
        return call(event);
      default:
        return '';
    }
  }

  /** Free text is known only when the arguments around it are whole. */
  function customCalls({ parts }: AssistantMessage): string {
    return parts
      .map((part) => {
        if (part.type !== 'call' || !custom.has(part.tool)) return '';
        const input = { name: part.tool, input: customInput(part.json) };
        const head = { index: indexes.get(part.callId) ?? 0, id: ids.get(part.callId), type: 'custom', custom: input };
        return chunk(`{"tool_calls":[${JSON.stringify(head)}]}`);
      })
      .join('');
  }

  function close({ message, stopReason, usage }: Delta<'message'>): string {
    // A model may give its message without a delta.
    let text = said ? begin() : begin() + replayParts(message).map(delta).join('');
    text += customCalls(message);
    const finish = `"logprobs":null,"finish_reason":"${finishReasonOf(stopReason)}"}]`;
    text += `${opened}{},${finish}${usageAsked ? ',"usage":null' : ''}}\n\n`;
    if (usageAsked && usage) text += `${base},"choices":[],"usage":${JSON.stringify(chatUsage(usage))}}\n\n`;
    return `${text}data: [DONE]\n\n`;
  }

  return {
    contentType: 'text/event-stream; charset=utf-8',
    keepAlive: ': keep-alive\n\n',
    encode(event) {
      if (event.type === 'message') return close(event);
      if (event.type === 'switch') return '';
      said = true;
      return begin() + delta(event);
    },
    fail: (failure) => `data: ${JSON.stringify({ error: openaiError(failure) })}\n\n`,
  };
}
