import type { Budget, BudgetLimit } from '@capstan/sdk/contract';
import { count, dollars, duration, plural } from './amounts.ts';

/** Shows an amount of one limit in its unit. */
export function budgetAmount(limit: BudgetLimit, amount: number): string {
  switch (limit) {
    case 'costUsd':
      return dollars(amount);
    case 'seconds':
      return duration(amount * 1000);
    case 'tokens':
      return `${count(Math.round(amount))} tokens`;
    case 'turns':
      return plural(amount, 'turn');
    case 'toolCalls':
      return plural(amount, 'tool call');
    default:
      return limit satisfies never;
  }
}

/** Shows a whole budget, for example `$0.25, 2 min 0 s`; `none` when nothing is limited. */
export function budgetWords(budget: Budget): string {
  const limits = (['costUsd', 'tokens', 'seconds', 'turns', 'toolCalls'] as const).flatMap((limit) => {
    const amount = budget[limit];
    return amount === undefined ? [] : [budgetAmount(limit, amount)];
  });
  return limits.length === 0 ? 'none' : limits.join(', ');
}
