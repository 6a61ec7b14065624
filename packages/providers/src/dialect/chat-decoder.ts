import type { AssistantPart, Json, ModelEvent, StopReason } from '@capstan/sdk/contract';
import { errorFromEvent, type Asked } from '../wire/http-error.ts';
import { parseEvent } from '../wire/json.ts';
import type { ReplyDecoder } from '../wire/stream-reply.ts';
import { chatUsage, type ChatUsage } from './chat-usage.ts';
import { callList, type CallPiece } from './chat-calls.ts';
import { thinkTags, type Stretch } from './think-tags.ts';

/** One chunk of the stream, as far as we read it. Everything may be missing or null: hosts differ. */
interface Chunk {
  readonly choices?: readonly Choice[] | null;
  readonly usage?: ChatUsage | null;
  readonly x_groq?: { readonly usage?: ChatUsage | null } | null;
  readonly error?: unknown;
}

interface Choice {
  readonly index?: number | null;
  readonly delta?: Delta | null;
  /** A host that answers whole, not as a stream. */
  readonly message?: Delta | null;
  readonly finish_reason?: string | null;
  readonly usage?: ChatUsage | null;
  readonly error?: unknown;
}

interface Delta {
  readonly content?: string | readonly ContentPiece[] | null;
  readonly refusal?: string | null;
  readonly reasoning_content?: string | null;
  readonly reasoning?: string | null;
  readonly reasoning_details?: readonly Json[] | null;
  /** A few hosts send one piece where a list belongs. */
  readonly tool_calls?: readonly CallPiece[] | CallPiece | null;
  readonly function_call?: CallPiece['function'];
}

/** Mistral gives content as pieces, its thinking nested once more. */
interface ContentPiece {
  readonly type?: string;
  readonly text?: string;
  readonly thinking?: string | readonly ContentPiece[];
}

export interface ChatDecoderOptions {
  readonly asked: Asked;
  readonly vendor: string;
  /** The text may hold `<think>…</think>`. Default false. */
  readonly readThinkTags?: boolean;
  /** The tool whose arguments are the answer, to be read as text. */
  readonly outputTool?: string | undefined;
}

/**
 * Decodes a Chat Completions stream of OpenAI and of the many hosts that speak it more or less.
 *
 * Takes reasoning in `reasoning_content`, `reasoning` or `reasoning_details`; calls that come whole, without index,
 * without id or with an empty name on later pieces; usage in any chunk, or none; a missing `[DONE]`.
 */
export function chatDecoder({ asked, vendor, readThinkTags = false, outputTool }: ChatDecoderOptions): ReplyDecoder {
  const text: string[] = [];
  const reasoning: string[] = [];
  const details: Json[] = [];
  const calls = callList(vendor);
  const think = readThinkTags ? thinkTags() : undefined;
  let finish: string | undefined;
  let usage: ChatUsage | undefined;
  let refused = false;
  let started = false;
  let told = 0;

  /** What follows the reasoning ends it. Details that come later are in the message alone. */
  const endReasoning = (out: ModelEvent[]): void => {
    if (details.length === told) return;
    const first = told === 0;
    told = details.length;
    if (first) out.push({ type: 'reasoning.delta', text: '', provider: { vendor, data: mergeDetails(details) } });
  };
  const say = (piece: string, out: ModelEvent[]): void => {
    endReasoning(out);
    text.push(piece);
    out.push({ type: 'text.delta', text: piece });
  };
  const reason = (piece: string, out: ModelEvent[]): void => {
    reasoning.push(piece);
    out.push({ type: 'reasoning.delta', text: piece });
  };
  const speak = (piece: string, out: ModelEvent[]): void => {
    if (!think) return say(piece, out);
    for (const { thought, text: part } of think.push(piece)) (thought ? reason : say)(part, out);
  };

  const call = (piece: CallPiece, out: ModelEvent[]): void => {
    endReasoning(out);
    if (outputTool === undefined) return calls.push(piece, out);
    const made: ModelEvent[] = [];
    calls.push(piece, made);
    for (const event of made) {
      if (event.type === 'tool.delta' && event.tool === outputTool) say(event.json, out);
      else out.push(event);
    }
  };

  function readDelta(delta: Delta, out: ModelEvent[]): void {
    const thought = delta.reasoning_content || delta.reasoning;
    if (typeof thought === 'string' && thought) reason(thought, out);
    else if (delta.reasoning_details) for (const piece of detailTexts(delta.reasoning_details)) reason(piece, out);
    if (delta.reasoning_details) details.push(...delta.reasoning_details);
    const content = delta.content;
    if (typeof content === 'string') {
      if (content) speak(content, out);
    } else if (content) {
      for (const { thought, text: piece } of flatten(content)) (thought ? reason : speak)(piece, out);
    }
    if (delta.refusal) {
      refused = true;
      say(delta.refusal, out);
    }
    if (delta.tool_calls) for (const piece of listOf(delta.tool_calls)) call(piece, out);
    if (delta.function_call) call({ index: 0, function: delta.function_call }, out);
  }

  function finishUp(out: ModelEvent[]): void {
    if (think) for (const { thought, text: part } of think.end()) (thought ? reason : say)(part, out);
    endReasoning(out);
    const parts: AssistantPart[] = [];
    if (reasoning.length > 0 || details.length > 0) {
      const state = details.length > 0 ? { provider: { vendor, data: mergeDetails(details) } } : {};
      parts.push({ type: 'reasoning', text: reasoning.join(''), ...state });
    }
    if (text.length > 0) parts.push({ type: 'text', text: text.join('') });
    const made = calls.finish(out).filter(({ tool }) => tool !== outputTool);
    parts.push(...made);
    const counted = chatUsage(usage);
    out.push({
      type: 'message',
      message: { role: 'assistant', parts },
      stopReason: refused ? 'refusal' : stopReason(finish, made.length > 0),
      ...(counted ? { usage: counted } : {}),
      ...(typeof usage?.cost === 'number' ? { costUsd: usage.cost } : {}),
    });
  }

  return {
    push({ event, data }, out) {
      if (data === '' || data === '[DONE]') {
        // A host that fails may still send its mark; without a single choice there is no reply.
        if (data !== '' && started) finishUp(out);
        return;
      }
      const chunk = parseEvent(data, asked.model) as Chunk;
      if (chunk.error || event === 'error') throw errorFromEvent(chunk, asked);
      if (chunk.usage) usage = chunk.usage;
      else if (chunk.x_groq?.usage) usage = chunk.x_groq.usage;
      const choice = chunk.choices?.find(({ index }) => !index);
      if (!choice) return;
      if (choice.error) throw errorFromEvent(choice, asked);
      if (choice.usage) usage = choice.usage;
      // A host that closes its stream with the whole message says it all again.
      const delta = choice.delta ?? (started ? undefined : choice.message);
      if (delta) {
        started = true;
        readDelta(delta, out);
      }
      if (choice.finish_reason) {
        started = true;
        finish = choice.finish_reason.toLowerCase();
        if (failures.has(finish))
          throw errorFromEvent({ error: { message: `it stopped with "${finish}"`, code: 500 } }, asked);
      }
    },
    end(out) {
      if (finish === undefined) return started ? 'there was no finish_reason and no [DONE]' : 'it holds no choices';
      finishUp(out);
      return undefined;
    },
    usage: () => chatUsage(usage),
  };
}

