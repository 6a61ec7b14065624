import type { ModelEvent } from '@capstan/sdk/contract';
import { sseDecoder } from '../wire/sse.ts';
import type { ReplyDecoder } from '../wire/stream-reply.ts';

/** What a whole stream decodes to. */
export interface Decoded {
  readonly events: readonly ModelEvent[];
  /** What the reply lacked; absent when it was complete. */
  readonly missing?: string;
}

/** Decodes a recorded stream, cut into chunks at `cuts`, without any network. For tests. */
export function decodeAll(decoder: ReplyDecoder, recorded: string | Uint8Array, cuts: readonly number[] = []): Decoded {
  const bytes = typeof recorded === 'string' ? new TextEncoder().encode(recorded) : recorded;
  const sse = sseDecoder();
  const events: ModelEvent[] = [];
  const push = (frames: ReturnType<typeof sse.push>): boolean => {
    for (const frame of frames) {
      decoder.push(frame, events);
      if (events.at(-1)?.type === 'message') return true;
    }
    return false;
  };
  let from = 0;
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    const end = Math.min(Math.max(cut, from), bytes.length);
    if (push(sse.push(bytes.slice(from, end)))) return { events };
    from = end;
  }
  if (push(sse.end())) return { events };
  const missing = decoder.end(events);
  return missing === undefined ? { events } : { events, missing };
}
