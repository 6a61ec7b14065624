import type { Effect, Verdict } from '@capstan/policy';
import type { Budget, BudgetLimit } from './budget.ts';
import type { ErrorInfo } from './errors.ts';
import type { Json } from './json.ts';
import type { Message, ResultPart, UserMessage } from './message.ts';
import type { StopReason } from './model.ts';
import type { PatchSummary } from './patch.ts';
import type { People } from './people.ts';
import type { Preview } from './tool.ts';
import type { Usage } from './usage.ts';

/** What every event carries. */
export interface EventHeader {
  readonly v: 1;
  /** Durable events of a session are numbered from 1 without gaps; ephemeral ones repeat the last number. */
  readonly seq: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly sessionId: string;
  readonly runId: string;
}

/** The one output of a run, in order. */
export type RunEvent = DurableEvent | EphemeralEvent;

/** Kept in the store before the loop takes its next step. */
export type DurableEvent = EventHeader & DurableBody;

/** Seen only by those who read along. */
export type EphemeralEvent = EventHeader & EphemeralBody;

export type DurableBody =
  | RunStarted
  | TurnStarted
  | TurnEnded
  | MessageAdded
  | MessageQueued
  | ToolDecided
  | ApprovalRequested
  | ApprovalGiven
  | ToolStarted
  | ToolEnded
  | PatchCreated
  | ModelRetried
  | ModelSwitched
  | ContextCompacted
  | BudgetWarned
  | RunEnded
  | SessionRenamed;

export type EphemeralBody = TextDelta | ReasoningDelta | ToolDelta | ToolProgress | ChildEvent;

export type EventType = RunEvent['type'];

/** The event of one type. */
export type EventOf<T extends EventType> = Extract<RunEvent, { type: T }>;

/** A run began, or began again after a pause or a restart (`resumed`). */
export interface RunStarted {
  readonly type: 'run.started';
  /** The user's message; absent when a run resumes. */
  readonly input?: UserMessage;
  readonly model: string;
  readonly tools: readonly string[];
  /** Name of the policy. */
  readonly policy: string;
  readonly budget: Budget;
  /** Versions of Node and of Capstan, for reproduction. */
  readonly versions: { readonly [name: string]: string };
  /** SHA-256 of what shapes the run, so that a replay can name what has changed. */
  readonly hashes: { readonly instructions: string; readonly tools: string; readonly policy: string };
  readonly seed: number;
  /** The run whose budget this one draws on. */
  readonly parent?: string;
  readonly people?: People;
  readonly resumed?: true;
  /** The run does nothing but sum up what was said before; it has no input. */
  readonly compacts?: true;
}

export interface TurnStarted {
  readonly type: 'turn.started';
  /** From 1, counted over the run; the turns of its sub-agents have numbers of their own. */
  readonly turn: number;
}

export interface TurnEnded {
  readonly type: 'turn.ended';
  readonly turn: number;
  readonly usage: Usage;
  /** Absent when the price is unknown. */
  readonly costUsd?: number;
  /** `interrupted` when the model call did not come to its end. */
  readonly stopReason: StopReason | 'interrupted';
}

/** A whole message joined the conversation. Results of one turn come in the order of their calls. */
export interface MessageAdded {
  readonly type: 'message.added';
  readonly message: Message;
  /** Words of a user that came while the run was under way: the id of their `message.queued`. */
  readonly queued?: number;
  /** With an assistant message: what the call used, so that a crash before `turn.ended` hides no spending. */
  readonly usage?: Usage;
  readonly costUsd?: number;
}

/** A user's words came while the run was under way. They are kept until they join the conversation. */
export interface MessageQueued {
  readonly type: 'message.queued';
  /** From 1, counted over the run. */
  readonly id: number;
  readonly text: string;
  /** `calls`: before the next model call, behind the calls under way. `run`: when the work at hand is done. */
  readonly after: 'calls' | 'run';
}

export interface ToolDecided {
  readonly type: 'tool.decided';
  readonly callId: string;
  readonly tool: string;
  readonly input: Json;
  readonly effects: readonly Effect[];
  readonly verdict: Verdict;
  readonly rule: string;
  readonly reason: string;
}

