import { type Connection, findBaseUrl } from '../wire/connection.ts';
import type { Sending } from '../wire/exchange.ts';
import { joinHeaders } from '../wire/headers.ts';

/** The environment variables that may hold the key. */
export const keyVariables = ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'] as const;

/** Finds the address of the API, with its version: `v1`, as Google's own SDK has it, unless the address names another. */
export function addressOf(connection: Connection): string {
  const fallback = 'https://generativelanguage.googleapis.com';
  const address = findBaseUrl(connection, { variables: ['GOOGLE_GEMINI_BASE_URL'], fallback });
  return /\/v1(beta|alpha)?$/.test(address) ? address : `${address}/v1`;
}

/** Gives the address that streams a model's reply. A name without a collection is one of Google's own models. */
export function streamUrl(connection: Connection, model: string): URL {
  const path = /^(models|tunedModels)\//.test(model) ? model : `models/${model}`;
  const name = path.split('/').map(encodeURIComponent).join('/');
  return new URL(`${addressOf(connection)}/${name}:streamGenerateContent?alt=sse`);
}

/** Gives the headers of every request. The caller's own win, and `null` takes one out. */
export function headersOf(apiKey: string, { headers }: Connection): Sending['headers'] {
  return joinHeaders({ accept: 'application/json', 'x-goog-api-key': apiKey }, headers);
}
