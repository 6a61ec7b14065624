import type { Json, Model, ModelInfo } from '@capstan/sdk/contract';
import type { HostOptions } from '../dialect/host-request.ts';
import { openaiModel } from '../dialect/openai-model.ts';
import { type Quirks, standardQuirks } from '../dialect/quirks.ts';
import { type Connection, findBaseUrl, findKey } from '../wire/connection.ts';
import type { Reasoning } from '../wire/reasoning.ts';

/** A model at OpenRouter. */
export interface OpenrouterOptions extends Connection {
  /** Name at OpenRouter, for example `deepseek/deepseek-chat`. */
  readonly model: string;
  /** Which of the hosts behind OpenRouter may serve the model. */
  readonly routing?: ProviderRouting;
  /** Names the app in OpenRouter's statistics. Default: nothing is told. */
  readonly app?: { readonly name: string; readonly url?: string };
  /** How much the model thinks. Default: the model's own. */
  readonly reasoning?: Reasoning;
  /** How the model's Chat Completions differ from the usual. */
  readonly quirks?: Partial<Quirks>;
  /** Further fields of the request body, such as `reasoning`. */
  readonly body?: { readonly [name: string]: unknown };
  /** What is known of the model; `listModels('openrouter')` tells it. */
  readonly info?: ModelInfo;
}

/** OpenRouter's `provider` object (https://openrouter.ai/docs/features/provider-routing). */
export interface ProviderRouting {
  readonly order?: readonly string[];
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
  readonly allow_fallbacks?: boolean;
  readonly require_parameters?: boolean;
  readonly data_collection?: 'allow' | 'deny';
  readonly sort?: 'price' | 'throughput' | 'latency';
  readonly [field: string]: Json | undefined;
}

export const keyVariable = 'OPENROUTER_API_KEY';
/** OpenRouter turns `reasoning` into what the model takes (https://openrouter.ai/docs/use-cases/reasoning-tokens, 2026-11-21). */
const openrouterQuirks: Quirks = {
  ...standardQuirks,
  reasoningBack: 'reasoning_details',
  reasoningField: 'reasoning',
};

/**
 * Makes a model of OpenRouter. Reasoning details go back as they came; the cost is the one that OpenRouter charges.
 *
 * The key is looked for in `OPENROUTER_API_KEY`.
 */
export function openrouter(options: OpenrouterOptions): Model {
  const { model: name, routing, quirks, body, info = {}, timeouts, reasoning } = options;
  const id = `openrouter/${name}`;
  return openaiModel({
    id,
    vendor: 'openrouter',
    name,
    info,
    api: 'chat',
    quirks: { ...openrouterQuirks, ...quirks },
    timeouts,
    reasoning,
    extraBody: { ...(routing ? { provider: routing } : {}), ...body },
    keyVariable,
    connect: () => connect(options, id),
  });
}

/** Finds key and address for a request of `model`. */
export async function connect(
  options: Connection & Pick<OpenrouterOptions, 'app'>,
  model: string,
): Promise<HostOptions> {
  const { app, headers } = options;
  return {
    apiKey: await findKey(options, { vendor: 'openrouter', model, variables: [keyVariable] }),
    baseURL: findBaseUrl(options, { variables: ['OPENROUTER_BASE_URL'], fallback: 'https://openrouter.ai/api/v1' }),
    headers: { ...(app ? { 'X-Title': app.name } : {}), ...(app?.url ? { 'HTTP-Referer': app.url } : {}), ...headers },
  };
}
