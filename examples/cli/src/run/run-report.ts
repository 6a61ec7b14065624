import type { Budget, PatchSummary, RunResult } from '@capstan/sdk/contract';
import type { Mode } from '../project/mode.ts';
import { count, dollars, duration, plural, tokens } from '../render/amounts.ts';
import { budgetWords } from '../render/budget-words.ts';
import type { Colour } from '../render/colour.ts';
import { plainText } from '../render/plain-text.ts';
import type { RunEnding } from './run-exit.ts';
import type { CallRecord } from './run-tally.ts';

/** All that is known of a run when it has ended. */
export interface RunReport {
  readonly result: RunResult;
  readonly ending: RunEnding;
  readonly calls: readonly CallRecord[];
  readonly model: string;
  readonly mode: Mode;
  readonly budget: Budget;
  readonly durationMs: number;
  /** Takes back every change of the run; absent when it made none. */
  readonly rollback?: string;
  /** Goes on with a run that waits for approvals. */
  readonly resume: string;
}

/** The payload of `run --json`. */
export function runPayload(report: RunReport): Record<string, unknown> {
  const { result, ending, calls, model, mode, budget, rollback, resume } = report;
  const { runId, sessionId, reason, text, usage, costUsd, turns, patches, pending } = result;
  return {
    runId,
    sessionId,
    reason,
    text,
    ...(ending.why === undefined ? {} : { why: ending.why }),
    model,
    mode,
    turns,
    usage,
    costUsd: costUsd ?? null,
    budget,
    calls,
    patches,
    rollback: rollback ?? null,
    ...(pending.length === 0 ? {} : { pending, resume }),
    ...(result.output === undefined ? {} : { output: result.output }),
    ...(result.limit === undefined ? {} : { limit: result.limit }),
    ...(result.error === undefined ? {} : { error: result.error }),
  };
}

/** What people read under a run: how it ended, what it cost, which patches it made and how to take them back. */
export function runSummary(report: RunReport, colour: Colour): string {
  const { result, ending, rollback } = report;
  const good = ending.exit === 0;
  const head = good ? colour.green('Done') : colour.red(title(result.reason));
  const lines = [`${head} ${facts(report)}`];
  if (ending.why !== undefined) lines.push(plainText(ending.why));
  for (const patch of result.patches) lines.push(`${colour.magenta('patch')} ${patch.id}  ${files(patch)}`);
  if (rollback !== undefined) lines.push(`${colour.dim('take back:')} ${rollback}`);
  if (result.pending.length > 0) lines.push(...waiting(report, colour));
  return `${lines.join('\n')}\n`;
}

function title(reason: RunResult['reason']): string {
  return { done: 'Ended', budget: 'Out of budget', approval: 'Waiting', stopped: 'Stopped', failed: 'Failed' }[reason];
}

function facts({ result, budget, durationMs }: RunReport): string {
  const cost = result.costUsd === undefined ? 'cost unknown' : dollars(result.costUsd);
  const of = budget.costUsd === undefined ? '' : ` of ${dollars(budget.costUsd)}`;
  const { costUsd: _, ...others } = budget;
  const limits = Object.keys(others).length === 0 ? '' : ` · budget ${budgetWords(others)}`;
  return `in ${duration(durationMs)} · ${plural(result.turns, 'turn')} · ${tokens(result.usage)} · ${cost}${of}${limits}`;
}

function files({ files: all, added, removed }: PatchSummary): string {
  const names = all.slice(0, 4).map(({ path }) => plainText(path));
  const more = all.length > 4 ? ` and ${count(all.length - 4)} more` : '';
  return `${names.join(', ')}${more}  +${added} -${removed}`;
}

/** Nobody was there to answer: what would have happened, and the ways to let it. */
function waiting({ result, resume }: RunReport, colour: Colour): string[] {
  const calls = result.pending.map(({ tool, preview, rule, reason }) => {
    const what = preview.kind === 'command' ? `: ${plainText(preview.command)}` : '';
    return `  ${colour.yellow(tool)}${what}  (rule ${rule}: ${plainText(reason)})`;
  });
  return [
    'These calls need an approval and nobody is here to give it:',
    ...calls,
    `Answer on a terminal with "${resume}", approve all with "${resume} --yes", or allow more from the start with --mode.`,
  ];
}
