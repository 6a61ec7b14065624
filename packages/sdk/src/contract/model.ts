import type { ErrorInfo } from './errors.ts';
import type { JsonSchema } from './json.ts';
import type { AssistantMessage, Message } from './message.ts';
import type { Price, Usage } from './usage.ts';

/**
 * A language model behind one method. Implement it to add a provider; `modelSuite` in `@capstan/sdk/testing` checks it.
 *
 * `stream` sends one request and yields its reply: deltas as they arrive, then exactly one `message` as the last event.
 * It must not retry, must honour `request.maxOutputTokens`, and must keep every opaque provider state in the parts.
 * Failures are thrown as `CapstanError` with `retryable`, `retryAfterMs` and `status` in the details; when the signal
 * aborts, the connection is closed at once and `aborted` is thrown, with `usage` in the details if the vendor had sent any.
 * A stream that ends without its closing message is a retryable `model_failed`.
 */
export interface Model {
  /** `vendor/name`, for example `anthropic/claude-sonnet-4-5`. */
  readonly id: string;
  readonly info: ModelInfo;
  stream(request: ModelRequest, options: { readonly signal: AbortSignal }): AsyncIterable<ModelEvent>;
  /**
   * Counts the prompt tokens of a request from above: never less than the vendor will charge.
   * Without it, budgets use one token a UTF-8 byte for what was never sent before.
   */
  countTokens?(request: ModelRequest): number;
}

/** What is known of a model. An absent field is unknown; nothing is guessed. */
export interface ModelInfo {
  /** Tokens of prompt and reply together. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  /** Of a model made of several: the highest of each, since budgets reserve by it. Unknown prices make a `costUsd` budget fail closed. A local model has price 0. */
  readonly price?: Price;
  readonly tools?: boolean;
  readonly vision?: boolean;
  readonly reasoning?: boolean;
  /** Runs on this machine, without the network. */
  readonly local?: boolean;
}

/** One call of a model. Messages keep their identity from turn to turn, so providers may cache by message object. */
export interface ModelRequest {
  readonly instructions?: string;
  /** The conversation itself, not a copy: it grows after the call, so a model must not keep the array. */
  readonly messages: readonly Message[];
  readonly tools: readonly ToolSpec[];
  /** Hard limit of generated tokens, reasoning included. */
  readonly maxOutputTokens?: number;
  /** Asks for a reply that is JSON of this schema. */
  readonly output?: JsonSchema;
  readonly seed?: number;
}

/** A tool as a model sees it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
}

/**
 * Why a model closed its message: it finished, it wants tools, it met the output limit, it paused a long turn and wants
 * to be called again, or its vendor's filter (or the model itself) refused.
 */
export type StopReason = 'end' | 'tools' | 'length' | 'pause' | 'refusal';

export type ModelEvent = ModelTextDelta | ModelReasoningDelta | ModelToolDelta | ModelSwitch | ModelMessage;

export interface ModelTextDelta {
  readonly type: 'text.delta';
  readonly text: string;
}

export interface ModelReasoningDelta {
  readonly type: 'reasoning.delta';
  readonly text: string;
}

/** A piece of a call's JSON arguments, in order. The pieces of one `callId` join to its `json`. */
export interface ModelToolDelta {
  readonly type: 'tool.delta';
  readonly callId: string;
  readonly tool: string;
  readonly json: string;
}

/** Another model took over before the first delta; only models made of several models yield it. */
export interface ModelSwitch {
  readonly type: 'switch';
  /** Ids of models. */
  readonly from: string;
  readonly to: string;
  readonly error: ErrorInfo;
}

/** The closing event: the whole message, and what it used. */
export interface ModelMessage {
  readonly type: 'message';
  readonly message: AssistantMessage;
  readonly stopReason: StopReason;
  /** Absent when the vendor reported none. */
  readonly usage?: Usage;
  /** Cost that the vendor itself reported, in US dollars; wins over the price list. */
  readonly costUsd?: number;
}
