import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Sends server-sent events, no faster than the client reads, until they end or the signal aborts. */
export async function sendStream(
  response: ServerResponse,
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
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
  try {
    for (let next = await reader.read(); !next.done && !signal.aborted; next = await reader.read()) {
      if (response.write(next.value) || response.destroyed) continue;
      await once(response, 'drain', { signal }).catch(() => {});
    }
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
    response.end();
  }
}
