import type { ModelInfo } from '@capstan/sdk/contract';
import { listOpenaiModels } from '../dialect/list-models.ts';
import type { Connection } from '../wire/connection.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { connect, keyVariable } from './openrouter.ts';

/** A model in OpenRouter's list (https://openrouter.ai/docs/api-reference/list-available-models). Prices are dollars a token. */
interface WireModel {
  readonly id: string;
  readonly context_length?: number | null;
  readonly architecture?: {
    readonly input_modalities?: readonly string[];
    readonly output_modalities?: readonly string[];
  };
  readonly pricing?: {
    readonly prompt?: string;
    readonly completion?: string;
    readonly input_cache_read?: string;
    readonly input_cache_write?: string;
  };
  readonly top_provider?: { readonly max_completion_tokens?: number | null } | null;
  readonly supported_parameters?: readonly string[];
}

/** Lists OpenRouter's models that answer in text, with limits and today's prices as OpenRouter tells them. */
export async function listModels(connection: Connection = {}): Promise<readonly ListedModel[]> {
  const date = new Date().toISOString().slice(0, 10);
  const where = await connect(connection, 'openrouter');
  const source = `${where.baseURL}/models`;
  return listOpenaiModels<WireModel>({
    vendor: 'openrouter',
    keyVariable,
    connection: where,
    infoOf: (model) => infoOf(model, { date, source }),
  });
}

function infoOf(model: WireModel, listing: { readonly date: string; readonly source: string }): ModelInfo | undefined {
  const { architecture: modes, supported_parameters: parameters, pricing = {} } = model;
  if (modes?.output_modalities && !modes.output_modalities.includes('text')) return undefined;
  const [input, output] = [perMillion(pricing.prompt), perMillion(pricing.completion)];
  const [cachedInput, cacheWrite] = [perMillion(pricing.input_cache_read), perMillion(pricing.input_cache_write)];
  const caches = {
    ...(cachedInput === undefined ? {} : { cachedInput }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  };
  return {
    ...(model.context_length ? { contextWindow: model.context_length } : {}),
    ...(model.top_provider?.max_completion_tokens ? { maxOutputTokens: model.top_provider.max_completion_tokens } : {}),
    ...(input === undefined || output === undefined ? {} : { price: { input, output, ...caches, ...listing } }),
    ...(parameters ? { tools: parameters.includes('tools'), reasoning: parameters.includes('reasoning') } : {}),
    ...(modes?.input_modalities ? { vision: modes.input_modalities.includes('image') } : {}),
  };
}

/** A price below zero means that it varies. */
function perMillion(price: string | undefined): number | undefined {
  const dollars = Number(price ?? Number.NaN);
  return Number.isFinite(dollars) && dollars >= 0 ? Math.round(dollars * 1e12) / 1e6 : undefined;
}
