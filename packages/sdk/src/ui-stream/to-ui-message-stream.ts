import type { RunEvent } from '../contract/event.ts';
import type { Run } from '../contract/run.ts';
import { orSilence } from '../wire/or-silence.ts';
import type { UIChunk } from './ui-chunk.ts';
import { UIChunks } from './ui-chunks.ts';

/** A run, as far as it is read. */
export type ReadableRun = Pick<Run<unknown>, typeof Symbol.asyncIterator>;

export interface UIMessageStreamOptions {
  /** What the store holds of the session: for a resumed run, whose message began before it paused. Default: nothing. */
  readonly history?: readonly RunEvent[];
  /**
   * Whether the part of the message that is in `history` is told too: to a page that was loaded anew, not to one that
   * goes on with the message it has. Default true.
   */
  readonly replay?: boolean;
}

export interface UIMessageResponseOptions extends UIMessageStreamOptions {
  /** Milliseconds of silence after which a comment keeps the connection open. Default 15,000. */
  readonly heartbeatMs?: number;
  /** Added to those of the protocol. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers by which a client knows the protocol (`ai` 7.0.173, read 2026-11-21); the last one is for nginx. */
const protocolHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-vercel-ai-ui-message-stream': 'v1',
  'x-accel-buffering': 'no',
};

/**
 * Gives a run as a UI message stream of the AI SDK: one assistant message whose id is the run's. A reader that is slow
 * holds up nobody: its deltas come merged. Cancelling the stream detaches that reader only.
 */
export function toUIMessageStream(run: ReadableRun, options: UIMessageStreamOptions = {}): ReadableStream<UIChunk> {
  const reader = readChunks(run, options);
  return new ReadableStream({
    async pull(controller) {
      const chunks = await reader.next();
      if (!chunks) return controller.close();
      for (const chunk of chunks) controller.enqueue(chunk);
    },
    cancel: () => reader.leave(),
  });
}

/** Gives a run as the response that the transport of `useChat` reads. */
export function toUIMessageResponse(
  run: ReadableRun,
  { heartbeatMs = 15_000, headers = {}, ...options }: UIMessageResponseOptions = {},
): Response {
  const encoder = new TextEncoder();
  const reader = readChunks(run, options);
  let waiting: Promise<readonly UIChunk[] | undefined> | undefined;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      waiting ??= reader.next();
      const chunks = await orSilence(waiting, heartbeatMs);
      if (chunks === 'silence') return controller.enqueue(encoder.encode(': still here\n\n'));
      waiting = undefined;
      if (chunks) return controller.enqueue(encoder.encode(chunks.map(frame).join('')));
      controller.enqueue(encoder.encode('data: [DONE]\n\n'));
      controller.close();
    },
    cancel: () => reader.leave(),
  });
  return new Response(body, { headers: { ...protocolHeaders, ...headers } });
}

interface ChunkReader {
  /** What the next events come to, at least one piece; undefined when no event follows. */
  next(): Promise<readonly UIChunk[] | undefined>;
  leave(): Promise<void>;
}

function readChunks(run: ReadableRun, { history = [], replay = true }: UIMessageStreamOptions): ChunkReader {
  const translated = new UIChunks();
  const events = run[Symbol.asyncIterator]();
  let isFirst = true;
  const before = (first: RunEvent): UIChunk[] => {
    const earlier = history.filter(({ runId, seq }) => runId === first.runId && seq < first.seq);
    const chunks = earlier.flatMap((event) => translated.take(event));
    if (replay) return chunks;
    translated.beginAgain();
    return [];
  };
  return {
    async next() {
      for (let next = await events.next(); !next.done; next = await events.next()) {
        const chunks = isFirst ? before(next.value) : [];
        isFirst = false;
        chunks.push(...translated.take(next.value));
        if (chunks.length > 0) return chunks;
      }
      return undefined;
    },
    async leave() {
      await events.return?.();
    },
  };
}

function frame(chunk: UIChunk): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
