import type {
  AssistantPart,
  Json,
  ModelEvent,
  ModelReasoningDelta,
  ModelTextDelta,
  ModelToolDelta,
} from '@capstan/sdk/contract';
import { type Mask, maskDeep } from './mask.ts';

/** An event and when it came, in milliseconds since the request. */
export type Timed = readonly [ms: number, event: ModelEvent];

/**
 * Masks the events of a call.
 *
 * What is to be masked may be cut by a delta, so the text of all deltas is masked as one and then cut again; deltas still
 * join to the text of the message.
 */
export function keepEvents(events: readonly Timed[], mask: Mask): Timed[] {
  const last = events.at(-1)?.[1];
  const parts = last?.type === 'message' ? last.message.parts : undefined;
  const masked = new Map<string, string[]>();
  for (const [stream, pieces] of piecesOf(events)) {
    const whole = parts ? wholeOf(stream, parts) : [pieces.join('')];
    masked.set(stream, cutAgain(whole.map(mask).join(''), pieces));
  }
  return events.map(([ms, event]) => {
    if (!isDelta(event)) return [ms, maskDeep(event as unknown as Json, mask) as unknown as ModelEvent];
    const piece = masked.get(streamOf(event))?.shift() ?? '';
    const kept = event.provider ? (maskDeep(event as unknown as Json, mask) as unknown as Delta) : event;
    return [ms, kept.type === 'tool.delta' ? { ...kept, json: piece } : { ...kept, text: piece }];
  });
}

/** The texts of the deltas by what they add to. */
function piecesOf(events: readonly Timed[]): Map<string, string[]> {
  const streams = new Map<string, string[]>();
  for (const [, event] of events) {
    if (!isDelta(event)) continue;
    const pieces = streams.get(streamOf(event)) ?? [];
    pieces.push(event.type === 'tool.delta' ? event.json : event.text);
    streams.set(streamOf(event), pieces);
  }
  return streams;
}

type Delta = ModelTextDelta | ModelReasoningDelta | ModelToolDelta;

function isDelta(event: ModelEvent): event is Delta {
  return event.type === 'text.delta' || event.type === 'reasoning.delta' || event.type === 'tool.delta';
}

function streamOf(event: Delta): string {
  return event.type === 'tool.delta' ? `call ${event.callId}` : event.type;
}

function wholeOf(stream: string, parts: readonly AssistantPart[]): string[] {
  return parts.flatMap((part) => {
    if (part.type === 'call') return stream === `call ${part.callId}` ? [part.json] : [];
    return stream === `${part.type}.delta` ? [part.text] : [];
  });
}

/** Cuts a text into as many pieces, of the same lengths as far as it goes, and never inside a character. */
function cutAgain(text: string, like: readonly string[]): string[] {
  let from = 0;
  return like.map((piece, index) => {
    let to = index === like.length - 1 ? text.length : Math.min(text.length, from + piece.length);
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to += 1;
    const cut = text.slice(from, to);
    from = to;
    return cut;
  });
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}
