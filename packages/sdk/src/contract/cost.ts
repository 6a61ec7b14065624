import type { Price, Usage } from './usage.ts';

/**
 * What usage costs in whole micro-dollars, rounded up.
 *
 * Prices are dollars per million tokens, which is micro-dollars per token.
 */
export function costMicros(usage: Usage, price: Price): number {
  const { cachedInputTokens: cached = 0, cacheWriteTokens: written = 0 } = usage;
  const plain = Math.max(0, usage.inputTokens - cached - written);
  const sum =
    plain * price.input +
    cached * (price.cachedInput ?? price.input) +
    written * (price.cacheWrite ?? price.input) +
    usage.outputTokens * price.output;
  // Prices such as 0.1 have no exact binary form; what they add must not become a micro-dollar.
  return Math.ceil(sum - 1e-6);
}
