import type { RunEvent } from '../contract/event.ts';
import type { Run } from '../contract/run.ts';
import { orSilence } from './or-silence.ts';
import type { Position } from './position.ts';
import { behind, readPosition, showPosition, start, unseen } from './position.ts';

export interface EventStreamOptions {
  /** The `Last-Event-ID` a client came back with: it is given only what follows. */
  readonly lastEventId?: string | null;
  /** Milliseconds of silence after which a comment keeps the connection open. Default 15,000. */
  readonly heartbeatMs?: number;
}

/**
 * Gives a run as server-sent events: one event of the run each, as JSON, with an id by which a client resumes. A client
 * that is slow holds up nobody: its deltas come merged. Cancelling the stream detaches that client only.
 */
export function toEventStream(
  run: Pick<Run<unknown>, typeof Symbol.asyncIterator>,
  { lastEventId, heartbeatMs = 15_000 }: EventStreamOptions = {},
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const reader = run[Symbol.asyncIterator]();
  const seen = readPosition(lastEventId);
  let position: Position = start;
  let waiting: Promise<IteratorResult<RunEvent>> | undefined;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        waiting ??= reader.next();
        const next = await orSilence(waiting, heartbeatMs);
        if (next === 'silence') return controller.enqueue(encoder.encode(': still here\n\n'));
        waiting = undefined;
        if (next.done) return controller.close();
        const event = unseen(next.value, position, seen);
        position = behind(position, next.value);
        if (event) return controller.enqueue(encoder.encode(frame(event, position)));
      }
    },
    async cancel() {
      await reader.return?.();
    },
  });
}

function frame(event: RunEvent, position: Position): string {
  return `id: ${showPosition(position)}\ndata: ${JSON.stringify(event)}\n\n`;
}
