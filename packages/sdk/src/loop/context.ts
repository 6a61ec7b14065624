import type { Action, Decision, Policy } from '@capstan/policy';
import type { Ledger } from '../budget/ledger.ts';
import type { BudgetLimit } from '../contract/budget.ts';
import type { ApprovalRequested, EphemeralBody } from '../contract/event.ts';
import type { Hook } from '../contract/hook.ts';
import type { Message } from '../contract/message.ts';
import type { Model } from '../contract/model.ts';
import type { Answers } from '../contract/run.ts';
import type { People } from '../contract/people.ts';
import type { RunStore } from '../contract/store.ts';
import type { Approvals, Question } from './approvals.ts';
import type { Checker } from './checker.ts';
import type { Inbox } from './inbox.ts';
import type { KeptOutputs } from './kept-outputs.ts';
import type { Outbox } from './outbox.ts';
import type { PreparedTool } from './prepare-tools.ts';
import type { Tally } from './tally.ts';

/** Why a run must end now; the reason of the run's abort signal. */
export type Halt =
  | { readonly kind: 'stop'; readonly words?: string }
  | { readonly kind: 'budget'; readonly limit: BudgetLimit };

/** All that one run's loop works with. */
export interface LoopContext {
  readonly runId: string;
  readonly sessionId: string;
  readonly model: Model;
  readonly tools: ReadonlyMap<string, PreparedTool>;
  /** The policy that holds now: stricter once untrusted text was read. */
  readonly policy: () => Policy;
  /** Called when the conversation takes in untrusted text. */
  readonly taint: () => void;
  readonly decide: (policy: Policy, action: Action) => Decision;
  readonly instructions: string | undefined;
  readonly output: Checker | undefined;
  /** How often the model may still mend an output that does not fit. */
  readonly repairs: { left: number };
  readonly seed: number;
  /** The conversation; the loop appends to it and never copies it. */
  readonly messages: Message[];
  readonly hooks: readonly Hook[];
  readonly store: RunStore;
  /** The number of the turn; the ledger also counts those of sub-agents. */
  readonly turn: { number: number };
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly approvals: Approvals;
  readonly approvalState: Question['stateOf'];
  readonly people: People;
  /** Answers that a resumed run was given. */
  readonly answers: Answers;
  /** Told of approvals that a sub-agent waits for. */
  readonly childWaits: (pending: readonly ApprovalRequested[]) => void;
  readonly outbox: Outbox;
  readonly kept: KeptOutputs;
  /** Words of the user that wait. */
  readonly inbox: Inbox;
  /** Words of the loop itself, or of hooks, that wait for the next model call. */
  readonly asks: string[];
  /** Ids of all calls of the session, so that each new one is unlike them. */
  readonly callIds: Set<string>;
  /** Aborts with a `Halt` as reason. */
  readonly signal: AbortSignal;
  /** Shows an event to live readers. */
  readonly emit: (body: EphemeralBody) => void;
  readonly now: () => number;
  /** The run is a replay: nothing waits, and results come as they were recorded. */
  readonly replayed: boolean;
}

/** The reason of an aborted signal of a run. */
export function haltOf(signal: AbortSignal): Halt | undefined {
  return signal.aborted ? (signal.reason as Halt) : undefined;
}
