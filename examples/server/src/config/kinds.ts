/** A wire that an upstream speaks and that a client may speak too, so that bytes can pass through. */
export type Wire = 'openai-chat' | 'openai-responses' | 'openai-embeddings' | 'anthropic' | 'google';

/** What is known of a kind of upstream. */
export interface Kind {
  /** Absent where every operator has another. Ends before the version where the paths carry it. */
  readonly baseURL?: string;
  /** Environment variables of the address. */
  readonly addressVariables: readonly string[];
  /** Environment variables of the key; each may also be given with `_2` to `_9` for further keys. */
  readonly keyVariables: readonly string[];
  /** The upstream may do without a key. */
  readonly keyless?: boolean;
  readonly speaks: readonly Wire[];
  /** Names of models that lead here when no route says otherwise. */
  readonly models: readonly string[];
  /** How the key is sent. */
  readonly auth: 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'api-key' | 'none';
}

const openaiWires = ['openai-chat', 'openai-responses', 'openai-embeddings'] as const;

function host(name: string, baseURL: string): Kind {
  const variable = name.toUpperCase();
  return {
    baseURL,
    addressVariables: [`${variable}_BASE_URL`],
    keyVariables: [`${variable}_API_KEY`],
    speaks: ['openai-chat', 'openai-embeddings'],
    models: [],
    auth: 'bearer',
  };
}

/** Every kind of upstream by its name in the configuration. */
export const kinds = {
  openai: {
    baseURL: 'https://api.openai.com/v1',
    addressVariables: ['OPENAI_BASE_URL'],
    keyVariables: ['OPENAI_API_KEY'],
    speaks: openaiWires,
    models: ['gpt-*', 'o1*', 'o3*', 'o4*', 'chatgpt-*', 'codex-*', 'text-embedding-*'],
    auth: 'bearer',
  },
  anthropic: {
    baseURL: 'https://api.anthropic.com',
    addressVariables: ['ANTHROPIC_BASE_URL'],
    keyVariables: ['ANTHROPIC_API_KEY'],
    speaks: ['anthropic'],
    models: ['claude-*'],
    auth: 'x-api-key',
  },
  google: {
    baseURL: 'https://generativelanguage.googleapis.com',
    addressVariables: ['GOOGLE_GEMINI_BASE_URL'],
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    speaks: ['google'],
    models: ['gemini-*', 'gemma-*', 'learnlm-*'],
    auth: 'x-goog-api-key',
  },
  azure: {
    addressVariables: ['AZURE_OPENAI_BASE_URL'],
    keyVariables: ['AZURE_OPENAI_API_KEY'],
    speaks: openaiWires,
    models: [],
    auth: 'api-key',
  },
  openrouter: host('openrouter', 'https://openrouter.ai/api/v1'),
  deepseek: host('deepseek', 'https://api.deepseek.com/v1'),
  nebius: host('nebius', 'https://api.tokenfactory.nebius.com/v1'),
  ollama: {
    baseURL: 'http://127.0.0.1:11434/v1',
    addressVariables: [],
    keyVariables: [],
    keyless: true,
    speaks: ['openai-chat', 'openai-embeddings'],
    models: [],
    auth: 'bearer',
  },
  lmstudio: {
    baseURL: 'http://127.0.0.1:1234/v1',
    addressVariables: ['LMSTUDIO_BASE_URL'],
    keyVariables: [],
    keyless: true,
    speaks: ['openai-chat', 'openai-embeddings'],
    models: [],
    auth: 'bearer',
  },
  compatible: {
    addressVariables: [],
    keyVariables: [],
    keyless: true,
    speaks: ['openai-chat', 'openai-embeddings'],
    models: [],
    auth: 'bearer',
  },
  practice: {
    baseURL: 'http://127.0.0.1',
    addressVariables: [],
    keyVariables: [],
    keyless: true,
    speaks: [],
    models: [],
    auth: 'none',
  },
} as const satisfies { readonly [name: string]: Kind };

export type KindName = keyof typeof kinds;

/** What is known of a kind. */
export function kindOf(name: KindName): Kind {
  return kinds[name];
}
