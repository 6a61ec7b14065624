import type { AssistantMessage, ErrorInfo, ModelEvent, ModelRequest, StopReason, Usage } from '@capstan/sdk/contract';

/** The four ways in which clients speak to a relay. */
export type DialectName = 'openai-chat' | 'openai-responses' | 'anthropic' | 'google';

/** A client's request, read from its dialect. */
export interface Inbound {
  /** The model's name as the client wrote it. */
  readonly model: string;
  readonly request: ModelRequest;
  readonly stream: boolean;
  /** What the encoder of the reply must know of the request, such as `stream_options.include_usage`. */
  readonly wants: Readonly<Record<string, unknown>>;
}

/** Ids and times that a reply carries; they come in so that encoding stays pure. */
export interface ReplyContext {
  readonly id: string;
  /** As the client wrote it. */
  readonly model: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly wants: Inbound['wants'];
}

/** A whole reply of a model. */
export interface Reply {
  readonly message: AssistantMessage;
  readonly stopReason: StopReason;
  readonly usage?: Usage;
}

/** Turns one reply's events into the text of its stream; the pieces join to what the vendor would have sent. */
export interface StreamEncoder {
  /** Value of the header `content-type`. */
  readonly contentType: string;
  /** Text that means nothing and may be sent between any two pieces, so that an idle stream is not cut. */
  readonly keepAlive: string;
  /** Text to write for this event, possibly none. The closing `message` event gives the whole end of the stream. */
  encode(event: ModelEvent): string;
  /** Text that tells a client which already has a beginning that the reply failed; never a clean end. */
  fail(error: Failure): string;
}

/** Why a request was not answered, before any dialect gave it a shape. */
export interface Failure extends ErrorInfo {
  /** HTTP status to answer with. */
  readonly status: number;
  readonly requestId: string;
  /** Whether the client should not try again; an exhausted quota, say. */
  readonly final?: boolean;
  readonly retryAfterMs?: number;
}

/** What a failure looks like on the wire. */
export interface EncodedFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the address of a request says beside its body. */
export interface RouteFacts {
  /** Where the address names the model, as Gemini's does. */
  readonly model?: string | undefined;
  /** Where the address says whether to stream, as Gemini's does. */
  readonly stream?: boolean | undefined;
  /** A stream as one JSON list rather than server-sent events: Gemini's without `alt=sse`. */
  readonly list?: boolean | undefined;
  /** The request is only to be counted: what a reply needs, such as `max_tokens`, may be missing. */
  readonly count?: boolean | undefined;
}

/** One client dialect: decodes requests, encodes replies and failures. Pure; no network, no clock. */
export interface Dialect {
  readonly name: DialectName;
  /**
   * Reads a request's parsed body. What the relay does not know is left out, as newer clients send it; what it knows and
   * cannot do for every vendor (several choices, log probabilities, stored conversations) is refused.
   *
   * @throws {CapstanError} `invalid_config` naming the field.
   */
  decode(body: unknown, route: RouteFacts): Inbound;
  /** The JSON body of a reply that is not streamed. */
  encode(reply: Reply, context: ReplyContext): unknown;
  stream(context: ReplyContext): StreamEncoder;
  failure(failure: Failure): EncodedFailure;
  /** The JSON body that tells how many tokens a prompt has. */
  count(tokens: number): unknown;
}
