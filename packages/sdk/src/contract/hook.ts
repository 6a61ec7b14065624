import type { Effect } from '@capstan/policy';
import type { ContextCompacted, RunEnded, TurnEnded } from './event.ts';
import type { AssistantMessage, Message, ToolMessage, UserMessage } from './message.ts';
import type { Mask } from './mask.ts';
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
  /** Before a run's first message is stored. May change it, or veto the run: it then ends `stopped` and leaves no trace. */
  readonly beforeRun?: (input: UserMessage, at: HookContext) => Awaitable<UserMessage | Veto | void>;
  /**
   * Before each turn. May add words to the conversation, as a user's, or veto the turn: the run then ends `stopped` with
   * the words of the veto.
   */
  readonly beforeTurn?: (messages: readonly Message[], at: HookContext) => Awaitable<Addition | Veto | void>;
  /** After each turn that came to its end, its calls done. May add words: then the run goes on with them. */
  readonly afterTurn?: (ended: TurnEnded, at: HookContext) => Awaitable<Addition | void>;
  /**
   * Before each model call. May change the request as sent, while the conversation itself stays as it is, or veto the
   * call: the run then ends `stopped` with the words of the veto.
   */
  readonly beforeModel?: (request: ModelRequest, at: HookContext) => Awaitable<ModelRequest | Veto | void>;
  /** After each model call, before the message is stored. May change it. */
  readonly afterModel?: (message: AssistantMessage, at: HookContext) => Awaitable<AssistantMessage | void>;
  /** Before policy judges a call. May change the checked input, or veto the call with words for the model. */
  readonly beforeTool?: (call: HookedCall, at: HookContext) => Awaitable<{ input: unknown } | { veto: string } | void>;
  /**
   * After a tool said what a call would do, before policy judges that. What is given is added: it can make a verdict
   * stricter, never laxer. Throwing fails the call with its words.
   */
  readonly beforeDecision?: (call: DescribedCall, at: HookContext) => Awaitable<readonly Effect[] | void>;
  /** After each call that ran, before its result is stored. May change it. */
  readonly afterTool?: (result: ToolMessage, at: HookContext) => Awaitable<ToolMessage | void>;
  /** Before old messages are compacted. May veto it for this turn. */
  readonly beforeCompaction?: (messages: readonly Message[], at: HookContext) => Awaitable<{ veto: true } | void>;
  /** After a compaction was worked out, before it is done and stored. May change the summary. */
  readonly afterCompaction?: (compaction: Compaction, at: HookContext) => Awaitable<{ summary: string } | void>;
  /** Hides parts of what the store and readers get: previews, decisions, live text, words that refuse a call. */
  readonly mask?: Mask;
  /** After the run's end is stored. */
  readonly afterRun?: (ended: RunEnded, at: HookContext) => Awaitable<void>;
}

export interface HookContext {
  readonly runId: string;
  readonly sessionId: string;
  /** Model calls so far. */
  readonly turn: number;
  /** After a tool call: what the call said it would do. */
  readonly effects?: readonly Effect[];
  readonly signal: AbortSignal;
}

/** A call with what it would do. */
export interface DescribedCall extends HookedCall {
  readonly effects: readonly Effect[];
}

export interface HookedCall {
  readonly callId: string;
  readonly tool: string;
  readonly input: unknown;
}

/** What a compaction does: the fields of `context.compacted`. */
export type Compaction = Pick<ContextCompacted, 'trimmed' | 'imagesOnly' | 'dropped' | 'summary'>;

/** Forbids what comes next, and says why. */
export interface Veto {
  readonly veto: string;
}

/** Words that join the conversation. */
export interface Addition {
  readonly add: string;
}

type Awaitable<T> = T | Promise<T>;