const reasons: { readonly [reason: string]: StopReason } = {
  stop: 'end',
  tool_calls: 'tools',
  function_call: 'tools',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  max_length: 'length',
  model_context_window_exceeded: 'length',
  content_filter: 'refusal',
  refusal: 'refusal',
  sensitive: 'refusal',
};

/** Reasons that are faults of the host; the same request may succeed. */
const failures: ReadonlySet<string> = new Set(['error', 'abort', 'network_error', 'insufficient_system_resource']);

function stopReason(finish: string | undefined, called: boolean): StopReason {
  // Google's words follow: "content_filter: RECITATION".
  const reason = reasons[(finish ?? 'stop').split(':')[0] ?? ''] ?? 'end';
  if (called && reason === 'end') return 'tools';
  return !called && reason === 'tools' ? 'end' : reason;
}

function listOf<T>(value: readonly T[] | T): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function flatten(pieces: readonly ContentPiece[]): Stretch[] {
  return pieces.flatMap((piece): Stretch[] => {
    if (piece.thinking === undefined) return piece.text ? [{ thought: false, text: piece.text }] : [];
    const inner = typeof piece.thinking === 'string' ? [{ text: piece.thinking }] : piece.thinking;
    return inner.flatMap(({ text }) => (text ? [{ thought: true, text }] : []));
  });
}

interface Detail {
  readonly [key: string]: Json;
}

function detailTexts(details: readonly Json[]): string[] {
  return details.flatMap((detail) => {
    const { text, summary } = detail as Detail;
    return [text, summary].filter((one): one is string => typeof one === 'string' && one !== '');
  });
}

/** Joins the pieces that one detail came in; its signature may come in a piece of its own. */
function mergeDetails(pieces: readonly Json[]): Json {
  const merged: { [key: string]: Json }[] = [];
  for (const piece of pieces) {
    const next = piece as Detail;
    const last = merged.at(-1);
    if (
      !last ||
      last['type'] !== next['type'] ||
      (last['index'] ?? 0) !== (next['index'] ?? 0) ||
      (last['signature'] && next['text'])
    ) {
      merged.push({ ...next });
      continue;
    }
    for (const [key, value] of Object.entries(next)) {
      const joined =
        (key === 'text' || key === 'summary' || key === 'data') &&
        typeof value === 'string' &&
        typeof last[key] === 'string';
      if (joined) last[key] = `${last[key] as string}${value}`;
      else if (value !== null) last[key] = value;
    }
  }
  return merged;
}
