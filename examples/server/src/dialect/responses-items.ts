import type { Json, ProviderState } from '@capstan/sdk/contract';
import { customInput } from './custom-tool.ts';
import type { ReplyContext } from './dialect.ts';
import type { Grouped } from './openai-tools.ts';
import { joinId, nothingSealed, sealState } from './seal.ts';

/** An item of a response's output. */
export type Item = { readonly type: string; readonly id: string; readonly [field: string]: unknown };

/** What one item of a reply is made of. */
export interface ItemPart {
  readonly kind: 'text' | 'reasoning' | 'call' | 'custom';
  readonly index: number;
  /** The text, the thought or the arguments. */
  readonly words: string;
  readonly state: ProviderState | undefined;
  readonly callId?: string;
  readonly tool?: string;
}

const prefixes = { text: 'msg', reasoning: 'rs', call: 'fc', custom: 'ctc' } as const;

/** The id of an item; the same while it grows and when it is whole. */
export function itemId({ id }: ReplyContext, kind: ItemPart['kind'], index: number): string {
  return `${prefixes[kind]}_${id}_${index}`;
}

/** Writes an item, growing or whole. States ride in fields that clients send back unread. */
export function itemOf(context: ReplyContext, part: ItemPart, status: 'in_progress' | 'completed'): Item {
  const { kind, index, words, state } = part;
  const id = itemId(context, kind, index);
  switch (kind) {
    case 'text':
      return {
        type: 'message',
        id,
        status,
        role: 'assistant',
        content: status === 'completed' ? [textPart(words)] : [],
        ...phase(state),
      };
    case 'reasoning':
      return {
        type: 'reasoning',
        id,
        summary: words === '' ? [] : [{ type: 'summary_text', text: words }],
        ...(status === 'completed' ? { encrypted_content: state ? sealState(state) : nothingSealed } : {}),
      };
    case 'call':
      return { type: 'function_call', id, status, call_id: wholeId(part), ...nameOf(context, part), arguments: words };
    case 'custom':
      return {
        type: 'custom_tool_call',
        id,
        status,
        call_id: wholeId(part),
        ...nameOf(context, part),
        input: customInput(words),
      };
    default:
      return kind satisfies never;
  }
}

/** The client's own names of a tool: that of its group, where it belongs to one, and that within the group. */
export function nameOf({ wants }: ReplyContext, { tool = '' }: Pick<ItemPart, 'tool'>): object {
  const grouped = (wants['grouped'] ?? {}) as Grouped;
  return (Object.hasOwn(grouped, tool) ? grouped[tool] : undefined) ?? { name: tool };
}

/** The text of a message. */
export function textPart(text: string): object {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

/** The state of a text, as an item of its own beside it; OpenAI's own is a field of the text. */
export function besideItem(
  context: ReplyContext,
  index: number,
  { state, of }: { readonly state: ProviderState | undefined; readonly of: 'next' | 'last' },
): Item | undefined {
  if (state === undefined || phase(state)['phase'] !== undefined) return undefined;
  return {
    type: 'reasoning',
    id: itemId(context, 'reasoning', index),
    summary: [],
    encrypted_content: sealState(state, of),
  };
}

function phase(state: ProviderState | undefined): { readonly phase?: Json } {
  if (state?.vendor !== 'openai' || typeof state.data !== 'object' || state.data === null) return {};
  const value = (state.data as { readonly phase?: Json }).phase;
  return typeof value === 'string' ? { phase: value } : {};
}

function wholeId({ callId = '', state }: ItemPart): string {
  return joinId(callId, state ? { v: state.vendor, d: state.data } : undefined);
}
