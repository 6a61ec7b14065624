import type { Usage } from '@capstan/sdk/contract';

/** Token counts of the Messages API. `input_tokens` leaves out what was read from or written to the cache. */
export interface WireUsage {
  readonly input_tokens?: number | null;
  readonly output_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation_input_tokens?: number | null;
  readonly output_tokens_details?: { readonly thinking_tokens?: number } | null;
  /** The rounds a reply took at Anthropic; the counts above leave out those of a compaction. */
  readonly iterations?: readonly WireIteration[] | null;
}

interface WireIteration {
  readonly type?: string;
  readonly input_tokens?: number;
  readonly output_tokens?: number;
}

/** Turns the API's counts into ours, where `inputTokens` counts the whole prompt. */
export function usageOf(wire: WireUsage): Usage | undefined {
  if (wire.input_tokens == null && wire.output_tokens == null) return undefined;
  const read = wire.cache_read_input_tokens;
  const write = wire.cache_creation_input_tokens;
  const reasoning = wire.output_tokens_details?.thinking_tokens;
  const [input, output] = ownTokens(wire);
  return {
    inputTokens: input + (read ?? 0) + (write ?? 0),
    outputTokens: output,
    ...(read == null ? {} : { cachedInputTokens: read }),
    ...(write == null ? {} : { cacheWriteTokens: write }),
    ...(reasoning == null ? {} : { reasoningTokens: reasoning }),
  };
}

/** What the model itself read and wrote in all rounds; an advisor or a fall-back model has other prices. */
function ownTokens({
  input_tokens: input,
  output_tokens: output,
  iterations,
}: WireUsage): [input: number, output: number] {
  const whole: [number, number] = [input ?? 0, output ?? 0];
  if (!Array.isArray(iterations) || iterations.some(({ type }) => type === 'fallback_message')) return whole;
  const own = (iterations as readonly WireIteration[]).filter(
    ({ type }) => type === 'message' || type === 'compaction',
  );
  if (own.length === 0) return whole;
  const sum = (name: 'input_tokens' | 'output_tokens'): number =>
    own.reduce((total, one) => total + (one[name] ?? 0), 0);
  return [Math.max(whole[0], sum('input_tokens')), Math.max(whole[1], sum('output_tokens'))];
}
