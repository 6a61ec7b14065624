import type { ErrorInfo } from './errors.ts';
import type { JsonSchema } from './json.ts';
import type { AssistantMessage, Message, ProviderState } from './message.ts';
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
  /** Which tools the model may call. Default `auto`: it decides. */
  readonly toolChoice?: ToolChoice;
  /** False asks for at most one call a message, of vendors that can be asked. Default true. */
  readonly parallelCalls?: boolean;
  readonly sampling?: Sampling;
  /** How much the model thinks; wins over what the model was made with. A model that cannot does what it can. */
  readonly reasoning?: 'off' | 'low' | 'medium' | 'high';
}

/** Leaves calls to the model, forbids them, demands one, or demands one of a named tool. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly tool: string };

/**
 * How the next token is chosen. Absent fields are the vendor's own; a field that the vendor or the model does not take is
 * left out, so that one request suits all of them.
 */
export interface Sampling {
  /** 0 is the most likely token always. Vendors differ in the highest value: 1 or 2. */
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  /** Texts before which the reply ends. */
  readonly stop?: readonly string[];
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
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
  /** Opaque state of the part, with the delta that ends it; told so that a relay can pass it on in its place. */
  readonly provider?: ProviderState;
}

export interface ModelReasoningDelta {
  readonly type: 'reasoning.delta';
  /** Empty where the delta only ends a part, or tells one that is nothing but state. */
  readonly text: string;
  /** Opaque state of the part, with the delta that ends it. */
  readonly provider?: ProviderState;
}

/** A piece of a call's JSON arguments, in order. The pieces of one `callId` join to its `json`. */
export interface ModelToolDelta {
  readonly type: 'tool.delta';
  readonly callId: string;
  readonly tool: string;
  readonly json: string;
  /** Opaque state of the call, on its first piece, as far as it is known by then. */
  readonly provider?: ProviderState;
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
