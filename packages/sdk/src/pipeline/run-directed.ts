import { askAlways } from '../agent/ask-always.ts';
import { checkBudget } from '../agent/create-agent.ts';
import { LiveRun } from '../agent/live-run.ts';
import type { Policy } from '@capstan/policy';
import type { Budget, BudgetLimit } from '../contract/budget.ts';
import type { Hook } from '../contract/hook.ts';
import { newId } from '../contract/id.ts';
import type { Json } from '../contract/json.ts';
import type { ResumeOptions } from '../agent/create-agent.ts';
import type { Run, RunOptions } from '../contract/run.ts';
import type { RunStore } from '../contract/store.ts';
import type { Tool, ToolContext } from '../contract/tool.ts';
import type { History, Move } from './director.ts';
import { directorModel, orderText } from './director.ts';
import type { EndByBudget } from './step-tool.ts';

/** What a directed run shares with its children, unless they have their own. */
export interface DirectedOptions {
  /** Default: a policy that asks before every effect. */
  readonly policy?: Policy;
  /** Limits of the run and all its children together. A hand-off counts as a turn. Default: none. */
  readonly budget?: Budget;
  readonly hooks?: readonly Hook[];
}

export interface Directed<Output> {
  start(input: Json, options: RunOptions): Run<Output>;
  resume(runId: string, options: ResumeOptions): Run<Output>;
}

/** Any value that is JSON. */
const anyJson = {};

/** Makes runs whose steps are tools, called as `direct` says. */
export function directed<Output>(
  name: string,
  {
    direct,
    tools,
    store,
    ...options
  }: DirectedOptions & {
    readonly direct: (history: History) => Move;
    readonly tools: (endByBudget: EndByBudget) => readonly Tool[];
    readonly store: RunStore;
  },
): Directed<Output> {
  checkBudget(options.budget);
  const live = new Map<string, LiveRun<Output>>();
  const endByBudget = async ({ runId, signal }: ToolContext, limit: BudgetLimit): Promise<never> => {
    live.get(runId)?.haltWith({ kind: 'budget', limit });
    return new Promise((_, reject) => {
      const over = () => reject(new Error('The budget is spent.'));
      signal.addEventListener('abort', over);
      if (signal.aborted) over();
    });
  };
  const parts = {
    model: directorModel(`capstan/${name}`, direct),
    tools: tools(endByBudget),
    policy: options.policy ?? askAlways,
    store,
    output: anyJson,
    ...(options.budget ? { budget: options.budget } : {}),
    ...(options.hooks ? { hooks: options.hooks } : {}),
  };
  const begin = (order: ConstructorParameters<typeof LiveRun>[1]): Run<Output> => {
    checkBudget(order.budget);
    const run = new LiveRun<Output>(parts, order);
    live.set(run.id, run);
    void run.result.then(() => live.delete(run.id));
    return run;
  };
  return {
    start(input, { sessionId = newId(), ...rest }) {
      const runId = newId();
      return begin({ ...rest, sessionId, runId, input: orderText({ run: runId, input: input ?? null }) });
    },
    resume: (runId, rest) => begin({ ...rest, runId }),
  };
}
