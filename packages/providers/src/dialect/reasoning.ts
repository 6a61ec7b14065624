import { checkReasoning, lacksReasoning } from '../catalogue/check-reasoning.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import type { ModelInfo, ModelRequest } from '@capstan/sdk/contract';
import type { Quirks } from './quirks.ts';

/** Gives the fields that a request's own wish to think makes. */
export type ReasoningFields = (request: ModelRequest) => { readonly [field: string]: unknown };

/**
 * Names of models, or of deployments called after them, that reason. Others refuse to be asked for encrypted reasoning;
 * `info.reasoning` says it of a model of any name.
 */
const reasoning = /(^|[^a-z0-9])(o[134]|gpt-?[5-9])|codex/i;

/** Tells whether a model reasons, as far as is known. */
export function reasons(name: string, info: ModelInfo): boolean {
  return info.reasoning ?? reasoning.test(name);
}

/** Heeds a request's wish to think, of models that reason and as far as they can. */
export function wishedReasoning(options: Parameters<typeof reasoningBody>[1], able: boolean): ReasoningFields {
  return ({ reasoning: level }) =>
    level === undefined || !able || lacksReasoning(options.id, level) ? {} : reasoningBody(level, options);
}

/**
 * Gives the fields of a request that say how much the model thinks.
 *
 * @throws {CapstanError} `invalid_config` where the model cannot.
 */
export function reasoningBody(
  level: Reasoning | undefined,
  { id, api, quirks }: { readonly id: string; readonly api: 'chat' | 'responses'; readonly quirks: Quirks },
): { readonly [field: string]: unknown } {
  if (level === undefined) return {};
  checkReasoning(id, level);
  if (api === 'chat' && quirks.reasoningField === 'thinking' && level === 'off')
    return { thinking: { type: 'disabled' } };
  const effort = level === 'off' ? 'none' : level;
  return api === 'responses' || quirks.reasoningField === 'reasoning'
    ? { reasoning: { effort } }
    : { reasoning_effort: effort };
}
