import type { AssistantPart, Json, ModelEvent, ProviderState } from '@capstan/sdk/contract';
import { type Fields, fieldsOf, listOf, textOf } from '../wire/shape.ts';
import { partialArguments, type PartialArguments } from './partial-arguments.ts';
import { vendor } from './parts.ts';

/** Puts the parts of our message together from those that Gemini streams. */
export interface ReplyParts {
  readonly all: readonly AssistantPart[];
  /** Reads one part of a chunk and tells it. */
  add(part: Fields, out: ModelEvent[]): void;
  /** Keeps the token with which a cut reply is continued. */
  continueBy(token: Json): void;
  /** Ends a call whose arguments were streamed and that was never said to be whole. */
  finish(out: ModelEvent[]): void;
}

export interface ReplyPartsOptions {
  /** A function whose arguments are the answer itself: its call is given as text. */
  readonly outputTool: string | undefined;
  readonly makeId: () => string;
}

/** A part that further chunks add to. */
interface OpenPart {
  readonly type: 'text' | 'reasoning';
  text: string;
  readonly provider?: ProviderState;
}

interface Call {
  readonly callId: string;
  readonly tool: string;
  /** Id and signature as they came. */
  readonly state: { [name: string]: Json };
}

/** Makes the parts of one reply, empty. */
export function replyParts({ outputTool, makeId }: ReplyPartsOptions): ReplyParts {
  const all: AssistantPart[] = [];
  const ids = new Set<string>();
  let open: OpenPart | undefined;
  let streaming: (Call & { readonly args: PartialArguments }) | undefined;

  /** A part with a signature stays a part of its own; others of one kind are one part. */
  function addText(part: Fields, out: ModelEvent[]): void {
    const text = textOf(part['text']);
    const signature = textOf(part['thoughtSignature']);
    const type = part['thought'] === true ? 'reasoning' : 'text';
    if (signature === '') {
      if (text !== '') out.push({ type: `${type}.delta`, text });
      return grow(type, text);
    }
    open = undefined;
    if (text === '') return addOpaque(part, out);
    const provider = { vendor, data: { signature } };
    out.push({ type: `${type}.delta`, text, provider });
    all.push({ type, text, provider });
  }

  /** A part that means nothing outside Gemini: kept as it came. */
  function addOpaque(part: Fields, out: ModelEvent[]): void {
    const provider = { vendor, data: { part: part as Json } };
    open = undefined;
    all.push({ type: 'reasoning', text: '', provider });
    out.push({ type: 'reasoning.delta', text: '', provider });
  }

  function grow(type: OpenPart['type'], text: string): void {
    if (text === '') return;
    if (open?.type === type) {
      open.text += text;
      return;
    }
    open = { type, text, ...(type === 'reasoning' ? { provider: { vendor, data: {} } } : {}) };
    all.push(open);
  }

  function newCall(called: Fields, state: Call['state']): Call {
    const id = textOf(called['id']);
    const callId = id === '' || ids.has(id) ? makeId() : id;
    ids.add(callId);
    return { callId, tool: textOf(called['name']), state };
  }

  function readCall(part: Fields, out: ModelEvent[]): void {
    const called = fieldsOf(part['functionCall']);
    const id = textOf(called['id']);
    const signature = textOf(part['thoughtSignature']);
    const state = { ...(id === '' ? {} : { id }), ...(signature === '' ? {} : { signature }) };
    const more = called['willContinue'] === true;
    const pieces = listOf(called['partialArgs']);
    if (!streaming && !more && pieces.length === 0)
      return addCall(newCall(called, state), JSON.stringify(called['args'] ?? {}), out);
    streaming ??= { ...newCall(called, state), args: partialArguments() };
    Object.assign(streaming.state, state);
    for (const piece of pieces) streaming.args.add(fieldsOf(piece));
    if (!more) finish(out);
  }

  function finish(out: ModelEvent[]): void {
    if (!streaming) return;
    const { args, ...call } = streaming;
    streaming = undefined;
    addCall(call, JSON.stringify(args.value()), out);
  }

  function addCall({ callId, tool, state }: Call, json: string, out: ModelEvent[]): void {
    open = undefined;
    if (outputTool !== undefined && tool === outputTool) {
      out.push({ type: 'text.delta', text: json });
      all.push({ type: 'text', text: json });
      return;
    }
    const provider = Object.keys(state).length === 0 ? {} : { provider: { vendor, data: state } };
    out.push({ type: 'tool.delta', callId, tool, json, ...provider });
    all.push({ type: 'call', callId, tool, json, ...provider });
  }

  return {
    all,
    add(part, out) {
      if (part['functionCall'] !== undefined) return readCall(part, out);
      if (typeof part['text'] === 'string' || onlySigned(part)) return addText(part, out);
      if (Object.keys(part).length === 0) return;
      addOpaque(part, out);
    },
    continueBy: (continuationToken) =>
      void all.push({ type: 'reasoning', text: '', provider: { vendor, data: { continuationToken } } }),
    finish,
  };
}

/** Tells whether a part is more than thoughts: text, a call, code that ran at Google, an image. */
export function isAnswer(part: AssistantPart): boolean {
  if (part.type !== 'reasoning') return true;
  const kept = fieldsOf(part.provider?.data)['part'];
  return kept !== undefined && fieldsOf(kept)['text'] === undefined && !onlySigned(fieldsOf(kept));
}

function onlySigned(part: Fields): boolean {
  return Object.keys(part).length === 1 && part['thoughtSignature'] !== undefined;
}
