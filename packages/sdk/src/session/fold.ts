import { addUsage, noUsage } from '../budget/usage.ts';
import type { ApprovalRequested, DurableEvent, MessageQueued, RunEnded, RunStarted } from '../contract/event.ts';
import type { AssistantMessage, Message, ToolCallPart, ToolMessage } from '../contract/message.ts';
import type { Usage } from '../contract/usage.ts';
import { compactMessages } from '../loop/compact-messages.ts';

/** What a session is: the fold of its events. */
export interface SessionState {
  lastSeq: number;
  readonly messages: Message[];
  /** Ids of all calls so far, also of messages that compaction has removed. */
  readonly callIds: Set<string>;
  /** The session took in text of strangers. */
  tainted: boolean;
  /** Calls of the last assistant message that have no result yet, in order. */
  open: FoldedCall[];
  /** The newest run. */
  run: FoldedRun | undefined;
}

/** A call without a result, and how far it had come. */
export interface FoldedCall {
  readonly call: ToolCallPart;
  requested?: ApprovalRequested;
  readonly approvedBy: string[];
  denied?: { readonly by: string; readonly reason?: string };
  started?: true;
  result?: ToolMessage;
}

/** What the newest run spent, and how it ended if it did. */
export interface FoldedRun {
  readonly runId: string;
  /** The start of its newest life. */
  started: RunStarted;
  /** Milliseconds the run was at work, pauses left out, up to its last start. */
  activeMs: number;
  /** Unix milliseconds of its last start and its last event. */
  startedAt: number;
  lastAt: number;
  turns: number;
  /** Turns of its sub-agents. */
  childTurns: number;
  /** The model call of a turn that has not ended. */
  open?: { readonly usage: Usage; readonly costUsd: number | undefined };
  toolCalls: number;
  /** Words of the user that have not joined the conversation, in order. */
  queued: MessageQueued[];
  /** Id of the last words that came. */
  lastQueued: number;
  usage: Usage;
  /** US dollars; undefined once a price was unknown. */
  costUsd: number | undefined;
  ended?: RunEnded;
}

/** The state of a session without events. */
export function emptySession(): SessionState {
  return { lastSeq: 0, messages: [], callIds: new Set(), tainted: false, open: [], run: undefined };
}

/** Folds events onto a state, in place, and gives the state. */
export function foldEvents(state: SessionState, events: readonly DurableEvent[]): SessionState {
  for (const event of events) foldEvent(state, event);
  return state;
}

function foldEvent(state: SessionState, event: DurableEvent): void {
  state.lastSeq = event.seq;
  if (state.run && event.type !== 'run.started') state.run.lastAt = event.at;
  switch (event.type) {
    case 'run.started':
      return startRun(state, event);
    case 'turn.started':
      if (state.run) state.run.turns = event.turn;
      return;
    case 'message.added':
      if (event.usage && state.run) {
        spend(state.run, event.usage, event.costUsd);
        state.run.open = { usage: event.usage, costUsd: event.costUsd };
      }
      if (state.run) state.run.queued = state.run.queued.filter(({ id }) => id !== event.queued);
      return addMessage(state, event.message);
    case 'message.queued':
      if (!state.run) return;
      state.run.queued.push(event);
      state.run.lastQueued = event.id;
      return;
    case 'approval.requested':
      return onCall(state, event.callId, (open) => {
        open.requested = event;
        open.approvedBy.length = 0;
      });
    case 'approval.given':
      return onCall(state, event.callId, (open) => {
        if (event.verdict === 'approved') open.approvedBy.push(event.by);
        else open.denied = { by: event.by, ...(event.reason === undefined ? {} : { reason: event.reason }) };
      });
    case 'tool.started':
      if (state.run) state.run.toolCalls++;
      return onCall(state, event.callId, (open) => void (open.started = true));
    case 'tool.ended':
      if (event.usage && state.run) spend(state.run, event.usage, event.costUsd);
      if (state.run) state.run.childTurns += event.turns ?? 0;
      if (event.tainted) state.tainted = true;
      return onCall(state, event.callId, (open) => {
        if (event.result) open.result = toolMessage(open.call, event.result, event.failed);
      });
    case 'turn.ended':
      if (event.stopReason === 'interrupted' && state.run) spend(state.run, event.usage, event.costUsd);
      delete state.run?.open;
      return;
    case 'context.compacted':
      if (event.usage && state.run) spend(state.run, event.usage, event.costUsd);
      return compactMessages(state.messages, event);
    case 'run.ended':
      if (state.run) state.run.ended = event;
      return;
    default:
      return;
  }
}

function startRun(state: SessionState, event: DurableEvent & RunStarted): void {
  if (event.resumed && state.run?.runId === event.runId) {
    state.run.activeMs += state.run.lastAt - state.run.startedAt;
    state.run.started = event;
    state.run.startedAt = event.at;
    state.run.lastAt = event.at;
    delete state.run.ended;
    return;
  }
  state.run = {
    runId: event.runId,
    started: event,
    activeMs: 0,
    startedAt: event.at,
    lastAt: event.at,
    turns: 0,
    childTurns: 0,
    toolCalls: 0,
    queued: [],
    lastQueued: 0,
    usage: noUsage,
    costUsd: 0,
  };
}

function spend(run: FoldedRun, usage: Usage, costUsd: number | undefined): void {
  run.usage = addUsage(run.usage, usage);
  run.costUsd = costUsd === undefined || run.costUsd === undefined ? undefined : run.costUsd + costUsd;
}

function addMessage(state: SessionState, message: Message): void {
  state.messages.push(message);
  if (message.role === 'assistant') {
    state.open = callsOf(message);
    for (const { call } of state.open) state.callIds.add(call.callId);
  }
  if (message.role === 'tool') state.open = state.open.filter((open) => open.call.callId !== message.callId);
}

function callsOf(message: AssistantMessage): FoldedCall[] {
  return message.parts.flatMap((part) => (part.type === 'call' ? [{ call: part, approvedBy: [] }] : []));
}

function onCall(state: SessionState, callId: string, change: (open: FoldedCall) => void): void {
  const open = state.open.find((each) => each.call.callId === callId);
  if (open) change(open);
}

function toolMessage({ callId, tool }: ToolCallPart, parts: ToolMessage['parts'], failed: boolean): ToolMessage {
  return { role: 'tool', callId, tool, parts, ...(failed ? { failed: true as const } : {}) };
}
