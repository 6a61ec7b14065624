import type { Budget, BudgetLimit } from './budget.ts';
import type { ErrorInfo } from './errors.ts';
import type { ApprovalRequested, EventOf, EventType, RunEvent, RunReason } from './event.ts';
import type { Json } from './json.ts';
import type { UserPart } from './message.ts';
import type { PatchSummary } from './patch.ts';
import type { People } from './people.ts';
import type { Usage } from './usage.ts';

/** What a run is given: words, or parts with images and files. */
export type RunInput = string | readonly UserPart[];

export interface RunOptions {
  /** Continues this session, or starts one of this id. Default: a new session. */
  readonly sessionId?: string;
  /** Aborting it stops the run. */
  readonly signal?: AbortSignal;
  /** Replaces the agent's limits field by field. */
  readonly budget?: Budget;
  /**
   * What happens when only calls that need approval are left: `pause` ends the run with reason `approval`, to be
   * resumed with answers; `wait` waits for `approve` or `deny`. Default `pause`.
   */
  readonly approvals?: 'pause' | 'wait';
  /** Who is there to approve; matters to rules that need more than one person. */
  readonly people?: People;
}

/** Answers to the approvals a run paused on, by call id. */
export type Answers = { readonly [callId: string]: Answer };

export type Answer =
  | { readonly verdict: 'approved'; readonly by: string }
  | { readonly verdict: 'denied'; readonly by: string; readonly reason?: string };

/**
 * A run under way. It is hot: it goes on whether or not anyone reads.
 *
 * Iterating gives every event from the start of the run; deltas that were not read in time come merged. Any number of
 * readers may iterate; leaving the loop detaches that reader only.
 */
export interface Run<Output = Json> extends AsyncIterable<RunEvent>, AsyncDisposable {
  readonly id: string;
  readonly sessionId: string;
  /** Settles when the run has ended. Never rejects for what a run can meet. */
  readonly result: Promise<RunResult<Output>>;
  /** Calls a function for each event of a type. Returns how to stop that. A listener that throws does no harm. */
  on<T extends EventType>(type: T, listener: (event: EventOf<T>) => void): () => void;
  /** Approves a call that waits. @throws {CapstanError} `not_found` if no such call waits. */
  approve(callId: string, options: { readonly by: string }): void;
  /** Denies a call that waits; the model reads the reason. @throws {CapstanError} `not_found` if no such call waits. */
  deny(callId: string, options: { readonly by: string; readonly reason?: string }): void;
  /**
   * Adds a user message before the next model call. Kept in the log at once, so that it outlives the process.
   *
   * @throws {CapstanError} `conflict` when the run has ended.
   */
  steer(text: string): void;
  /**
   * Adds a user message when the work at hand is done: the run then goes on with it instead of ending. Several are taken
   * one after the other. Kept in the log at once; of a run that ends otherwise, the result names what was not taken, and a
   * resumed run takes it.
   *
   * @throws {CapstanError} `conflict` when the run has ended.
   */
  queue(text: string): void;
  /** Ends the run at once: the model call and all tools are aborted. Settles with the result. */
  stop(reason?: string): Promise<RunResult<Output>>;
}

export interface RunResult<Output = Json> {
  readonly runId: string;
  readonly sessionId: string;
  readonly reason: RunReason;
  /** The last assistant text, partial if the run was cut. */
  readonly text: string;
  readonly usage: Usage;
  /** US dollars; `undefined` when a price is unknown. */
  readonly costUsd: number | undefined;
  /** Model calls, those of sub-agents included. */
  readonly turns: number;
  readonly patches: readonly PatchSummary[];
  /** The checked value when the agent has an `output` schema and the run is done. */
  readonly output?: Output;
  /** With reason `failed`. */
  readonly error?: ErrorInfo;
  /** With reason `budget`. */
  readonly limit?: BudgetLimit;
  /** With reason `stopped`: the words given to `stop`. */
  readonly stopped?: string;
  /** Words given to `steer` and `queue` that the run did not come to take. */
  readonly queued: readonly string[];
  /** With reason `approval`: what waits for an answer. */
  readonly pending: readonly ApprovalRequested[];
}
