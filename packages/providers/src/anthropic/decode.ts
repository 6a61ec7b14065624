import {
  type AssistantPart,
  CapstanError,
  type Json,
  type ModelEvent,
  type StopReason,
  type ToolCallPart,
} from '@capstan/sdk/contract';
import { errorFromEvent, type Asked } from '../wire/http-error.ts';
import { parseEvent } from '../wire/json.ts';
import type { ReplyDecoder } from '../wire/stream-reply.ts';
import { vendor } from './blocks.ts';
import { type WireUsage, usageOf } from './usage.ts';

/** The parts of a Messages stream event that are read (https://platform.claude.com/docs/en/build-with-claude/streaming, 2026-11-21). */
interface WireEvent {
  readonly type?: string;
  readonly index?: number;
  /** May hold whole blocks, when calls that were made by code at Anthropic come without a stream. */
  readonly message?: {
    readonly id?: string;
    readonly usage?: WireUsage;
    readonly content?: readonly WireBlock[];
    readonly stop_reason?: string | null;
  };
  readonly content_block?: WireBlock;
  readonly delta?: WireDelta;
  readonly usage?: WireUsage;
  /** Of a reply that is not streamed. */
  readonly content?: readonly WireBlock[];
  readonly stop_reason?: string | null;
}

/** A content block as the API opens it, or whole in a reply that is not streamed. */
interface WireBlock {
  readonly type: string;
  readonly id?: string;
  readonly name?: string;
  readonly text?: string;
  readonly thinking?: string;
  readonly signature?: string;
  readonly input?: Json;
  readonly citations?: readonly Json[] | null;
}

interface WireDelta {
  readonly type?: string;
  readonly text?: string;
  readonly thinking?: string;
  readonly signature?: string;
  readonly partial_json?: string;
  readonly citation?: Json;
  readonly stop_reason?: string | null;
}

interface OpenBlock {
  readonly block: WireBlock;
  text: string;
  signature: string;
  citations: Json[];
  /** What deltas of a kind we do not know have added. */
  more: { [field: string]: Json };
}

/**
 * Makes a decoder for one reply of the Messages API.
 *
 * @param options.outputTool A tool whose arguments are the answer itself: its call is given as text.
 */
export function messageDecoder(
  asked: Asked,
  { outputTool }: { readonly outputTool?: string | undefined } = {},
): ReplyDecoder {
  const blocks = new Map<number, OpenBlock>();
  let usage: WireUsage | undefined;
  let stopReason: string | undefined;
  let open = 0;
  let begun: string | undefined;

  const isOutput = (block: WireBlock): boolean => outputTool !== undefined && block.name === outputTool;

  function toolPiece(block: WireBlock, json: string): ModelEvent {
    if (isOutput(block)) return { type: 'text.delta', text: json };
    return { type: 'tool.delta', callId: block.id ?? '', tool: block.name ?? '', json };
  }

  function start(index: number, block: WireBlock): ModelEvent | undefined {
    const text = block.text ?? block.thinking ?? '';
    blocks.set(index, {
      block,
      text,
      signature: block.signature ?? '',
      citations: [...(block.citations ?? [])],
      more: {},
    });
    open += 1;
    if (text === '') return undefined;
    return { type: block.type === 'thinking' ? 'reasoning.delta' : 'text.delta', text };
  }

  function grow(entry: OpenBlock, delta: WireDelta): ModelEvent | undefined {
    switch (delta.type) {
      case 'text_delta':
        if (!delta.text) return undefined;
        entry.text += delta.text;
        return { type: 'text.delta', text: delta.text };
      case 'input_json_delta':
        if (!delta.partial_json) return undefined;
        entry.text += delta.partial_json;
        return entry.block.type === 'tool_use' ? toolPiece(entry.block, delta.partial_json) : undefined;
      case 'thinking_delta':
        if (!delta.thinking) return undefined;
        entry.text += delta.thinking;
        return { type: 'reasoning.delta', text: delta.thinking };
      case 'signature_delta':
        entry.signature += delta.signature ?? '';
        return undefined;
      case 'citations_delta':
        if (delta.citation !== undefined) entry.citations.push(delta.citation);
        return undefined;
      default:
        keepUnknown(entry, delta);
        return undefined;
    }
  }

  /** A call without arguments streams no piece; its pieces still have to join to its JSON. */
  function stop(entry: OpenBlock): ModelEvent | undefined {
    open -= 1;
    if (entry.block.type !== 'tool_use' || entry.text !== '') return undefined;
    entry.text = JSON.stringify(entry.block.input ?? {});
    return toolPiece(entry.block, entry.text);
  }

  function close(): ModelEvent {
    const entries = [...blocks.entries()].toSorted(([a], [b]) => a - b).map(([, entry]) => entry);
    const parts = entries.flatMap((entry) =>
      isOutput(entry.block) ? [{ type: 'text' as const, text: entry.text }] : partsOf(entry),
    );
    const counted = usage && usageOf(usage);
    const message = { role: 'assistant' as const, parts };
    return {
      type: 'message',
      message,
      stopReason: stopReasonOf(stopReason, parts),
      ...(counted ? { usage: counted } : {}),
    };
  }

  /** A message that is not streamed, or the blocks that are there from the start. */
  function takeWhole(content: readonly WireBlock[], out: ModelEvent[]): void {
    for (const [index, block] of content.entries()) {
      for (const made of [start(index, block), closed(index)]) if (made) out.push(made);
    }
  }

  /** A gateway that lost its upstream may begin anew in the middle; what was told cannot be taken back. */
  function begin(
    { id = '', usage: counted, content, stop_reason: reason }: NonNullable<WireEvent['message']>,
    out: ModelEvent[],
  ): void {
    if (begun !== undefined && begun !== id) throw spliced(asked);
    if (begun !== undefined) return;
    begun = id;
    usage = counted;
    stopReason = reason ?? undefined;
    takeWhole(content ?? [], out);
  }

  function closed(index: number): ModelEvent | undefined {
    const entry = blocks.get(index);
    return entry && stop(entry);
  }

  function read(event: WireEvent, out: ModelEvent[]): ModelEvent | undefined {
    const index = event.index ?? blocks.size;
    switch (event.type) {
      case 'content_block_delta': {
        const entry = blocks.get(index);
        return entry && event.delta ? grow(entry, event.delta) : undefined;
      }
      case 'content_block_start':
        return event.content_block ? start(index, event.content_block) : undefined;
      case 'content_block_stop':
        return closed(index);
      case 'message_start':
        begin(event.message ?? {}, out);
        return undefined;
      case 'message_delta':
        stopReason = event.delta?.stop_reason ?? stopReason;
        usage = mergeUsage(usage, event.usage);
        return undefined;
      case 'message_stop':
        return close();
      case 'message':
        usage = event.usage;
        stopReason = event.stop_reason ?? undefined;
        takeWhole(event.content ?? [], out);
        return close();
      case 'error':
        throw errorFromEvent(event, asked);
      default:
        return undefined;
    }
  }

  return {
    push({ data }, out) {
      if (data === '') return;
      const made = read(parseEvent(data, asked.model) as WireEvent, out);
      if (made) out.push(made);
    },
    end() {
      if (begun === undefined) return 'it lacks message_start, its first event';
      if (open > 0) return 'it lacks the end of a content block and message_stop';
      return stopReason === undefined ? 'it lacks the stop reason and message_stop' : 'it lacks message_stop';
    },
    usage: () => usage && usageOf(usage),
  };
}

