import type { GoogleGenAI } from '@google/genai';
import { CapstanError } from '@capstan/sdk/contract';
import { type Connection, findBaseUrl } from '../wire/connection.ts';
import { type Exchange, exchangeFetch } from '../wire/exchange.ts';

/** Where to send, and as whom. */
export interface Place {
  readonly apiKey: string;
  /** Without the version of the API. */
  readonly baseURL: string;
  readonly headers?: { readonly [name: string]: string | null } | undefined;
}

/** The environment variables that may hold the key. */
export const keyVariables = ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'] as const;

/** Finds the address before the version, which the SDK adds itself; an address that has it already means the same. */
export function addressOf(connection: Connection): string {
  const fallback = 'https://generativelanguage.googleapis.com';
  return findBaseUrl(connection, { variables: ['GOOGLE_GEMINI_BASE_URL'], fallback }).replace(/\/v1(beta|alpha)?$/, '');
}

/** Makes a function that loads the SDK at its first call and keeps one client for each connection. */
export function connector(): (place: Place) => Promise<GoogleGenAI> {
  let kept: { readonly key: string; readonly client: Promise<GoogleGenAI> } | undefined;
  return (place) => {
    const key = JSON.stringify([place.apiKey, place.baseURL]);
    if (kept?.key !== key) kept = { key, client: connect(place) };
    return kept.client;
  };
}

async function connect({ apiKey, baseURL, headers = {} }: Place): Promise<GoogleGenAI> {
  const { GoogleGenAI: Client } = await loadSdk();
  const added = Object.entries(headers).filter((header): header is [string, string] => header[1] !== null);
  return new Client({
    apiKey,
    vertexai: false,
    httpOptions: { baseUrl: baseURL, headers: Object.fromEntries(added), fetch: exchangeFetch },
  });
}

/**
 * Sends an exchange through the SDK, which makes address, key and headers.
 *
 * The SDK knows no raw replies and writes bodies from objects, dropping fields it does not know; its `fetch` option is
 * where the exchange, with its own body, takes over. The SDK's reply is then never read.
 */
export async function post(
  client: GoogleGenAI,
  exchange: Exchange,
  { model, signal }: { readonly model: string; readonly signal: AbortSignal },
): Promise<void> {
  await client.models.generateContentStream({
    model,
    contents: '',
    config: {
      abortSignal: signal,
      automaticFunctionCalling: { disable: true },
      automaticContinuation: false,
      httpOptions: {
        fetch: (input: string | URL | Request, init?: RequestInit) =>
          exchange.send(new URL(input instanceof Request ? input.url : input), init ?? {}),
      },
    },
  });
}

async function loadSdk(): Promise<typeof import('@google/genai')> {
  try {
    return await import('@google/genai');
  } catch (cause) {
    throw new CapstanError(
      'invalid_config',
      'Gemini models need the package @google/genai. Run: npm install @google/genai',
      { where: '@google/genai' },
      { cause },
    );
  }
}
