import { isDurable } from '../contract/event.ts';
import type { RunEvent } from '../contract/event.ts';

/**
 * How far a reader has come: the last durable event, and how much of the ephemeral ones behind it. Deltas count by their
 * characters, since the same text may come in other pieces the next time.
 */
export interface Position {
  readonly seq: number;
  readonly offset: number;
}

export const start: Position = { seq: 0, offset: 0 };

/** The position behind an event. */
export function behind(before: Position, event: RunEvent): Position {
  if (isDurable(event)) return { seq: event.seq, offset: 0 };
  return { seq: before.seq, offset: before.offset + lengthOf(event) };
}

/** `12` or `12.345`, as the id of a server-sent event. */
export function showPosition({ seq, offset }: Position): string {
  return offset === 0 ? String(seq) : `${seq}.${offset}`;
}

/** Reads an id; anything else is the start. */
export function readPosition(id: string | null | undefined): Position {
  const found = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(id ?? '');
  return found ? { seq: Number(found[1]), offset: Number(found[2] ?? 0) } : start;
}

/** What of an event a reader at `seen` has yet to see, where `before` is the position in front of it. */
export function unseen(event: RunEvent, before: Position, seen: Position): RunEvent | undefined {
  const after = behind(before, event);
  if (isDurable(event)) return event.seq > seen.seq ? event : undefined;
  if (before.seq !== seen.seq) return before.seq > seen.seq ? event : undefined;
  if (after.offset <= seen.offset) return undefined;
  return before.offset >= seen.offset ? event : from(event, seen.offset - before.offset);
}

function lengthOf(event: RunEvent): number {
  if (event.type === 'tool.delta') return event.json.length;
  return 'text' in event && event.type !== 'run.ended' ? event.text.length : 1;
}

function from(event: RunEvent, chars: number): RunEvent {
  if (event.type === 'tool.delta') return { ...event, json: event.json.slice(chars) };
  if (event.type === 'text.delta' || event.type === 'reasoning.delta' || event.type === 'tool.progress') {
    return { ...event, text: event.text.slice(chars) };
  }
  return event;
}
