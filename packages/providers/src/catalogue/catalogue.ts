import type { ModelInfo } from '@capstan/sdk/contract';
import { anthropicModels } from './anthropic-models.ts';
import type { CatalogueEntry } from './entry.ts';
import { googleModels } from './google-models.ts';
import { openaiModels } from './openai-models.ts';

/** Models by id, `vendor/name`. */
export type Catalogue = { readonly [id: string]: CatalogueEntry };

/**
 * The models whose limits and prices are known, with the day and the place where they were read.
 *
 * A window may be smaller than the vendor's: it ends where a higher price begins, so that budgets stay exact. Give
 * `info` to a model to know better.
 */
export const catalogue: Catalogue = { ...openaiModels, ...anthropicModels, ...googleModels };

/**
 * Finds what is known of a model; an empty object for one that is unknown. A name with a date, such as
 * `gpt-5-2025-08-07`, counts as the model without it.
 *
 * @param options.today `YYYY-MM-DD`, for prices that change on a day. Default: the clock.
 * @param options.entries Entries that win over the catalogue.
 */
export function modelInfo(
  id: string,
  {
    today = new Date().toISOString().slice(0, 10),
    entries = {},
  }: { readonly today?: string; readonly entries?: Catalogue } = {},
): ModelInfo {
  const entry = find(entries, id) ?? find(catalogue, id);
  if (!entry) return {};
  const { later, ...info } = entry;
  return later && later.from <= today ? { ...info, price: later.price } : info;
}

function find(entries: Catalogue, id: string): CatalogueEntry | undefined {
  const plainId = id.replace(/-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '');
  for (const key of [id, plainId]) if (Object.hasOwn(entries, key)) return entries[key];
  return undefined;
}
