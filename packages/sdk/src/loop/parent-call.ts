import type { Policy } from '@capstan/policy';
import type { Ledger } from '../budget/ledger.ts';
import type { ApprovalRequested, RunEvent } from '../contract/event.ts';
import type { People } from '../contract/people.ts';
import type { Answers } from '../contract/run.ts';
import type { RunStore } from '../contract/store.ts';
import type { ToolContext } from '../contract/tool.ts';
import type { Usage } from '../contract/usage.ts';
import type { Approvals } from './approvals.ts';

/** What a sub-agent's run takes from the call that started it. */
export interface ParentCall {
  readonly runId: string;
  readonly ledger: Ledger;
  /** The policy that holds at the moment: its rules may change, and untrusted text tightens it. */
  readonly policy: () => Policy;
  readonly store: RunStore;
  readonly approvals: Approvals;
  readonly answers: Answers;
  readonly people: People;
  /** Tells the parent that the child read untrusted text. */
  readonly taint: () => void;
  /** Shows an event of the child in the parent's stream. */
  readonly show: (event: RunEvent) => void;
  /** Books what the child used with the parent's call. */
  readonly spent: (usage: Usage, costUsd: number | undefined, turns?: number) => void;
}

const parents = new WeakMap<ToolContext, ParentCall>();

/** Ties a tool's context to the call it belongs to, out of sight of tools. */
export function tieToParent(context: ToolContext, parent: ParentCall): void {
  parents.set(context, parent);
}

/**
 * The call that a tool's context belongs to; undefined outside a run. A context made of another by `Object.create`, for a
 * piece of work within the call, belongs to the same.
 */
export function parentOf(context: ToolContext): ParentCall | undefined {
  return parents.get(context) ?? parents.get(Object.getPrototypeOf(context) as ToolContext);
}

/** Thrown by a call whose sub-agent waits for people: the call stays open until the run resumes. */
export class CallPaused extends Error {
  readonly pending: readonly ApprovalRequested[];

  constructor(pending: readonly ApprovalRequested[]) {
    super('The sub-agent waits for approval.');
    this.pending = pending;
  }
}
