import type { BudgetLimit } from '../contract/budget.ts';
import type { ToolCallPart, ToolMessage } from '../contract/message.ts';
import type { Preview } from '../contract/tool.ts';
import type { Verdict } from './approvals.ts';
import type { LoopContext } from './context.ts';
import { cutOutput } from './cut-output.ts';
import type { DecidedCall } from './decide-call.ts';
import { failedResult, resultMessage } from './result-message.ts';
import type { ResultsInOrder } from './results-in-order.ts';
import type { ToolOutcome } from './run-tool.ts';
import { messageOf, runTool } from './run-tool.ts';
import type { Slots } from './slots.ts';

type ReadyCall = Extract<DecidedCall, { kind: 'ready' }>;

/** What the calls of one turn share. */
export interface Turn {
  readonly results: ResultsInOrder;
  readonly slots: Slots;
  /** The limit that forbade a call of the turn. */
  limit: BudgetLimit | undefined;
}

/** Takes a decided call to its result: approval where it is asked, a slot, the tool's work. */
export async function performCall(context: LoopContext, turn: Turn, ready: ReadyCall): Promise<'done' | 'pending'> {
  const leave = context.approvals.enter();
  try {
    if (ready.decision.verdict === 'ask') {
      const verdict = await askPeople(context, ready, leave);
      if (verdict.kind === 'pending') return await pendingOrStopped(context, turn, ready);
      if (verdict.kind === 'denied') {
        await turn.results.add(failedResult(ready.call, denialText(verdict)));
        return 'done';
      }
      const again = context.approvals.enter();
      await turn.slots.run(() => work(context, turn, ready)).finally(again);
      return 'done';
    }
    await turn.slots.run(() => work(context, turn, ready));
    return 'done';
  } finally {
    leave();
  }
}

async function askPeople(context: LoopContext, ready: ReadyCall, leave: () => void): Promise<Verdict> {
  const { call, decision, asked } = ready;
  const approvals = asked?.approvals ?? decision.approvals;
  const { callId } = call;
  const given: Promise<void>[] = [];
  const verdict = context.approvals.open(callId, approvals, asked?.approvedBy ?? [], (answer) => {
    given.push(context.outbox.record({ type: 'approval.given', callId, ...answer }));
  });
  if (!asked) {
    const preview = await previewOf(context, ready);
    await context.outbox.record({
      type: 'approval.requested',
      callId,
      tool: call.tool,
      preview,
      reason: decision.reason,
      rule: decision.rule,
      approvals,
    });
  }
  const known = context.answers[callId];
  if (known) context.approvals.answer(callId, known);
  leave();
  const settled = await verdict;
  await Promise.all(given);
  return settled;
}

async function previewOf(context: LoopContext, { tool, input, call }: ReadyCall): Promise<Preview> {
  try {
    if (tool.preview) return await tool.preview(input, { signal: context.signal, sessionId: context.sessionId });
  } catch (error) {
    return { kind: 'text', text: `${call.tool} ${call.json}\n(no preview: ${messageOf(error)})` };
  }
  return { kind: 'text', text: `${call.tool} ${call.json}` };
}

/** A call let go without an answer waits for the resumed run, unless the run was stopped: then it gets its result. */
async function pendingOrStopped(context: LoopContext, turn: Turn, { call }: ReadyCall): Promise<'done' | 'pending'> {
  if (!context.signal.aborted) return 'pending';
  await turn.results.add(
    failedResult(call, 'The run was stopped before this call was approved.', { interrupted: true }),
  );
  return 'done';
}

function denialText({ by, reason }: { readonly by: string; readonly reason?: string }): string {
  const words = reason === undefined ? '' : ` They said: ${reason}`;
  return `Denied by ${by}.${words} Do not try the same again; go on another way or ask what they want.`;
}

async function work(context: LoopContext, turn: Turn, { call, tool, input }: ReadyCall): Promise<void> {
  const { callId } = call;
  if (context.signal.aborted) {
    return turn.results.add(failedResult(call, 'The run was stopped before this call began.', { interrupted: true }));
  }
  const limit = context.ledger.startToolCall();
  if (limit) {
    turn.limit = limit;
    return turn.results.add(
      failedResult(call, 'Not run: the budget allows no more tool calls.', { interrupted: true }),
    );
  }
  await context.outbox.record({ type: 'tool.started', callId, tool: call.tool });
  const startedAt = context.now();
  const patches: Promise<void>[] = [];
  const outcome = await runTool({ tool, input, callId }, context, (patch) => {
    patches.push(context.outbox.record({ type: 'patch.created', callId, ...patch }));
  });
  await Promise.all(patches);
  const message = await messageOfOutcome(context, { call, maxBytes: tool.maxOutputBytes }, outcome);
  const durationMs = context.now() - startedAt;
  const failed = outcome.kind !== 'output';
  await turn.results.add(message, { type: 'tool.ended', callId, tool: call.tool, durationMs, failed });
}

async function messageOfOutcome(
  context: LoopContext,
  { call, maxBytes }: { readonly call: ToolCallPart; readonly maxBytes: number | undefined },
  outcome: ToolOutcome,
): Promise<ToolMessage> {
  switch (outcome.kind) {
    case 'output':
      return resultMessage(call, await cutOutput(outcome.output, context.kept, maxBytes));
    case 'failed': {
      const [part] = await cutOutput(outcome.message, context.kept, maxBytes);
      return failedResult(call, part?.type === 'text' ? part.text : outcome.message);
    }
    case 'interrupted':
      return failedResult(call, outcome.message, { interrupted: true });
    default:
      return outcome satisfies never;
  }
}
