import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

export interface SendStreamOptions {
  readonly signal: AbortSignal;
  /** After so much silence a comment is sent: a run may wait for people for hours, and proxies end what is silent. */
  readonly heartBeatMs: number;
}

/** Sends server-sent events, no faster than the client reads, until they end or the signal aborts. */
export async function sendStream(
  response: ServerResponse,
  stream: ReadableStream<Uint8Array>,
  { signal, heartBeatMs }: SendStreamOptions,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  const reader = stream.getReader();
  const leave = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener('abort', leave);
  // Each piece is whole events, so between two of them anything may be said.
  const heartBeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': keep-alive\n\n');
  }, heartBeatMs);
  try {
    for (let next = await reader.read(); !next.done && !signal.aborted; next = await reader.read()) {
      heartBeat.refresh();
      if (response.write(next.value) || response.destroyed) continue;
      await once(response, 'drain', { signal }).catch(() => {});
    }
  } finally {
    clearInterval(heartBeat);
    signal.removeEventListener('abort', leave);
    leave();
    response.end();
  }
}
