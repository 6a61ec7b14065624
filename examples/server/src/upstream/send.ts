import type { Dispatcher } from 'undici';

/** What a request is sent over: a pool of undici's. */
export interface Sender {
  readonly dispatch: (request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => boolean;
}

/** A request to an upstream, ready to go. */
export interface UpstreamRequest {
  /** Path with query. */
  readonly path: string;
  readonly method: 'POST' | 'GET';
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
  readonly headersMs: number;
  readonly idleMs: number;
}

/** Hears the reply, in order. After `failed` or `ended` nothing comes. */
export interface ReplyListener {
  head(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  data(chunk: Buffer): void;
  ended(): void;
  failed(error: Error): void;
}

/** A request on its way. */
export interface Sending {
  /** Closes the connection; nothing is heard any more but, at most once, `failed`. */
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Sends over a pool, at the level where chunks arrive as the socket gives them: no stream object, no promise a chunk. */
export function send(pool: Sender, request: UpstreamRequest, listener: ReplyListener): Sending {
  let controller: Dispatcher.DispatchController | undefined;
  let aborted: Error | undefined;
  let over = false;
  pool.dispatch(
    {
      path: request.path,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      headersTimeout: request.headersMs,
      bodyTimeout: request.idleMs,
    },
    {
      onRequestStart(started) {
        controller = started;
        if (aborted) started.abort(aborted);
      },
      onResponseStart(_, status, headers) {
        if (status >= 200) listener.head(status, headers);
      },
      onResponseData(_, chunk) {
        listener.data(chunk);
      },
      onResponseEnd() {
        over = true;
        listener.ended();
      },
      onResponseError(_, error) {
        over = true;
        listener.failed(aborted ?? error);
      },
    },
  );
  return {
    abort(reason) {
      if (over || aborted) return;
      aborted = reason;
      controller?.abort(reason);
    },
    pause: () => controller?.pause(),
    resume: () => controller?.resume(),
  };
}
