import {
  type AssistantPart,
  type Json,
  type ModelEvent,
  newId,
  type ProviderState,
  type StopReason,
  type Usage,
} from '@capstan/sdk/contract';
import { type Asked, errorFromEvent } from '../wire/http-error.ts';
import { parseEvent } from '../wire/json.ts';
import type { ReplyDecoder } from '../wire/stream-reply.ts';
import { vendor } from './parts.ts';
import { type PartialArg, partialArguments, type PartialArguments } from './partial-arguments.ts';

/** What of a chunk of `streamGenerateContent` is read (https://ai.google.dev/api/generate-content, 2026-11-21). */
interface WireChunk {
  readonly candidates?: readonly WireCandidate[];
  readonly promptFeedback?: { readonly blockReason?: string };
  readonly usageMetadata?: WireUsage;
  readonly error?: unknown;
}

interface WireCandidate {
  readonly content?: { readonly parts?: readonly WirePart[] };
  readonly finishReason?: string;
  readonly finishMessage?: string;
  readonly continuationToken?: Json;
}

interface WirePart {
  readonly text?: string;
  readonly thought?: boolean;
  readonly thoughtSignature?: string;
  readonly functionCall?: {
    readonly id?: string;
    readonly name?: string;
    readonly args?: Json;
    readonly partialArgs?: readonly PartialArg[];
    readonly willContinue?: boolean;
  };
}

interface WireUsage {
  readonly promptTokenCount?: number;
  readonly toolUsePromptTokenCount?: number;
  readonly candidatesTokenCount?: number;
  readonly thoughtsTokenCount?: number;
  readonly cachedContentTokenCount?: number;
}

export interface GenerateDecoderOptions {
  /** A function whose arguments are the answer itself: its call is given as text. */
  readonly outputTool?: string | undefined;
  /** Makes an id for a call that comes without one. */
  readonly makeId?: () => string;
}

/** A part that further chunks add to. */
interface OpenPart {
  readonly type: 'text' | 'reasoning';
  text: string;
  readonly provider?: ProviderState;
}

interface OpenCall {
  readonly callId: string;
  readonly tool: string;
  readonly args: PartialArguments;
  /** Id and signature as they came. */
  readonly state: { [name: string]: Json };
}

