import type { ModelRequest } from '@capstan/sdk/contract';

/**
 * The least output limit that OpenAI's Responses API takes (its error `integer_below_min_value`, 2026-11-21).
 *
 * Clients of other vendors ask for less, as Claude Code does when it looks whether a key is good.
 */
const leastTokens = 16;

/** Raises an output limit to the least that the model's vendor takes. */
export function withLeastOutput(request: ModelRequest, modelId: string): ModelRequest {
  const { maxOutputTokens = leastTokens } = request;
  if (maxOutputTokens >= leastTokens || !/^(openai|azure)\//.test(modelId)) return request;
  return { ...request, maxOutputTokens: leastTokens };
}
