import type { Usage } from '@capstan/sdk/contract';

/** What is told of a request when its response is over; never a token, a body or a query. */
export interface RequestRecord {
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern, `unmatched` where none fits: few values, so that it can be a label of a metric. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly ip: string;
  /** The client went before the response was complete. */
  readonly hungUp: boolean;
  /** W3C trace id of the caller, when it sent one. */
  readonly traceId?: string;
  /** The caller's span, with `traceId`. */
  readonly parentSpanId?: string;
}

/** What is told of a call of a model when it is over. */
export interface CallRecord {
  readonly requestId: string;
  readonly deviceId: string;
  readonly organisationId?: string;
  /** The client's dialect. */
  readonly dialect: string;
  /** The model as the client named it. */
  readonly asked: string;
  /** `upstream/model` that answered, or was tried last; absent when none was tried. */
  readonly answered?: string;
  readonly translated: boolean;
  readonly stream: boolean;
  readonly status: number;
  readonly ms: number;
  readonly firstByteMs?: number;
  /** Tries before the one that answered. */
  readonly retries: number;
  readonly usage?: Usage;
  readonly costMicros?: number;
  /** Why it failed, without the content of prompt or reply. */
  readonly error?: string;
  readonly hungUp: boolean;
}

/** A fault of an upstream's key or address, as it happens. */
export interface UpstreamRecord {
  readonly requestId: string;
  readonly upstream: string;
  readonly model: string;
  /** The key as `sk-…abcd`. */
  readonly key?: string;
  readonly status?: number;
  readonly error: string;
}

/** Hears what happens, for logs and metrics. Its methods return at once and never throw. */
export interface Observer {
  request?(record: RequestRecord): void;
  call?(record: CallRecord): void;
  upstream?(record: UpstreamRecord): void;
  /** A bug: what was thrown where nothing may throw. */
  fault?(error: unknown, requestId: string): void;
  /** A thing that the operator should know, such as a changed file. */
  notice?(message: string): void;
}
