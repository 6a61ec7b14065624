import type { RunEnded } from './event.ts';
import type { AssistantMessage, Message, ToolMessage, UserMessage } from './message.ts';
import type { ModelRequest } from './model.ts';

/**
 * Functions that an app or a plug-in puts between the steps of a run. Hooks run in the order given and are awaited;
 * each sees what the one before it made. Returning nothing leaves the value as it is.
 *
 * A hook that throws or outlives its time fails what it stands before: a tool call fails with its words, anything else
 * ends the run. A hook cannot widen what a call may do: policy judges what hooks leave behind.
 */
export interface Hook {
  /** Named in errors. */
  readonly name: string;
  /** Milliseconds each function may take. Default 10,000. */
  readonly timeoutMs?: number;
  /** Before a run's first message is stored. May change it. */
  readonly beforeRun?: (input: UserMessage, at: HookContext) => Awaitable<UserMessage | void>;
  /** Before each model call. May change the request as sent; the conversation itself stays as it is. */
  readonly beforeModel?: (request: ModelRequest, at: HookContext) => Awaitable<ModelRequest | void>;
  /** After each model call, before the message is stored. May change it. */
  readonly afterModel?: (message: AssistantMessage, at: HookContext) => Awaitable<AssistantMessage | void>;
  /** Before policy judges a call. May change the checked input, or veto the call with words for the model. */
  readonly beforeTool?: (call: HookedCall, at: HookContext) => Awaitable<{ input: unknown } | { veto: string } | void>;
  /** After each call that ran, before its result is stored. May change it. */
  readonly afterTool?: (result: ToolMessage, at: HookContext) => Awaitable<ToolMessage | void>;
  /** Before old messages are compacted. May veto it for this turn. */
  readonly beforeCompaction?: (messages: readonly Message[], at: HookContext) => Awaitable<{ veto: true } | void>;
  /** After the run's end is stored. */
  readonly afterRun?: (ended: RunEnded, at: HookContext) => Awaitable<void>;
}

export interface HookContext {
  readonly runId: string;
  readonly sessionId: string;
  /** Model calls so far. */
  readonly turn: number;
  readonly signal: AbortSignal;
}

export interface HookedCall {
  readonly callId: string;
  readonly tool: string;
  readonly input: unknown;
}

type Awaitable<T> = T | Promise<T>;
