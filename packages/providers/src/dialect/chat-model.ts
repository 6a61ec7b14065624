import type { Model, ModelInfo } from '@capstan/sdk/contract';
import type { Timeouts } from '../wire/exchange.ts';
import type { Asked } from '../wire/http-error.ts';
import { streamReply } from '../wire/stream-reply.ts';
import { chatDecoder } from './chat-decoder.ts';
import { chatEncoder } from './chat-request.ts';
import { openaiClient, type ClientOptions } from './client.ts';
import type { Quirks } from './quirks.ts';

export interface ChatModelOptions {
  /** `vendor/name`. */
  readonly id: string;
  readonly vendor: string;
  /** Name of the model on the wire. */
  readonly name: string;
  readonly info: ModelInfo;
  readonly quirks: Quirks;
  /** Environment variable of the key, for messages. */
  readonly keyVariable?: string;
  /** Gives key, address and headers at each request. */
  readonly connect: () => Promise<ClientOptions>;
  readonly timeouts?: Timeouts | undefined;
  readonly extraBody?: { readonly [name: string]: unknown } | undefined;
}

/** Makes a model over the Chat Completions API of any host that speaks it. The SDK is loaded by the first request. */
export function chatModel(options: ChatModelOptions): Model {
  const { id, vendor, name, info, quirks, keyVariable, connect, timeouts, extraBody } = options;
  const encode = chatEncoder({ model: name, vendor, quirks, extraBody });
  const client = clientFor();
  return {
    id,
    info,
    stream(request, { signal }) {
      const secrets: string[] = [];
      const asked: Asked = { model: id, vendor, secrets, ...(keyVariable ? { keyVariable } : {}) };
      return streamReply({
        asked,
        signal,
        timeouts,
        decoder: chatDecoder({ asked, vendor, readThinkTags: quirks.thinkTags }),
        send: async (open) => {
          const where = await connect();
          secrets.push(where.apiKey);
          const sdk = await client(where);
          return sdk.post('/chat/completions', { body: open(encode(request)).body, headers: streamHeaders, signal }).asResponse();
        },
      });
    },
  };
}

/** What makes the SDK pass our body through and the server stream. */
export const streamHeaders = { accept: 'text/event-stream', 'content-type': 'application/json' };

/** Keeps the client until key or address change. */
export function clientFor(): (options: ClientOptions) => ReturnType<typeof openaiClient> {
  let known: { readonly about: string; readonly client: ReturnType<typeof openaiClient> } | undefined;
  return (options) => {
    const about = JSON.stringify(options);
    if (known?.about !== about) known = { about, client: openaiClient(options) };
    return known.client;
  };
}
