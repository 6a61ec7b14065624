import type { AssistantPart, Json, ModelEvent, ToolCallPart } from '@capstan/sdk/contract';
import { type Fields, fieldsOf, listOf, textOf } from '../wire/shape.ts';
import { vendor } from './blocks.ts';

/** A content block of the Messages API while its deltas come. */
export interface OpenBlock {
  /** As the API opened it. */
  readonly block: Fields;
  readonly type: string;
  text: string;
  signature: string;
  readonly citations: Json[];
  /** What deltas of a kind we do not know have added. */
  readonly more: { [field: string]: Json };
  stopped: boolean;
  /** Of a call: whether its first piece was told. */
  told: boolean;
}

/** Opens a block; it may bring some text with it, or all. */
export function openBlock(block: Fields): OpenBlock {
  const type = textOf(block['type']);
  const text = type === 'text' ? textOf(block['text']) : type === 'thinking' ? textOf(block['thinking']) : '';
  const citations = [...listOf(block['citations'])] as Json[];
  return { block, type, text, signature: textOf(block['signature']), citations, more: {}, stopped: false, told: false };
}

/** Tells what a block has brought when it was opened. */
export function firstDelta({ type, text }: OpenBlock): ModelEvent | undefined {
  if (text === '') return undefined;
  return { type: type === 'thinking' ? 'reasoning.delta' : 'text.delta', text };
}

/** Adds a delta to a block and tells it; the arguments of a call are told by `piece`. */
export function growBlock(
  entry: OpenBlock,
  delta: Fields,
  piece: (entry: OpenBlock, json: string) => ModelEvent,
): ModelEvent | undefined {
  switch (delta['type']) {
    case 'text_delta':
      return entry.type === 'text' ? grown(entry, 'text.delta', textOf(delta['text'])) : undefined;
    case 'thinking_delta':
      return entry.type === 'thinking' ? grown(entry, 'reasoning.delta', textOf(delta['thinking'])) : undefined;
    case 'input_json_delta': {
      const json = textOf(delta['partial_json']);
      entry.text += json;
      return json !== '' && entry.type === 'tool_use' ? piece(entry, json) : undefined;
    }
    case 'signature_delta':
      entry.signature += textOf(delta['signature']);
      return undefined;
    case 'citations_delta':
      if (delta['citation'] !== undefined) entry.citations.push(delta['citation'] as Json);
      return undefined;
    default:
      keepUnknown(entry, delta);
      return undefined;
  }
}

/** The parts that a block becomes in our message. */
export function partsOf(entry: OpenBlock): AssistantPart[] {
  const { block, type, text, signature, citations } = entry;
  switch (type) {
    case 'text':
      if (text === '') return [];
      return [{ type, text, ...(citations.length > 0 ? { provider: { vendor, data: { citations } } } : {}) }];
    case 'thinking':
      return [{ type: 'reasoning', text, ...(signature === '' ? {} : { provider: { vendor, data: { signature } } }) }];
    case 'tool_use':
      return [callOf(block, text)];
    default:
      return [{ type: 'reasoning', text: '', provider: { vendor, data: { block: wholeBlock(entry) } } }];
  }
}

function grown(entry: OpenBlock, type: 'text.delta' | 'reasoning.delta', text: string): ModelEvent | undefined {
  if (text === '') return undefined;
  entry.text += text;
  return { type, text };
}

/** Text of an unknown delta is added to what was there, anything else replaces it. */
function keepUnknown(entry: OpenBlock, { type: _, ...fields }: Fields): void {
  for (const [name, value] of Object.entries(fields as { readonly [field: string]: Json })) {
    const before = entry.more[name];
    entry.more[name] = typeof before === 'string' && typeof value === 'string' ? before + value : value;
  }
}

function callOf(block: Fields, json: string): ToolCallPart {
  // Who called, where that is not the model itself, belongs to the call.
  const { type: _, id, name, input: __, caller, ...others } = block as { readonly [field: string]: Json };
  const direct = caller === undefined || fieldsOf(caller)['type'] === 'direct';
  const data = direct ? others : { ...others, caller };
  const state = Object.keys(data).length > 0 ? { provider: { vendor, data } } : {};
  return { type: 'call', callId: textOf(id), tool: textOf(name), json, ...state };
}

/** Redacted thinking and the blocks of server tools: kept as they came, with the input that was streamed. */
function wholeBlock({ block, text, more }: OpenBlock): Json {
  const raw = { ...block, ...more } as { readonly [key: string]: Json };
  if (text === '' || block['input'] === undefined) return raw;
  try {
    return { ...raw, input: JSON.parse(text) as Json };
  } catch {
    return raw;
  }
}
