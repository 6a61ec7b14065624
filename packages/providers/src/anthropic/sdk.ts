import { CapstanError, type JsonSchema } from '@capstan/sdk/contract';
import type Anthropic from '@anthropic-ai/sdk';
import type { transformJSONSchema as TransformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import { type Connection, findBaseUrl } from '../wire/connection.ts';
import { type Exchange, exchangeFetch } from '../wire/exchange.ts';
import type { SchemaTransform } from './request.ts';

/** Anthropic's own address. */
export const ownAddress = 'https://api.anthropic.com';

/** Finds the address before `/v1`, which the SDK adds itself; an address that has it already means the same. */
export function addressOf(connection: Connection): string {
  return findBaseUrl(connection, { variables: ['ANTHROPIC_BASE_URL'], fallback: ownAddress }).replace(/\/v1$/, '');
}

/** Where to send, and as whom. */
export interface Place {
  readonly apiKey: string;
  /** Without `/v1`. */
  readonly baseURL: string;
  readonly headers?: { readonly [name: string]: string | null } | undefined;
}

/** The official SDK, ready to send. */
export interface Sender {
  /** Posts the body of an exchange to `/v1/messages`. Rejects as the SDK does; the exchange knows why. */
  readonly post: (
    exchange: Exchange,
    options: { readonly betas: readonly string[]; readonly signal: AbortSignal },
  ) => Promise<unknown>;
  readonly transformSchema: SchemaTransform;
  readonly client: Anthropic;
}

/** Makes a function that loads the SDK at its first call and keeps one client for each connection. */
export function connector(): (place: Place) => Promise<Sender> {
  let kept: { readonly key: string; readonly sender: Promise<Sender> } | undefined;
  return (place) => {
    const key = JSON.stringify([place.apiKey, place.baseURL]);
    if (kept?.key !== key) kept = { key, sender: connect(place) };
    return kept.sender;
  };
}

async function connect({ apiKey, baseURL, headers }: Place): Promise<Sender> {
  const { Client, transformJSONSchema } = await loadSdk();
  const client = new Client({
    apiKey,
    authToken: null,
    baseURL,
    // Hosts that speak this API, unlike the API itself, may know the key only by its first header.
    defaultHeaders: { ...(baseURL === ownAddress ? {} : { 'x-api-key': apiKey }), ...headers },
    fetch: exchangeFetch,
    maxRetries: 0,
    // Ours decide; the SDK would report a timeout without saying which.
    timeout: 2 ** 31 - 1,
    logLevel: 'off',
    openTelemetry: false,
  });
  return {
    client,
    transformSchema: (schema) => orItself(schema, (one) => transformJSONSchema({ ...one }) as JsonSchema),
    post: (exchange, { betas, signal }) =>
      client
        .post('/v1/messages', {
          body: exchange.body,
          headers: {
            accept: 'text/event-stream',
            'content-type': 'application/json',
            ...(betas.length > 0 ? { 'anthropic-beta': betas.join(',') } : {}),
          },
          stream: true,
          signal,
        })
        .asResponse(),
  };
}

/** The SDK's transform throws at a schema without types; the API then says what it does not take. */
function orItself(schema: JsonSchema, transform: SchemaTransform): JsonSchema {
  try {
    return transform(schema);
  } catch {
    return schema;
  }
}

async function loadSdk(): Promise<{ Client: typeof Anthropic; transformJSONSchema: typeof TransformJSONSchema }> {
  try {
    const [{ Anthropic: Client }, { transformJSONSchema }] = await Promise.all([
      import('@anthropic-ai/sdk'),
      import('@anthropic-ai/sdk/lib/transform-json-schema'),
    ]);
    return { Client, transformJSONSchema };
  } catch (cause) {
    throw new CapstanError(
      'invalid_config',
      'Claude models need the package @anthropic-ai/sdk. Run: npm install @anthropic-ai/sdk',
      { where: '@anthropic-ai/sdk' },
      { cause },
    );
  }
}
