import type { Model } from '@capstan/sdk/contract';
import type { Connection } from '../wire/connection.ts';

/** Loads a vendor's code and makes one of its models. */
export type VendorLoader = (options: Connection & { readonly model: string }) => Promise<Model>;

/** Every vendor by the first part of a model's id. */
export const vendors: { readonly [vendor: string]: VendorLoader } = {
  anthropic: async (options) => (await import('../anthropic/anthropic.ts')).anthropic(options),
  google: async (options) => (await import('../google/google.ts')).google(options),
  ollama: async (options) => (await import('../ollama/ollama.ts')).ollama(options),
  openai: async (options) => (await import('../openai/openai.ts')).openai(options),
};
