import type { ModelInfo } from '@capstan/sdk/contract';
import type { Connection } from '../wire/connection.ts';
import { isNearby } from '../wire/nearby.ts';
import { addressOf } from './address.ts';
import { contextTokensOf, isCloud, type OllamaRequestOptions } from './options.ts';

/**
 * What is known of a model of Ollama without asking: the context it is loaded with, and that it costs nothing on a server
 * of one's own.
 */
export function ollamaInfo(
  options: Connection & { readonly model: string; readonly request?: OllamaRequestOptions },
): ModelInfo {
  const contextWindow = contextTokensOf(options.model, options.request ?? {});
  return {
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...costsNothing(addressOf(options), options.model),
  };
}

/** Price and place of a model on a server of one's own; nothing for any other. */
export function costsNothing(address: string, model: string): ModelInfo {
  return isNearby(address) && !isCloud(model) ? { local: true, price: { input: 0, output: 0 } } : {};
}
