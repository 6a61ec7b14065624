import type { Price } from '../contract/usage.ts';

/** US dollars as whole micro-dollars, rounded down: a limit is never rounded up. */
export function toMicros(usd: number): number {
  return Math.floor(usd * 1e6 + 1e-6);
}

/** Micro-dollars as US dollars. */
export function toUsd(micros: number): number {
  return micros / 1e6;
}

/** The dearest way a number of input tokens can be charged, in micro-dollars per token. */
export function worstInputPrice(price: Price): number {
  return Math.max(price.input, price.cachedInput ?? 0, price.cacheWrite ?? 0);
}