/** Text of an unknown delta is added to what was there, anything else replaces it. */
function keepUnknown(entry: OpenBlock, delta: WireDelta): void {
  const { type: _, ...fields } = delta as { readonly [field: string]: Json };
  for (const [name, value] of Object.entries(fields)) {
    const before = entry.more[name];
    entry.more[name] = typeof before === 'string' && typeof value === 'string' ? before + value : value;
  }
}

function spliced({ model }: Asked): CapstanError {
  return new CapstanError('model_failed', `${model} began another message in the middle of its reply. Try again.`, {
    retryable: true,
    model,
    where: 'stream',
  });
}

/** Counts of a later event are running totals and replace those of an earlier one. */
function mergeUsage(before: WireUsage | undefined, after: WireUsage | undefined): WireUsage | undefined {
  if (!before || !after) return after ?? before;
  const merged: { [key: string]: unknown } = { ...before };
  for (const [key, value] of Object.entries(after)) if (value !== null) merged[key] = value;
  return merged;
}

function partsOf({ block, text, signature, citations, more }: OpenBlock): AssistantPart[] {
  switch (block.type) {
    case 'text':
      if (text === '') return [];
      return [{ type: 'text', text, ...(citations.length > 0 ? { provider: { vendor, data: { citations } } } : {}) }];
    case 'thinking':
      return [{ type: 'reasoning', text, ...(signature === '' ? {} : { provider: { vendor, data: { signature } } }) }];
    case 'tool_use':
      return [callOf(block, text)];
    default:
      return [
        { type: 'reasoning', text: '', provider: { vendor, data: { block: wholeBlock({ ...block, ...more }, text) } } },
      ];
  }
}

function callOf(block: WireBlock, json: string): ToolCallPart {
  const { type: _, id = '', name = '', input: __, ...rest } = block as WireBlock & { readonly [field: string]: Json };
  // Who called, where that is not the model itself, belongs to the call.
  const { caller, ...others } = rest as { readonly [field: string]: Json };
  const direct = (caller as { readonly type?: Json } | undefined)?.type === 'direct';
  const data = caller === undefined || direct ? others : { ...others, caller };
  const state = Object.keys(data).length > 0 ? { provider: { vendor, data } } : {};
  return { type: 'call', callId: id, tool: name, json, ...state };
}

/** Redacted thinking and the blocks of server tools: kept as they came, with the input that was streamed. */
function wholeBlock(block: WireBlock, json: string): Json {
  const raw = block as unknown as { readonly [key: string]: Json };
  if (json === '' || block.input === undefined) return raw;
  try {
    return { ...raw, input: JSON.parse(json) as Json };
  } catch {
    return raw;
  }
}

function stopReasonOf(reason: string | undefined, parts: readonly AssistantPart[]): StopReason {
  switch (reason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'pause_turn':
      return 'pause';
    case 'refusal':
      return 'refusal';
    default:
      return parts.some((part) => part.type === 'call') ? 'tools' : 'end';
  }
}
