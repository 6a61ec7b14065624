import {
  newId,
  type AssistantPart,
  type Json,
  type ModelEvent,
  type ProviderState,
  type StopReason,
  type Usage,
} from '@capstan/sdk/contract';
import { errorFromEvent, type Asked } from '../wire/http-error.ts';
import { parseEvent } from '../wire/json.ts';
import type { ReplyDecoder } from '../wire/stream-reply.ts';

/** One event of the stream, as far as we read it. */
interface WireEvent {
  readonly type?: string;
  /** `response` when a host answers whole, not as a stream. */
  readonly object?: string;
  readonly output_index?: number;
  readonly summary_index?: number;
  readonly delta?: string;
  readonly item?: Item;
  readonly response?: WireResponse;
}

interface WireResponse {
  readonly status?: string | null;
  readonly output?: readonly Item[] | null;
  readonly usage?: ResponsesUsage | null;
  readonly incomplete_details?: { readonly reason?: string | null } | null;
  readonly error?: unknown;
}

interface Item {
  readonly type: string;
  readonly id?: string;
  readonly call_id?: string;
  readonly name?: string;
  readonly arguments?: string;
  readonly phase?: string | null;
  readonly content?: readonly { readonly type: string; readonly text?: string; readonly refusal?: string }[] | null;
  readonly summary?: readonly { readonly text?: string }[] | null;
  readonly encrypted_content?: string | null;
}

/** Usage as the Responses API reports it. */
export interface ResponsesUsage {
  readonly input_tokens?: number | null;
  readonly output_tokens?: number | null;
  readonly input_tokens_details?: {
    readonly cached_tokens?: number | null;
    readonly cache_write_tokens?: number | null;
  } | null;
  readonly output_tokens_details?: { readonly reasoning_tokens?: number | null } | null;
}

/** An item of the reply while it grows. */
interface Growing {
  item: Item;
  readonly callId: string;
  readonly pieces: string[];
}

/**
 * Decodes a Responses stream (https://platform.openai.com/docs/api-reference/responses-streaming).
 *
 * Deltas come as they arrive; hosts that send only whole items, or only the closing response, decode the same. Encrypted
 * reasoning rides in the reasoning part.
 */
export function responsesDecoder({ asked, vendor }: { readonly asked: Asked; readonly vendor: string }): ReplyDecoder {
  const items: (Growing | undefined)[] = [];
  let usage: ResponsesUsage | undefined;
  let refused = false;
  let closed = false;

  function itemAt(index: number, item: Item): Growing {
    return (items[index] ??= { item, callId: item.call_id ?? `call_${newId()}`, pieces: [] });
  }

  function grow(index: number, type: string, piece: string, out: ModelEvent[]): void {
    if (piece === '') return;
    const growing = itemAt(index, { type });
    growing.pieces.push(piece);
    if (growing.item.type === 'function_call') {
      out.push({ type: 'tool.delta', callId: growing.callId, tool: growing.item.name ?? '', json: piece });
    } else {
      out.push({ type: growing.item.type === 'reasoning' ? 'reasoning.delta' : 'text.delta', text: piece });
    }
  }

  /** Takes the whole item; what did not come as deltas comes now. */
  function finishItem(index: number, item: Item, out: ModelEvent[]): void {
    const growing = itemAt(index, item);
    growing.item = item;
    if (item.content?.some((part) => part.type === 'refusal')) refused = true;
    const whole = wholeText(item);
    const came = growing.pieces.join('');
    if (whole.length > came.length && whole.startsWith(came)) grow(index, item.type, whole.slice(came.length), out);
    tellState(growing, out);
  }

  /** State is known once the item is whole. */
  function tellState(growing: Growing, out: ModelEvent[]): void {
    const [part] = partsOf(growing, vendor);
    if (!part?.provider || part.type === 'call') return;
    out.push({ type: `${part.type}.delta`, text: '', provider: part.provider });
  }

  /** The closing list may leave items out, so places differ; or give them other ids, so ids do. */
  function isKnown(index: number, { id, call_id: callId }: Item): boolean {
    if (items[index]) return true;
    return items.some(
      (growing) =>
        growing &&
        ((id !== undefined && growing.item.id === id) || (callId !== undefined && growing.callId === callId)),
    );
  }

  function close(response: WireResponse, out: ModelEvent[]): void {
    closed = true;
    if (response.usage) usage = response.usage;
    if (response.error || response.status === 'failed') throw errorFromEvent({ response }, asked);
    for (const [index, item] of (response.output ?? []).entries())
      if (!isKnown(index, item)) finishItem(index, item, out);
    const parts = items.flatMap((growing) => (growing ? partsOf(growing, vendor) : []));
    const counted = responsesUsage(usage);
    out.push({
      type: 'message',
      message: { role: 'assistant', parts },
      stopReason: refused ? 'refusal' : stopReason(response, parts),
      ...(counted ? { usage: counted } : {}),
    });
  }

  function read(event: WireEvent, out: ModelEvent[]): void {
    const index = event.output_index ?? Math.max(items.length - 1, 0);
    switch (event.type) {
      case 'response.output_text.delta':
        return grow(index, 'message', event.delta ?? '', out);
      case 'response.refusal.delta':
        refused = true;
        return grow(index, 'message', event.delta ?? '', out);
      case 'response.reasoning_summary_part.added':
        return items[index]?.pieces.length ? grow(index, 'reasoning', '\n\n', out) : undefined;
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return grow(index, 'reasoning', event.delta ?? '', out);
      case 'response.function_call_arguments.delta':
        return grow(index, 'function_call', event.delta ?? '', out);
      case 'response.output_item.added':
        if (event.item) itemAt(event.output_index ?? items.length, event.item);
        return;
      case 'response.output_item.done':
        return event.item && finishItem(index, event.item, out);
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled':
        return close(event.response ?? {}, out);
      default:
        if (event.object === 'response') close(event as WireResponse, out);
    }
  }

  return {
    push({ event: name, data }, out) {
      if (data === '' || data === '[DONE]') return;
      const event = parseEvent(data, asked.model) as WireEvent;
      if (
        name === 'error' ||
        event.type === 'error' ||
        (event.type === undefined && 'error' in event && event.object !== 'response')
      ) {
        throw errorFromEvent(event, asked);
      }
      if (event.response?.usage) usage = event.response.usage;
      read(event, out);
    },
    end: () => (closed ? undefined : 'there was no response.completed'),
    usage: () => responsesUsage(usage),
  };
}

