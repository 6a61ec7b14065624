import type { Json } from '@capstan/sdk/contract';

/** What a call of Ollama asks for beyond the conversation. */
export interface OllamaRequestOptions {
  /**
   * Tokens of prompt and reply together that the model is loaded with; `server` leaves it to the server, whose own
   * default is small. Another number loads the model again. Default 32,768, or less if the model has less.
   */
  readonly contextTokens?: number | 'server';
  /** Whether, or how much, the model thinks. Default: the model's own. */
  readonly thinking?: 'on' | 'off' | 'low' | 'medium' | 'high';
  /** How long the model stays loaded, for example `30m` or -1 for ever. Default: the server's. */
  readonly keepAlive?: string | number;
  /** Options of the model such as `{ temperature: 0 }`. */
  readonly options?: { readonly [name: string]: Json };
  /** Fields added to the body of each request as they are; they win over ours. */
  readonly body?: { readonly [field: string]: Json };
}

/** Enough for an agent that reads files, small enough for the memory of a laptop. */
const defaultContextTokens = 32_768;

/** Tells whether a model runs at Ollama, wherever the server is. */
export function isCloud(model: string): boolean {
  return /[:-]cloud$/.test(model);
}

/** The tokens a model is loaded with, as far as we say; a model at Ollama is loaded already. */
export function contextTokensOf(model: string, { contextTokens }: OllamaRequestOptions): number | undefined {
  if (contextTokens === 'server') return undefined;
  return contextTokens ?? (isCloud(model) ? undefined : defaultContextTokens);
}
