import type { ModelInfo, Price } from '@capstan/sdk/contract';

/**
 * What holds whichever of several models answers: the smallest limits, the dearest prices, what all of them can do. What
 * is unknown of one is unknown of all.
 */
export function commonInfo(infos: readonly ModelInfo[]): ModelInfo {
  return {
    ...defined(
      'contextWindow',
      extreme(
        infos.map((info) => info.contextWindow),
        Math.min,
      ),
    ),
    ...defined(
      'maxOutputTokens',
      extreme(
        infos.map((info) => info.maxOutputTokens),
        Math.min,
      ),
    ),
    ...defined('price', dearest(infos.map((info) => info.price))),
    ...defined('tools', every(infos.map((info) => info.tools))),
    ...defined('vision', every(infos.map((info) => info.vision))),
    ...defined('reasoning', every(infos.map((info) => info.reasoning))),
    ...defined('local', every(infos.map((info) => info.local))),
  };
}

function defined<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V });
}

function extreme(values: readonly (number | undefined)[], pick: (...values: number[]) => number): number | undefined {
  return values.every((value) => value !== undefined) ? pick(...values) : undefined;
}

function every(values: readonly (boolean | undefined)[]): boolean | undefined {
  if (values.includes(false)) return false;
  return values.includes(undefined) ? undefined : true;
}

function dearest(prices: readonly (Price | undefined)[]): Price | undefined {
  const known = prices.filter((price) => price !== undefined);
  if (known.length < prices.length || known.length === 0) return undefined;
  const most = (of: (price: Price) => number): number => Math.max(...known.map(of));
  return {
    input: most((price) => price.input),
    output: most((price) => price.output),
    cachedInput: most((price) => price.cachedInput ?? price.input),
    cacheWrite: most((price) => price.cacheWrite ?? price.input),
  };
}
