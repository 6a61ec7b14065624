import { toMicros } from '../budget/micros.ts';
import { addUsage } from '../budget/usage.ts';
import type { BudgetLimit } from '../contract/budget.ts';
import type { ToolEnded } from '../contract/event.ts';
import type { ToolCallPart, ToolMessage } from '../contract/message.ts';
import { newId } from '../contract/id.ts';
import type { PatchSummary } from '../contract/patch.ts';
import type { Usage } from '../contract/usage.ts';
import { askPeople } from './ask-people.ts';
import type { LoopContext } from './context.ts';
import { cutOutput } from './cut-output.ts';
import { hookContext, throughHooks } from './hooks.ts';
import type { ReadyCall } from './decide-call.ts';
import { failedResult, resultMessage } from './result-message.ts';
import type { ResultsInOrder } from './results-in-order.ts';
import type { ToolOutcome, ToolReport } from './run-tool.ts';
import { runTool } from './run-tool.ts';
import { sha256 } from './sha256.ts';
import type { Slots } from './slots.ts';

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
      return await turn.slots.run(() => work(context, turn, ready)).finally(again);
    }
    return await turn.slots.run(() => work(context, turn, ready));
  } finally {
    leave();
  }
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

async function work(context: LoopContext, turn: Turn, ready: ReadyCall): Promise<'done' | 'pending'> {
  const { call, tool, input } = ready;
  const { callId } = call;
  if (context.signal.aborted) return notRun(turn, call, 'The run was stopped before this call began.');
  const limit = context.ledger.startToolCall();
  if (limit) {
    turn.limit = limit;
    return notRun(turn, call, 'Not run: the budget allows no more tool calls.');
  }
  await context.outbox.record({ type: 'tool.started', callId, tool: call.tool, inputHash: sha256(call.json) });
  const startedAt = context.now();
  const report = new Reports(context, callId);
  const outcome = await runTool({ tool, input, callId }, context, report);
  await report.stored();
  if (outcome.kind === 'paused') {
    context.childWaits(outcome.pending);
    return 'pending';
  }
  if (tool.untrusted) report.taint();
  const plain = await messageOfOutcome(context, { call, maxBytes: tool.maxOutputBytes }, outcome);
  const result = tool.untrusted && !context.replayed ? await marked(plain) : plain;
  const at = { ...hookContext(context), effects: ready.effects };
  const hooked = context.replayed ? result : await throughHooks(context.hooks, 'afterTool', result, at);
  const message = 'veto' in hooked ? result : hooked;
  const durationMs = context.now() - startedAt;
  const failed = outcome.kind !== 'output';
  await turn.results.add(message, {
    type: 'tool.ended',
    callId,
    tool: call.tool,
    durationMs,
    failed,
    ...report.spending,
    ...(report.tainted ? { tainted: true as const } : {}),
  });
  return 'done';
}

/** Marks text from outside as data; a help for the model, while policy is the defence. */
async function marked(message: ToolMessage): Promise<ToolMessage> {
  const { markUntrusted } = await import('@capstan/policy/origin');
  const about = { source: message.tool, nonce: newId() };
  const parts = message.parts.map((part) =>
    part.type === 'text' ? { ...part, text: markUntrusted(part.text, about) } : part,
  );
  return { ...message, parts };
}

async function notRun(turn: Turn, call: ToolCallPart, text: string): Promise<'done'> {
  await turn.results.add(failedResult(call, text, { interrupted: true }));
  return 'done';
}

/** Takes what a tool reports while it runs. */
class Reports implements ToolReport {
  spending: Pick<ToolEnded, 'usage' | 'costUsd' | 'turns'> = {};
  readonly #context: LoopContext;
  readonly #callId: string;
  readonly #storing: Promise<void>[] = [];

  constructor(context: LoopContext, callId: string) {
    this.#context = context;
    this.#callId = callId;
  }

  readonly patched = (patch: PatchSummary): void => {
    this.#storing.push(this.#context.outbox.record({ type: 'patch.created', callId: this.#callId, ...patch }));
  };

  tainted = false;

  /** Here, or in a sub-agent, text of strangers came in. */
  readonly taint = (): void => {
    this.tainted = true;
    this.#context.taint();
  };

  /** The ledger knows already; the run's own tally and log learn it here. */
  readonly spent = (usage: Usage, costUsd: number | undefined, turns = 0): void => {
    this.#context.tally.add(usage, costUsd === undefined ? undefined : toMicros(costUsd));
    const before = this.spending;
    const total = before.usage ? addUsage(before.usage, usage) : usage;
    // One price that is not known makes the sum unknown.
    const known = costUsd !== undefined && (before.usage === undefined || before.costUsd !== undefined);
    const cost = known ? { costUsd: (before.costUsd ?? 0) + costUsd } : {};
    this.spending = { usage: total, ...cost, turns: (before.turns ?? 0) + turns };
  };

  /** Resolves when all patches are in the store. */
  async stored(): Promise<void> {
    await Promise.all(this.#storing);
  }
}

async function messageOfOutcome(
  context: LoopContext,
  { call, maxBytes }: { readonly call: ToolCallPart; readonly maxBytes: number | undefined },
  outcome: Exclude<ToolOutcome, { kind: 'paused' }>,
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
