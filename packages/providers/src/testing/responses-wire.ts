import type { Json } from '@capstan/sdk/contract';
import { cut } from './chat-wire.ts';
import type { WireReply } from './loopback.ts';
import type { ScriptedReply } from './scripted-reply.ts';

type Item = { readonly [field: string]: Json };

/** Writes a reply as a Responses stream, its text and arguments cut at random. */
export function responsesReply(reply: ScriptedReply, random: () => number): WireReply {
  const { reasoning, text, calls = [] } = reply;
  const frames: string[] = [];
  const items: Item[] = [];
  let sequence = 0;
  const send = (type: string, fields: Item): void => {
    frames.push(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`);
  };
  const id = (prefix: string): string =>
    `${prefix}_${Math.floor(random() * 2 ** 52)
      .toString(16)
      .padStart(14, '0')}`;
  const add = (item: Item, deltas: (index: number, itemId: string) => void, whole: Item): void => {
    const index = items.length;
    send('response.output_item.added', { output_index: index, item });
    deltas(index, String(item['id']));
    items.push(whole);
    send('response.output_item.done', { output_index: index, item: whole });
  };
  const responseId = id('resp');
  send('response.created', {
    response: { id: responseId, object: 'response', status: 'in_progress', output: [], usage: null },
  });
  if (reasoning !== undefined) {
    const item = { id: id('rs'), type: 'reasoning', summary: [] };
    add(
      { ...item, encrypted_content: '' },
      (output_index, item_id) => {
        const at = { item_id, output_index, summary_index: 0 };
        send('response.reasoning_summary_part.added', { ...at, part: { type: 'summary_text', text: '' } });
        for (const delta of cut(reasoning, random)) send('response.reasoning_summary_text.delta', { ...at, delta });
        send('response.reasoning_summary_text.done', { ...at, text: reasoning });
      },
      { ...item, summary: [{ type: 'summary_text', text: reasoning }], encrypted_content: 'Z0FBQUFBQmxvb3BiYWNr' },
    );
  }
  if (text !== undefined) {
    const part = { type: 'output_text', annotations: [], logprobs: [], text };
    const item = { id: id('msg'), type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    add(
      item,
      (output_index, item_id) => {
        const at = { item_id, output_index, content_index: 0 };
        send('response.content_part.added', { ...at, part: { ...part, text: '' } });
        for (const delta of cut(text, random))
          send('response.output_text.delta', { ...at, delta, logprobs: [], obfuscation: 'x' });
        send('response.output_text.done', { ...at, text, logprobs: [] });
        send('response.content_part.done', { ...at, part });
      },
      { ...item, status: 'completed', content: [part] },
    );
  }
  for (const { tool, input } of calls) {
    const item = {
      id: id('fc'),
      type: 'function_call',
      status: 'in_progress',
      call_id: id('call'),
      name: tool,
      arguments: '',
    };
    const whole = JSON.stringify(input);
    add(
      item,
      (output_index, item_id) => {
        for (const delta of cut(whole, random))
          send('response.function_call_arguments.delta', { item_id, output_index, delta });
        send('response.function_call_arguments.done', { item_id, output_index, arguments: whole });
      },
      { ...item, status: 'completed', arguments: whole },
    );
  }
  const closed = closing(reply);
  send(`response.${closed.status}`, { response: { id: responseId, object: 'response', output: items, ...closed } });
  return {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_loopback' },
    body: frames.join(''),
  };
}

function closing({ stopReason, usage }: ScriptedReply): { readonly status: string; readonly [field: string]: Json } {
  const reason =
    stopReason === 'length' ? 'max_output_tokens' : stopReason === 'refusal' ? 'content_filter' : undefined;
  return {
    status: reason ? 'incomplete' : 'completed',
    incomplete_details: reason ? { reason } : null,
    error: null,
    usage: usage
      ? {
          input_tokens: usage.inputTokens,
          input_tokens_details: {
            cached_tokens: usage.cachedInputTokens ?? 0,
            cache_write_tokens: usage.cacheWriteTokens ?? 0,
          },
          output_tokens: usage.outputTokens,
          output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
          total_tokens: usage.inputTokens + usage.outputTokens,
        }
      : null,
  };
}