export interface ApprovalRequested {
  readonly type: 'approval.requested';
  readonly callId: string;
  readonly tool: string;
  readonly preview: Preview;
  /** Why it is asked, and by which rule. */
  readonly reason: string;
  readonly rule: string;
  /** How many different people must approve. */
  readonly approvals: number;
  /** SHA-256 of the arguments and of what was shown; an approval holds only while both are the same. */
  readonly shown: string;
  /** Unix milliseconds after which an approval no longer holds and is asked for again. */
  readonly expiresAt: number;
}

export interface ApprovalGiven {
  readonly type: 'approval.given';
  readonly callId: string;
  readonly verdict: 'approved' | 'denied';
  readonly by: string;
  /** The words of whoever denied; the model reads them. */
  readonly reason?: string;
  /** One person confirmed again in place of another, since nobody else was there. */
  readonly standIn?: true;
}

export interface ToolStarted {
  readonly type: 'tool.started';
  readonly callId: string;
  readonly tool: string;
  /** SHA-256 of the arguments as run. */
  readonly inputHash: string;
}

export interface ToolEnded {
  readonly type: 'tool.ended';
  readonly callId: string;
  readonly tool: string;
  readonly durationMs: number;
  readonly failed: boolean;
  /** The result, kept here while an earlier call of the turn is still open; else it follows as `message.added`. */
  readonly result?: readonly ResultPart[];
  /** What a sub-agent used in this call. */
  readonly usage?: Usage;
  readonly costUsd?: number;
  /** Model calls of a sub-agent in this call. */
  readonly turns?: number;
  /** It took in text of strangers: the session's policy is stricter from here on. */
  readonly tainted?: true;
}

export interface PatchCreated extends PatchSummary {
  readonly type: 'patch.created';
  readonly callId: string;
}

export interface ModelRetried {
  readonly type: 'model.retried';
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly waitMs: number;
  readonly error: ErrorInfo;
}

export interface ModelSwitched {
  readonly type: 'model.switched';
  readonly from: string;
  readonly to: string;
  readonly error: ErrorInfo;
}

export interface ContextCompacted {
  readonly type: 'context.compacted';
  /** Estimates of the prompt. */
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  /** How many messages from the start had long tool outputs cut and images left out. */
  readonly trimmed: number;
  /** Leaving images out was enough: tool outputs stayed whole. */
  readonly imagesOnly?: true;
  /** How many messages from the start the summary replaced; 0 when trimming was enough. */
  readonly dropped: number;
  readonly summary: string;
  /** What the summary used. */
  readonly usage?: Usage;
  readonly costUsd?: number;
}

/** 80 % of a limit is spent. Given once a limit. */
export interface BudgetWarned {
  readonly type: 'budget.warned';
  readonly limit: BudgetLimit;
  readonly spent: number;
  readonly of: number;
}

export type RunReason = 'done' | 'budget' | 'approval' | 'stopped' | 'failed';

export interface RunEnded {
  readonly type: 'run.ended';
  readonly reason: RunReason;
  readonly usage: Usage;
  readonly costUsd?: number;
  /** Model calls, those of sub-agents included. */
  readonly turns: number;
  /** The last assistant text. */
  readonly text: string;
  /** The checked value when the agent has an `output` schema. */
  readonly output?: Json;
  /** With reason `failed`. */
  readonly error?: ErrorInfo;
  /** With reason `budget`: which limit. */
  readonly limit?: BudgetLimit;
  /** With reason `stopped`: the words given to `stop`. */
  readonly stopped?: string;
}

/** Someone gave the session a title, and perhaps a summary. */
export interface SessionRenamed {
  readonly type: 'session.renamed';
  readonly title: string;
  readonly summary?: string;
}

export interface TextDelta {
  readonly type: 'text.delta';
  readonly text: string;
}

export interface ReasoningDelta {
  readonly type: 'reasoning.delta';
  readonly text: string;
}

export interface ToolDelta {
  readonly type: 'tool.delta';
  readonly callId: string;
  readonly tool: string;
  readonly json: string;
}

export interface ToolProgress {
  readonly type: 'tool.progress';
  readonly callId: string;
  readonly text: string;
}

/** An event of a sub-agent's run. */
export interface ChildEvent {
  readonly type: 'child';
  readonly callId: string;
  readonly event: RunEvent;
}

const ephemeral: ReadonlySet<string> = new Set<EphemeralBody['type']>([
  'text.delta',
  'reasoning.delta',
  'tool.delta',
  'tool.progress',
  'child',
]);

/** Tells durable events from those that only live readers see. */
export function isDurable(event: RunEvent): event is DurableEvent {
  return !ephemeral.has(event.type);
}
