import type { Usage } from '@capstan/sdk/contract';

/** Usage as hosts of Chat Completions report it. */
export interface ChatUsage {
  readonly prompt_tokens?: number | null;
  readonly completion_tokens?: number | null;
  readonly total_tokens?: number | null;
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number | null;
    readonly cache_write_tokens?: number | null;
  } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number | null } | null;
  /** DeepSeek. */
  readonly prompt_cache_hit_tokens?: number | null;
  /** Moonshot. */
  readonly cached_tokens?: number | null;
  /** OpenRouter, in US dollars. */
  readonly cost?: number | null;
}

/** Normalises usage. What a host does not report stays absent; `undefined` when it reports no tokens at all. */
export function chatUsage(raw: ChatUsage | null | undefined): Usage | undefined {
  const input = raw?.prompt_tokens;
  const output = raw?.completion_tokens;
  if (typeof input !== 'number' && typeof output !== 'number') return undefined;
  const cached = raw?.prompt_tokens_details?.cached_tokens ?? raw?.prompt_cache_hit_tokens ?? raw?.cached_tokens;
  const written = raw?.prompt_tokens_details?.cache_write_tokens;
  const reasoning = raw?.completion_tokens_details?.reasoning_tokens;
  // xAI counts reasoning beside the completion; the total shows it.
  const beside = (raw?.total_tokens ?? 0) - (input ?? 0) - (output ?? 0);
  const missing = typeof reasoning === 'number' && reasoning > 0 && beside === reasoning ? reasoning : 0;
  return {
    inputTokens: input ?? 0,
    outputTokens: (output ?? 0) + missing,
    ...(typeof cached === 'number' ? { cachedInputTokens: cached } : {}),
    ...(typeof written === 'number' ? { cacheWriteTokens: written } : {}),
    ...(typeof reasoning === 'number' ? { reasoningTokens: reasoning } : {}),
  };
}
