import type OpenAI from 'openai';
import { CapstanError } from '@capstan/sdk/contract';
import { exchangeFetch } from '../wire/exchange.ts';

/** What an OpenAI client needs to know; all of it the caller's, nothing read from the environment. */
export interface ClientOptions {
  readonly apiKey: string;
  readonly baseURL: string;
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  readonly headers?: { readonly [name: string]: string | null } | undefined;
  /** Query parameters of every request. */
  readonly query?: { readonly [name: string]: string } | undefined;
}

/** Loads the official SDK and makes a client that sends over our wire and never retries by itself. */
export async function openaiClient(options: ClientOptions): Promise<OpenAI> {
  const { default: Client } = await loadSdk();
  return new Client({
    apiKey: options.apiKey,
    adminAPIKey: null,
    baseURL: options.baseURL,
    organization: options.organization ?? null,
    project: options.project ?? null,
    maxRetries: 0,
    // Our own timeouts are finer; the SDK's must not fire before them.
    timeout: 2_147_483_647,
    logLevel: 'off',
    fetch: exchangeFetch,
    ...(options.headers ? { defaultHeaders: options.headers } : {}),
    ...(options.query ? { defaultQuery: options.query } : {}),
  });
}

async function loadSdk(): Promise<typeof import('openai')> {
  try {
    return await import('openai');
  } catch (cause) {
    throw new CapstanError(
      'invalid_config',
      'The package "openai" is not installed. Add it: npm install openai',
      { where: 'openai' },
      { cause },
    );
  }
}
