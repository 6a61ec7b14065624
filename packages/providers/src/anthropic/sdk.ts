import { CapstanError } from '@capstan/sdk/contract';
import type Anthropic from '@anthropic-ai/sdk';
import type { transformJSONSchema as TransformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import { type Exchange, exchangeFetch } from '../wire/exchange.ts';
import type { SchemaTransform } from './request.ts';

/** Where to send, and as whom. */
export interface Connection {
  readonly apiKey: string;
  readonly baseURL: string;
  /** Anthropic's own address, not a host that speaks its API. */
  readonly own: boolean;
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
export function connector(): (connection: Connection) => Promise<Sender> {
  let kept: { readonly key: string; readonly sender: Promise<Sender> } | undefined;
  return (connection) => {
    const key = JSON.stringify([connection.apiKey, connection.baseURL]);
    if (kept?.key !== key) kept = { key, sender: connect(connection) };
    return kept.sender;
  };
}

async function connect({ apiKey, baseURL, own, headers }: Connection): Promise<Sender> {
  const { Client, transformJSONSchema } = await loadSdk();
  const client = new Client({
    apiKey,
    authToken: null,
    baseURL,
    // Hosts that speak this API, unlike the API itself, may know the key only by its first header.
    defaultHeaders: { ...(own ? {} : { 'x-api-key': apiKey }), ...headers },
    fetch: exchangeFetch,
    maxRetries: 0,
    // Ours decide; the SDK would report a timeout without saying which.
    timeout: 2 ** 31 - 1,
    logLevel: 'off',
    openTelemetry: false,
  });
  return {
    client,
    transformSchema: (schema) => transformJSONSchema({ ...schema }) as ReturnType<SchemaTransform>,
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
