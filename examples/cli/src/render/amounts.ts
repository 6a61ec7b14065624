import type { Usage } from '@capstan/sdk/contract';

/** Shows US dollars with as many digits as the sum needs: `$0.0123`, `$1.20`. */
export function dollars(amount: number): string {
  if (amount === 0) return '$0';
  if (amount < 0.000_001) return '<$0.000001';
  const digits = amount >= 1 ? 2 : amount >= 0.01 ? 4 : 6;
  const text = amount.toFixed(digits);
  return `$${digits > 2 ? text.replace(/(\.\d\d\d*?)0+$/, '$1') : text}`;
}

/** Shows a duration: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Shows a count with thousands set apart. */
export function count(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Shows a number of things: `1 turn`, `3 turns`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Shows what a run used: `1,204 in (800 cached) · 310 out`. */
export function tokens(usage: Usage): string {
  const cached = usage.cachedInputTokens ? ` (${count(usage.cachedInputTokens)} cached)` : '';
  const about = usage.estimated ? '~' : '';
  return `${about}${count(usage.inputTokens)} in${cached} · ${about}${count(usage.outputTokens)} out`;
}
