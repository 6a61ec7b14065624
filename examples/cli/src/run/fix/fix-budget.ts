import type { Budget, RunResult } from '@capstan/sdk/contract';

/** What is left of a budget after runs; `undefined` when one of its limits is spent. */
export function budgetLeft(
  budget: Budget,
  runs: readonly { readonly result: RunResult; readonly seconds: number }[],
): Budget | undefined {
  const sum = (of: (one: (typeof runs)[number]) => number): number => runs.reduce((all, one) => all + of(one), 0);
  const spent: Readonly<Record<string, number>> = {
    costUsd: sum(({ result }) => result.costUsd ?? 0),
    tokens: sum(({ result }) => result.usage.inputTokens + result.usage.outputTokens),
    turns: sum(({ result }) => result.turns),
    seconds: sum(({ seconds }) => seconds),
  };
  const left: Record<string, number> = {};
  for (const [name, limit] of Object.entries(budget)) {
    if (typeof limit !== 'number') continue;
    const rest = limit - (spent[name] ?? 0);
    if (rest <= 0) return undefined;
    left[name] = rest;
  }
  return left;
}
