import type { IncomingMessage, ServerResponse } from 'node:http';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * One request as a handler sees it. All fields that cost something are found when first read.
 *
 * What a handler throws is answered in the route's shape: a `CapstanError` with the status that its code stands for, all
 * else as a 500 that tells nothing but the request id.
 */
export interface RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Given to the client as `x-request-id` and put into each log line. */
  readonly requestId: string;
  /** Path without the query, not decoded. */
  readonly path: string;
  /** What the pattern's parameters matched, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Where the client connects from: the socket's address, or the one a trusted proxy names. */
  readonly ip: string;
  /** From `Authorization: Bearer`, `x-api-key`, `x-goog-api-key` or `?key=`, in this order. */
  readonly token: string | undefined;
  /** Aborts when the client has hung up, and when the server's patience at shutdown is over. */
  readonly signal: AbortSignal;
  /** `performance.now()` when the head of the request was there. */
  readonly startedAt: number;
  /**
   * Reads the whole body, decompressed.
   *
   * @throws {CapstanError} `invalid_config` with status 413 for too many bytes, 415 for an unknown encoding.
   */
  body(): Promise<Buffer>;
  /** Reads the body as JSON of limited depth; an empty one is `undefined`. @throws {CapstanError} `invalid_config`, status 400. */
  json(): Promise<unknown>;
}

/** A method and a path, and what to do there. */
export interface Route {
  readonly method: Method;
  /** For example `/v1/devices/:id`; `:name` takes one segment, `*name` at the end takes the rest, slashes included. */
  readonly path: string;
  /** Bytes of body after which it is refused. Default: the server's. */
  readonly maxBodyBytes?: number;
  /**
   * The handler, and `fail`, send `baseHeaders` themselves: on a hot path one object of headers costs a third of headers
   * that are set one by one.
   */
  readonly sendsBaseHeaders?: boolean;
  handle(context: RequestContext): Promise<void> | void;
  /** Answers what the handler threw, when the head of the response is not yet out. Default: plain JSON. */
  readonly fail?: (error: unknown, context: RequestContext) => void;
}
