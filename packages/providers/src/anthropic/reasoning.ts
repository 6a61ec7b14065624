import { checkReasoning } from '../catalogue/check-reasoning.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import type { AnthropicRequestOptions } from './options.ts';

/** Tokens of thought for models that take a number. */
const budgets = { low: 4096, medium: 12_288, high: 24_576 } as const;

/**
 * Says in Anthropic's terms how much a model thinks: up to Claude 4.5 a number of tokens, afterwards an effort. Sonnet
 * 5.5 without thought still writes notes between tool calls.
 *
 * @throws {CapstanError} `invalid_config` where the model cannot.
 */
export function reasoningOptions(
  level: Reasoning,
  model: string,
): Pick<AnthropicRequestOptions, 'thinking' | 'effort'> {
  checkReasoning(`anthropic/${model}`, level);
  if (level === 'off') return { thinking: model.includes('sonnet-5-5') ? 'between-tools' : 'off' };
  if (/claude-(3-7|(opus|sonnet|haiku)-4(-[0-5])?(-(\d{8}|latest))?$)/.test(model))
    return { thinking: { budgetTokens: budgets[level] } };
  return { thinking: 'adaptive', effort: level };
}
