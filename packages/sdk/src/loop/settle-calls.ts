import type { BudgetLimit } from '../contract/budget.ts';
import type { LoopContext } from './context.ts';
import type { OpenCall } from './decide-call.ts';
import { decideCall } from './decide-call.ts';
import { performCall } from './perform-call.ts';
import { ResultsInOrder } from './results-in-order.ts';
import { Slots } from './slots.ts';

/** How many calls of one turn run at the same time. */
const parallelCalls = 8;

/** How the calls of a turn came out: pending calls wait for people, a limit forbade the rest. */
export interface Settled {
  readonly pending: readonly string[];
  readonly limit: BudgetLimit | undefined;
}

/**
 * Settles the calls of one turn: decides them in order, then runs them side by side, and adds their results to the
 * conversation in the order of the calls. Every call gets a result, but those that wait for people when a run pauses.
 *
 * @param cut True when the model met its output limit, so that its last arguments may be cut.
 */
export async function settleCalls(context: LoopContext, calls: readonly OpenCall[], cut: boolean): Promise<Settled> {
  const results = new ResultsInOrder(
    context,
    calls.map((each) => each.call.callId),
  );
  const turn = { results, slots: new Slots(parallelCalls), limit: undefined as BudgetLimit | undefined };
  const begun = context.approvals.enter();
  const work: Promise<'done' | 'pending'>[] = [];
  for (const each of calls) {
    const decided = await decideCall(context, each, cut);
    if (decided.kind === 'settled') work.push(results.add(decided.message).then(() => 'done' as const));
    else work.push(performCall(context, turn, decided));
  }
  begun();
  const outcomes = await Promise.all(work);
  const pending = calls.filter((_, i) => outcomes[i] === 'pending').map((each) => each.call.callId);
  return { pending, limit: turn.limit };
}