function wholeText(item: Item): string {
  if (item.type === 'function_call') return item.arguments ?? '';
  const content = item.content?.map((part) => part.text ?? part.refusal ?? '').join('') ?? '';
  return item.summary?.length ? item.summary.map((part) => part.text ?? '').join('\n\n') : content;
}

function partsOf({ item, callId, pieces }: Growing, vendor: string): AssistantPart[] {
  const text = pieces.join('');
  switch (item.type) {
    case 'function_call':
      return [{ type: 'call', callId, tool: item.name ?? '', json: text || '{}' }];
    case 'message': {
      const state = item.phase ? { provider: { vendor, data: { phase: item.phase } } } : {};
      return text ? [{ type: 'text', text, ...state }] : [];
    }
    case 'reasoning':
    case 'compaction': {
      const provider = stateOf(item, vendor);
      return text || provider ? [{ type: 'reasoning', text, ...(provider ? { provider } : {}) }] : [];
    }
    default:
      return [];
  }
}

/** What goes back. Without its encrypted content the API would look the item up in a store it was not kept in. */
function stateOf(item: Item, vendor: string): ProviderState | undefined {
  if (!item.encrypted_content) return undefined;
  const { type, id, summary, encrypted_content } = item;
  const data = {
    type,
    ...(id ? { id } : {}),
    ...(type === 'reasoning' ? { summary: summary ?? [] } : {}),
    encrypted_content,
  };
  return { vendor, data: data as unknown as Json };
}

function stopReason(
  { status, incomplete_details: details }: WireResponse,
  parts: readonly AssistantPart[],
): StopReason {
  if (details?.reason === 'content_filter') return 'refusal';
  if (details?.reason === 'max_output_tokens' || status === 'incomplete') return 'length';
  return parts.some((part) => part.type === 'call') ? 'tools' : 'end';
}

/** Normalises usage; `undefined` when no tokens are reported. */
export function responsesUsage(raw: ResponsesUsage | null | undefined): Usage | undefined {
  if (typeof raw?.input_tokens !== 'number' && typeof raw?.output_tokens !== 'number') return undefined;
  const cached = raw.input_tokens_details?.cached_tokens;
  const written = raw.input_tokens_details?.cache_write_tokens;
  const reasoning = raw.output_tokens_details?.reasoning_tokens;
  return {
    inputTokens: raw.input_tokens ?? 0,
    outputTokens: raw.output_tokens ?? 0,
    ...(typeof cached === 'number' ? { cachedInputTokens: cached } : {}),
    ...(typeof written === 'number' ? { cacheWriteTokens: written } : {}),
    ...(typeof reasoning === 'number' ? { reasoningTokens: reasoning } : {}),
  };
}
