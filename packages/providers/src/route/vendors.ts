import type { Model, ModelInfo } from '@capstan/sdk/contract';
import { type TokenCounter, tokenCounter } from '../dialect/count-tokens.ts';
import type { Quirks } from '../dialect/quirks.ts';
import { ollamaInfo } from '../ollama/known.ts';
import type { Connection } from '../wire/connection.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { isNearby } from '../wire/nearby.ts';
import type { Reasoning } from '../wire/reasoning.ts';

/** How to load a vendor's code. Nothing of it is loaded before. */
export interface Vendor {
  readonly model: (options: VendorOptions) => Promise<Model>;
  /** Absent where the vendor has no list. */
  readonly list?: (connection: Connection) => Promise<readonly ListedModel[]>;
  /** What is known of its models where no price list is needed. */
  readonly info?: (options: VendorOptions) => ModelInfo;
  /** Counts tokens, where a tokenizer is known; light, as it is made with the model. */
  readonly counter?: (model: string) => TokenCounter | undefined;
  /** Environment variables one of which says that the vendor is configured; none for servers of one's own. */
  readonly variables: readonly string[];
}

export type VendorOptions = Connection & {
  readonly model: string;
  readonly info?: ModelInfo;
  readonly reasoning?: Reasoning;
  readonly quirks?: Partial<Quirks>;
};

/** Every vendor by the first part of a model's id. */
export const vendors: { readonly [vendor: string]: Vendor } = {
  openai: {
    model: async (options) => (await import('../openai/openai.ts')).openai(options),
    list: async (connection) => (await import('../openai/list-models.ts')).listModels(connection),
    counter: tokenCounter,
    variables: ['OPENAI_API_KEY'],
  },
  anthropic: {
    model: async (options) => (await import('../anthropic/anthropic.ts')).anthropic(options),
    list: async (connection) => (await import('../anthropic/list-models.ts')).listModels(connection),
    variables: ['ANTHROPIC_API_KEY'],
  },
  google: {
    model: async (options) => (await import('../google/google.ts')).google(options),
    list: async (connection) => (await import('../google/list-models.ts')).listModels(connection),
    variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  },
  openrouter: {
    model: async (options) => (await import('../openrouter/openrouter.ts')).openrouter(options),
    list: async (connection) => (await import('../openrouter/list-models.ts')).listModels(connection),
    variables: ['OPENROUTER_API_KEY'],
  },
  azure: {
    model: async (options) => (await import('../azure/azure.ts')).azure(options),
    variables: ['AZURE_OPENAI_API_KEY'],
  },
  nebius: host({ name: 'nebius', baseURL: 'https://api.tokenfactory.nebius.com/v1' }),
  // It wants its reasoning back with the calls that it led to (https://api-docs.deepseek.com/guides/thinking_mode, 2026-11).
  deepseek: host({
    name: 'deepseek',
    baseURL: 'https://api.deepseek.com/v1',
    quirks: { reasoningBack: 'reasoning_content', reasoningField: 'thinking', output: 'json_object' },
  }),
  lmstudio: {
    model: async (options) => (await import('../lmstudio/lmstudio.ts')).lmstudio(options),
    list: async (connection) => (await import('../lmstudio/list-models.ts')).listModels(connection),
    info: ({ baseURL, env = process.env }) =>
      ownServer(isNearby(baseURL ?? env['LMSTUDIO_BASE_URL'] ?? 'http://127.0.0.1')),
    variables: [],
  },
  ollama: {
    model: async (options) => (await import('../ollama/ollama.ts')).ollama(options),
    list: async (connection) => (await import('../ollama/server.ts')).listModels(connection),
    info: ollamaInfo,
    variables: [],
  },
  local: {
    model: async ({ model, info }) => (await import('../local/local.ts')).local({ model, ...(info ? { info } : {}) }),
    info: () => ownServer(true),
    variables: [],
  },
};

interface KnownHost {
  readonly name: string;
  readonly baseURL: string;
  readonly quirks?: Partial<Quirks>;
}

/** A host that speaks OpenAI's API. */
function host({ name, baseURL, quirks = {} }: KnownHost): Vendor {
  const known = { name, address: baseURL };
  return {
    model: async (options) =>
      (await import('../openai/openai.ts')).openai({
        ...options,
        quirks: { ...quirks, ...options.quirks },
        host: known,
      }),
    list: async (connection) => (await import('../openai/list-models.ts')).listModels({ ...connection, host: known }),
    variables: [`${name.toUpperCase()}_API_KEY`],
  };
}

/** A server of one's own costs nothing. */
function ownServer(nearby: boolean): ModelInfo {
  return nearby ? { price: { input: 0, output: 0 }, local: true } : {};
}

/** Finds a vendor, own entries only. */
export function vendorOf(name: string): Vendor | undefined {
  return Object.hasOwn(vendors, name) ? vendors[name] : undefined;
}
