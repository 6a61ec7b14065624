import { checkReasoning } from '../catalogue/check-reasoning.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import type { Quirks } from './quirks.ts';

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
