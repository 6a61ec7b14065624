import type { Model, ModelInfo, ModelRequest } from '@capstan/sdk/contract';
import type { Timeouts } from '../wire/exchange.ts';
import type { Asked } from '../wire/http-error.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import { streamReply, type ReplyDecoder } from '../wire/stream-reply.ts';
import { chatDecoder } from './chat-decoder.ts';
import { answersByTool, chatEncoder, outputTool } from './chat-request.ts';
import type { TokenCounter } from './count-tokens.ts';
import { openaiClient, type ClientOptions } from './client.ts';
import type { Quirks } from './quirks.ts';
import { reasoningBody } from './reasoning.ts';
import { responsesDecoder } from './responses-decoder.ts';
import { responsesEncoder } from './responses-request.ts';

export interface OpenaiModelOptions {
  /** `vendor/name`. */
  readonly id: string;
  readonly vendor: string;
  /** Name of the model on the wire. */
  readonly name: string;
  readonly info: ModelInfo;
  readonly api: 'chat' | 'responses';
  readonly quirks: Quirks;
  /** Environment variable of the key, for messages. */
  readonly keyVariable?: string;
  /** Gives key, address and headers at each request. */
  readonly connect: () => Promise<ClientOptions>;
  readonly timeouts?: Timeouts | undefined;
  /** How much the model thinks. */
  readonly reasoning?: Reasoning | undefined;
  readonly extraBody?: { readonly [name: string]: unknown } | undefined;
  readonly countTokens?: TokenCounter | undefined;
}

interface Api {
  readonly path: string;
  readonly encode: (request: ModelRequest) => string;
  readonly decoder: (asked: Asked, request: ModelRequest) => ReplyDecoder;
}

/** Makes a model over either API of OpenAI, at any host that speaks it. The SDK is loaded by the first request. */
export function openaiModel(options: OpenaiModelOptions): Model {
  const { id, vendor, info, keyVariable, connect, timeouts } = options;
  const extraBody = { ...reasoningBody(options.reasoning, options), ...options.extraBody };
  const api = options.api === 'chat' ? chatApi({ ...options, extraBody }) : responsesApi({ ...options, extraBody });
  const client = keptClient();
  return {
    id,
    info,
    ...(options.countTokens ? { countTokens: options.countTokens } : {}),
    stream(request, { signal }) {
      const secrets: string[] = [];
      const asked: Asked = { model: id, vendor, secrets, ...(keyVariable ? { keyVariable } : {}) };
      return streamReply({
        asked,
        signal,
        timeouts,
        decoder: api.decoder(asked, request),
        send: async (open) => {
          const where = await connect();
          secrets.push(where.apiKey);
          const sdk = await client(where);
          return sdk
            .post(api.path, { body: open(api.encode(request)).body, headers: streamHeaders, signal })
            .asResponse();
        },
      });
    },
  };
}

function chatApi({ name, vendor, quirks, extraBody }: OpenaiModelOptions): Api {
  return {
    path: '/chat/completions',
    encode: chatEncoder({ model: name, vendor, quirks, extraBody }),
    decoder: (asked, request) =>
      chatDecoder({
        asked,
        vendor,
        readThinkTags: quirks.thinkTags,
        outputTool: answersByTool(request, quirks) ? outputTool : undefined,
      }),
  };
}

function responsesApi({ name, vendor, info, extraBody }: OpenaiModelOptions): Api {
  return {
    path: '/responses',
    encode: responsesEncoder({ model: name, vendor, reasoning: info.reasoning ?? reasoning.test(name), extraBody }),
    decoder: (asked) => responsesDecoder({ asked, vendor }),
  };
}

/**
 * Names of models, or of deployments called after them, that reason. Others refuse to be asked for encrypted reasoning;
 * `info.reasoning` says it of a model of any name.
 */
const reasoning = /(^|[^a-z0-9])(o[134]|gpt-?[5-9])|codex/i;

/** What makes the SDK pass our body through and the server stream. */
const streamHeaders = { accept: 'text/event-stream', 'content-type': 'application/json' };

/** Keeps the client until key or address change. */
function keptClient(): (options: ClientOptions) => ReturnType<typeof openaiClient> {
  let known: { readonly about: string; readonly client: ReturnType<typeof openaiClient> } | undefined;
  return (options) => {
    const about = JSON.stringify(options);
    if (known?.about !== about) known = { about, client: openaiClient(options) };
    return known.client;
  };
}
