import type { ModelEvent, ProviderState } from '@capstan/sdk/contract';
import { customInput, customNames } from './custom-tool.ts';
import type { Failure, ReplyContext, StreamEncoder } from './dialect.ts';
import { openaiError } from './openai-failure.ts';
import { replayParts } from './replay-parts.ts';
import { endOf, responseOf } from './responses-encode.ts';
import { besideItem, type Item, itemId, itemOf, type ItemPart, nameOf, textPart } from './responses-items.ts';

type Delta<T> = ModelEvent & { readonly type: T };

interface Open {
  readonly part: Omit<ItemPart, 'words'>;
  readonly pieces: string[];
  /** What every delta of the item says before its text. */
  readonly head: string;
}

/** Streams a response as OpenAI does: items one after another, each begun, told in deltas and given whole. */
export function responsesStream(context: ReplyContext): StreamEncoder {
  const custom = customNames(context.wants);
  const output: Item[] = [];
  let open: Open | undefined;
  let owed: ProviderState | undefined;
  let sequence = 0;
  let begun = false;
  let said = false;

  function frame(type: string, fields: object): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`;
  }

  function begin(): string {
    if (begun) return '';
    begun = true;
    const response = responseOf(context, { status: 'in_progress', output: [] });
    return frame('response.created', { response }) + frame('response.in_progress', { response });
  }

  /** An item that comes whole. */
  function whole(item: Item): string {
    const output_index = output.length;
    output.push(item);
    return (
      frame('response.output_item.added', { output_index, item }) +
      frame('response.output_item.done', { output_index, item })
    );
  }

  /** Ends what is open; the state of a text that was owed comes before whatever follows. */
  function settle(): string {
    const out = close();
    const late = besideItem(context, output.length, { state: owed, of: 'last' });
    owed = undefined;
    return late ? out + whole(late) : out;
  }

  function start(made: Omit<ItemPart, 'words' | 'index'>): string {
    let out = settle();
    const part = { ...made, index: output.length };
    const item_id = itemId(context, part.kind, part.index);
    const at = { item_id, output_index: part.index };
    open = { part, pieces: [], head: `"item_id":${JSON.stringify(item_id)},"output_index":${part.index},` };
    // A thought's state is known only when it is whole.
    const growing = itemOf(context, { ...part, words: '' }, 'in_progress');
    out += frame('response.output_item.added', { output_index: part.index, item: growing });
    if (part.kind === 'text')
      out += frame('response.content_part.added', { ...at, content_index: 0, part: textPart('') });
    if (part.kind === 'reasoning')
      out += frame('response.reasoning_summary_part.added', { ...at, summary_index: 0, part: summaryPart('') });
    return out;
  }

  function close(state?: ProviderState): string {
    if (!open) return '';
    const { part, pieces } = open;
    open = undefined;
    const words = pieces.join('');
    const at = { item_id: itemId(context, part.kind, part.index), output_index: part.index };
    const item = itemOf(context, { ...part, words, state: state ?? part.state }, 'completed');
    output.push(item);
    return wordsDone(part, words, at) + frame('response.output_item.done', { output_index: part.index, item });
  }

  function wordsDone(part: Open['part'], words: string, at: object): string {
    switch (part.kind) {
      case 'text':
        return (
          frame('response.output_text.done', { ...at, content_index: 0, text: words, logprobs: [] }) +
          frame('response.content_part.done', { ...at, content_index: 0, part: textPart(words) })
        );
      case 'reasoning':
        return (
          frame('response.reasoning_summary_text.done', { ...at, summary_index: 0, text: words }) +
          frame('response.reasoning_summary_part.done', { ...at, summary_index: 0, part: summaryPart(words) })
        );
      case 'call':
        return frame('response.function_call_arguments.done', { ...at, ...nameOf(context, part), arguments: words });
      case 'custom': {
        const input = customInput(words);
        return (
          frame('response.custom_tool_call_input.delta', { ...at, delta: input }) +
          frame('response.custom_tool_call_input.done', { ...at, input })
        );
      }
      default:
        return part.kind satisfies never;
    }
  }

  function piece(type: string, text: string, more = ''): string {
    open?.pieces.push(text);
    const head = open?.head ?? '';
    return `event: ${type}\ndata: {"type":"${type}","sequence_number":${sequence++},${head}${more}"delta":${JSON.stringify(text)}}\n\n`;
  }

  function text({ text: words, provider }: Delta<'text.delta'>): string {
    let out = '';
    if (words !== '' && open?.part.kind !== 'text') {
      out += settle();
      const before = besideItem(context, output.length, { state: provider, of: 'next' });
      if (before) out += whole(before);
      out += start({ kind: 'text', state: provider });
      out += piece('response.output_text.delta', words, '"content_index":0,"logprobs":[],');
      return provider ? out + close() : out;
    }
    if (words !== '') out += piece('response.output_text.delta', words, '"content_index":0,"logprobs":[],');
    if (!provider || open?.part.kind !== 'text') return out;
    out += close(provider);
    owed = provider;
    return out;
  }

  function reasoning({ text: words, provider }: Delta<'reasoning.delta'>): string {
    let out = '';
    if (words !== '') {
      if (open?.part.kind !== 'reasoning') out += start({ kind: 'reasoning', state: undefined });
      out += piece('response.reasoning_summary_text.delta', words, '"summary_index":0,');
    }
    if (!provider) return out;
    if (open?.part.kind === 'reasoning') return out + close(provider);
    out += settle();
    return (
      out + whole(itemOf(context, { kind: 'reasoning', index: output.length, words: '', state: provider }, 'completed'))
    );
  }

  function call({ callId, tool, json, provider }: Delta<'tool.delta'>): string {
    let out = '';
    const kind = custom.has(tool) ? 'custom' : 'call';
    if (open?.part.callId !== callId) out += start({ kind, state: provider, callId, tool });
    if (json === '') return out;
    if (kind === 'call') return out + piece('response.function_call_arguments.delta', json);
    open?.pieces.push(json);
    return out;
  }

  function delta(event: ModelEvent): string {
    if (event.type === 'text.delta') return text(event);
    if (event.type === 'reasoning.delta') return reasoning(event);
    return event.type === 'tool.delta' ? call(event) : '';
  }

  function end({ message, stopReason, usage }: Delta<'message'>): string {
    let out = said ? begin() : begin() + replayParts(message).map(delta).join('');
    out += close();
    const { status, reason } = endOf(stopReason);
    return out + frame(`response.${status}`, { response: responseOf(context, { status, reason, output, usage }) });
  }

  /** The openai SDK hears the second event, Codex the first. */
  function fail(failure: Failure): string {
    const { code, message } = openaiError(failure);
    const error = { code: code ?? 'server_error', message };
    const response = responseOf(context, { status: 'failed', output, error });
    return begin() + frame('response.failed', { response }) + frame('error', { ...error, param: null });
  }

  return {
    contentType: 'text/event-stream; charset=utf-8',
    keepAlive: ': keep-alive\n\n',
    encode(event) {
      if (event.type === 'message') return end(event);
      if (event.type === 'switch') return '';
      said = true;
      return begin() + delta(event);
    },
    fail,
  };
}

function summaryPart(text: string): object {
  return { type: 'summary_text', text };
}
