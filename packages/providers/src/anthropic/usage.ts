import type { Usage } from '@capstan/sdk/contract';

/** Token counts of the Messages API. `input_tokens` leaves out what was read from or written to the cache. */
export interface WireUsage {
  readonly input_tokens?: number | null;
  readonly output_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation_input_tokens?: number | null;
  readonly output_tokens_details?: { readonly thinking_tokens?: number } | null;
}

/** Turns the API's counts into ours, where `inputTokens` counts the whole prompt. */
export function usageOf(wire: WireUsage): Usage | undefined {
  if (wire.input_tokens == null && wire.output_tokens == null) return undefined;
  const read = wire.cache_read_input_tokens;
  const write = wire.cache_creation_input_tokens;
  const reasoning = wire.output_tokens_details?.thinking_tokens;
  return {
    inputTokens: (wire.input_tokens ?? 0) + (read ?? 0) + (write ?? 0),
    outputTokens: wire.output_tokens ?? 0,
    ...(read == null ? {} : { cachedInputTokens: read }),
    ...(write == null ? {} : { cacheWriteTokens: write }),
    ...(reasoning == null ? {} : { reasoningTokens: reasoning }),
  };
}