/** Makes a decoder for one reply of the Gemini API. */
export function generateDecoder(
  asked: Asked,
  { outputTool, makeId = () => `call_${newId()}` }: GenerateDecoderOptions = {},
): ReplyDecoder {
  const parts: AssistantPart[] = [];
  let open: OpenPart | undefined;
  let streaming: OpenCall | undefined;
  let usage: WireUsage | undefined;
  let finish: WireCandidate | undefined;
  let blocked: string | undefined;

  /** A part with a signature stays a part of its own; others of one kind are one part. */
  function readText({ text = '', thought, thoughtSignature }: WirePart, out: ModelEvent[]): void {
    const type = thought ? 'reasoning' : 'text';
    if (text !== '') out.push({ type: `${type}.delta`, text });
    if (thoughtSignature === undefined) {
      if (text === '') return;
      if (open?.type === type) open.text += text;
      else {
        open = { type, text, ...(thought ? { provider: { vendor, data: {} } } : {}) };
        parts.push(open);
      }
      return;
    }
    open = undefined;
    if (text === '') parts.push(opaque({ text, ...(thought ? { thought } : {}), thoughtSignature }));
    else parts.push({ type, text, provider: { vendor, data: { signature: thoughtSignature } } });
  }

  function readCall(part: WirePart, out: ModelEvent[]): void {
    const call = part.functionCall ?? {};
    const state = {
      ...(call.id ? { id: call.id } : {}),
      ...(part.thoughtSignature ? { signature: part.thoughtSignature } : {}),
    };
    if (!streaming && (call.willContinue || call.partialArgs)) {
      streaming = { callId: call.id ?? makeId(), tool: call.name ?? '', args: partialArguments(), state };
    }
    if (!streaming)
      return addCall(
        { callId: call.id ?? makeId(), tool: call.name ?? '', json: JSON.stringify(call.args ?? {}), state },
        out,
      );
    Object.assign(streaming.state, state);
    for (const piece of call.partialArgs ?? []) streaming.args.add(piece);
    if (call.willContinue) return;
    const { callId, tool, args, state: whole } = streaming;
    streaming = undefined;
    addCall({ callId, tool, json: JSON.stringify(args.value()), state: whole }, out);
  }

  function addCall(
    {
      callId,
      tool,
      json,
      state,
    }: { readonly callId: string; readonly tool: string; readonly json: string; readonly state: Json },
    out: ModelEvent[],
  ): void {
    open = undefined;
    if (outputTool !== undefined && tool === outputTool) {
      out.push({ type: 'text.delta', text: json });
      parts.push({ type: 'text', text: json });
      return;
    }
    out.push({ type: 'tool.delta', callId, tool, json });
    const bare = Object.keys(state as object).length === 0;
    parts.push({ type: 'call', callId, tool, json, ...(bare ? {} : { provider: { vendor, data: state } }) });
  }

  function readPart(part: WirePart, out: ModelEvent[]): void {
    if (part.functionCall) readCall(part, out);
    else if (typeof part.text === 'string' || (part.thoughtSignature !== undefined && Object.keys(part).length === 1))
      readText(part, out);
    else {
      open = undefined;
      parts.push(opaque(part as Json));
    }
  }

  function read(chunk: WireChunk, out: ModelEvent[]): void {
    if (chunk.error !== undefined) throw errorFromEvent(chunk, asked);
    if (chunk.usageMetadata) usage = { ...usage, ...chunk.usageMetadata };
    blocked = chunk.promptFeedback?.blockReason ?? blocked;
    const candidate = chunk.candidates?.[0];
    for (const part of candidate?.content?.parts ?? []) readPart(part, out);
    if (candidate?.continuationToken !== undefined) parts.push(continuation(candidate.continuationToken));
    if (candidate?.finishReason !== undefined) finish = candidate;
  }

  function close(stopReason: StopReason, out: ModelEvent[]): void {
    out.push({
      type: 'message',
      message: { role: 'assistant', parts: [...parts] },
      stopReason,
      ...(usage ? { usage: usageOf(usage) } : {}),
    });
  }

  return {
    push({ data }, out) {
      if (data === '' || data === '[DONE]') return;
      const parsed = parseEvent(data, asked.model);
      // Without server-sent events the API answers with a list of chunks.
      for (const chunk of Array.isArray(parsed) ? (parsed as WireChunk[]) : [parsed as WireChunk]) read(chunk, out);
    },
    end(out) {
      if (finish === undefined && blocked !== undefined) return void close('refusal', out);
      if (finish?.finishReason === undefined) return 'it lacks the chunk with the finish reason';
      const reason = stopReasonOf(finish.finishReason, parts);
      if (reason !== undefined) return void close(reason, out);
      if (finish.finishReason === 'STOP') return 'it is empty';
      return `it stopped with ${finish.finishReason}${finish.finishMessage ? ` (${finish.finishMessage.slice(0, 200)})` : ''}`;
    },
    usage: () => usage && usageOf(usage),
  };
}

/** A part that means nothing outside Gemini: kept as it came. */
function opaque(part: Json): AssistantPart {
  return { type: 'reasoning', text: '', provider: { vendor, data: { part } } };
}

function continuation(continuationToken: Json): AssistantPart {
  return { type: 'reasoning', text: '', provider: { vendor, data: { continuationToken } } };
}

const refusals = /SAFETY|RECITATION|LANGUAGE|BLOCKLIST|PROHIBITED_CONTENT|SPII/;

/** `undefined` for a reply that is of no use and may be asked for again: a malformed call, nothing at all. */
function stopReasonOf(reason: string, parts: readonly AssistantPart[]): StopReason | undefined {
  if (reason === 'MAX_TOKENS') return 'length';
  if (reason === 'CONTINUATION') return 'pause';
  if (refusals.test(reason)) return 'refusal';
  if (/^(MALFORMED|UNEXPECTED|TOO_MANY)/.test(reason)) return undefined;
  if (parts.some((part) => part.type === 'call')) return 'tools';
  return parts.some((part) => part.type === 'text' || isWork(part)) ? 'end' : undefined;
}

/** Code that ran at Google, an image: a reply without text that is not empty. */
function isWork(part: AssistantPart): boolean {
  const data = part.provider?.data as { readonly part?: { readonly text?: string } } | undefined;
  return data?.part !== undefined && data.part.text === undefined;
}

function usageOf(wire: WireUsage): Usage {
  const { cachedContentTokenCount: cached, thoughtsTokenCount: thoughts } = wire;
  return {
    inputTokens: (wire.promptTokenCount ?? 0) + (wire.toolUsePromptTokenCount ?? 0),
    outputTokens: (wire.candidatesTokenCount ?? 0) + (thoughts ?? 0),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(thoughts === undefined ? {} : { reasoningTokens: thoughts }),
  };
}
