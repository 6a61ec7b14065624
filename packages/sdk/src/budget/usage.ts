import type { Usage } from '../contract/usage.ts';

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

/** Adds usage; a detail that only one side knows is kept as known so far. */
export function addUsage(a: Usage, b: Usage): Usage {
  const cached = addKnown(a.cachedInputTokens, b.cachedInputTokens);
  const written = addKnown(a.cacheWriteTokens, b.cacheWriteTokens);
  const reasoning = addKnown(a.reasoningTokens, b.reasoningTokens);
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(written === undefined ? {} : { cacheWriteTokens: written }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
    ...(a.estimated || b.estimated ? { estimated: true as const } : {}),
  };
}

function addKnown(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}
