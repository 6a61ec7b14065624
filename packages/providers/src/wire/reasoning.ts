import { CapstanError } from '@capstan/sdk/contract';

/** How much a model thinks before it answers, in words that every vendor's setting maps to. */
export type Reasoning = 'off' | 'low' | 'medium' | 'high';

/** Says that a model cannot think as much, or as little, as it was asked to. */
export function noSuchReasoning(model: string, level: Reasoning, next: string): CapstanError {
  const text = `${model} has no reasoning "${level}". ${next}`;
  return new CapstanError('invalid_config', text, { where: 'reasoning', model });
}
