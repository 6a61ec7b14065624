import { checkReasoning } from '../catalogue/check-reasoning.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import { generationOf, type GoogleRequestOptions } from './options.ts';

/** Tokens of thought for Gemini 2.5, as Google's own OpenAI API counts them. */
const budgets = { low: 1024, medium: 8192, high: 24_576 } as const;

/**
 * Says in Google's terms how much a model thinks: for Gemini 2.5 a number of tokens, later a level.
 *
 * @throws {CapstanError} `invalid_config` where the model cannot.
 */
export function reasoningOptions(level: Reasoning, model: string): Pick<GoogleRequestOptions, 'thinking'> {
  checkReasoning(`google/${model}`, level);
  if (level === 'off') return { thinking: 'off' };
  return { thinking: (generationOf(model) ?? 3) < 3 ? { budgetTokens: budgets[level] } : { level } };
}
