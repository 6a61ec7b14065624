import type { Command } from 'commander';
import { newId } from '@capstan/sdk/contract';
import type { Cli } from '../../frame/cli.ts';
import { fillPromptCommand } from '../../project/prompt-command.ts';
import { followRecipe } from '../follow-recipe.ts';
import { openRun } from '../open-run.ts';
import { startRun } from '../start-run.ts';
import { batchLines, type ChangeBatch } from './change-batch.ts';
import { orderTask, type CommentOrder } from './comment-orders.ts';
import type { Action } from './watch-settings.ts';

/** What a run for a batch came to. */
export interface WatchedRun {
  readonly runId: string;
  readonly sessionId: string;
  readonly reason: string;
  readonly costUsd: number | null;
  readonly patches: readonly { readonly id: string; readonly files: readonly { readonly path: string }[] }[];
}

export interface WatchRunOptions {
  /** Most to spend. */
  readonly costUsd: number | undefined;
  readonly shown: boolean;
}

/** Runs what is to be done for each batch. */
export function runAction(
  cli: Cli,
  command: Command,
  { recipe, words }: Action,
  { batch, ...options }: WatchRunOptions & { readonly batch: ChangeBatch },
): Promise<WatchedRun> {
  const changed = `\n\nJust changed here:\n${batchLines(batch).join('\n')}`;
  const task = recipe ? fillPromptCommand(recipe.task, words) : words;
  return run(cli, command, { ...options, task: `${task}${changed}`, ...(recipe ? { recipe } : {}) });
}

/** Does what comments ask for; where they only ask questions, nothing may be changed. */
export function runOrders(
  cli: Cli,
  command: Command,
  orders: readonly CommentOrder[],
  options: WatchRunOptions,
): Promise<WatchedRun> {
  const asks = orders.every((order) => order.asks);
  return run(cli, command, { ...options, task: orderTask(orders), asks });
}

interface Wanted extends WatchRunOptions {
  readonly task: string;
  readonly recipe?: NonNullable<Action['recipe']>;
  readonly asks?: boolean;
}

async function run(cli: Cli, command: Command, wanted: Wanted): Promise<WatchedRun> {
  const { task, recipe, asks = false, costUsd, shown } = wanted;
  const mode = asks ? 'read-only' : recipe?.mode;
  const opened = await openRun(cli, command, { silent: true, ...(mode === undefined ? {} : { mode }) });
  const setup = {
    ...opened,
    ...(asks ? { mode: 'read-only' as const } : {}),
    settings: { ...opened.settings, output: shown ? ('text' as const) : ('envelope' as const) },
    budget: { ...opened.budget, ...lower(opened.budget.costUsd, costUsd) },
  };
  try {
    const outcome = recipe
      ? await followRecipe(setup, recipe, task)
      : (await startRun({ ...setup, start: (agent, options) => agent.run(task, { sessionId: newId(), ...options }) }))
          .outcome;
    if (shown && outcome.text !== undefined) await cli.io.out(`${outcome.text.trimEnd()}\n`);
    const { runId, sessionId, reason, costUsd: cost, patches } = outcome.payload as WatchedRun;
    return { runId, sessionId, reason, costUsd: cost, patches };
  } finally {
    await opened.store.close();
  }
}

function lower(one: number | undefined, other: number | undefined): { readonly costUsd?: number } {
  const amounts = [one, other].filter((amount) => amount !== undefined);
  return amounts.length === 0 ? {} : { costUsd: Math.min(...amounts) };
}
