import type { Model, ModelInfo, ModelRequest } from '@capstan/sdk/contract';
import type { Timeouts } from '../wire/exchange.ts';
import type { Asked } from '../wire/http-error.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import { streamReply, type ReplyDecoder } from '../wire/stream-reply.ts';
import { chatDecoder } from './chat-decoder.ts';
import { answersByTool, chatEncoder, outputTool } from './chat-request.ts';
import type { TokenCounter } from './count-tokens.ts';
import { hostHeaders, hostUrl, type HostOptions } from './host-request.ts';
import type { Quirks } from './quirks.ts';
import { reasoningBody, reasons, wishedReasoning } from './reasoning.ts';
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
  readonly connect: () => Promise<HostOptions>;
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

/** Makes a model over either API of OpenAI, at any host that speaks it. */
export function openaiModel(options: OpenaiModelOptions): Model {
  const { id, vendor, info, keyVariable, connect, timeouts } = options;
  const extraBody = { ...reasoningBody(options.reasoning, options), ...options.extraBody };
  const api = options.api === 'chat' ? chatApi({ ...options, extraBody }) : responsesApi({ ...options, extraBody });
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
          const headers = { ...hostHeaders(where), ...streamHeaders };
          await open(api.encode(request)).send(hostUrl(where, api.path), { headers, signal });
        },
      });
    },
  };
}

function chatApi(options: OpenaiModelOptions): Api {
  const { name, vendor, quirks, extraBody, info } = options;
  const able = reasons(name, info);
  return {
    path: '/chat/completions',
    encode: chatEncoder({
      model: name,
      vendor,
      quirks,
      extraBody,
      reasoningOf: wishedReasoning(options, able),
      sampling: choosesTokens(options, able),
    }),
    decoder: (asked, request) =>
      chatDecoder({
        asked,
        vendor,
        readThinkTags: quirks.thinkTags,
        outputTool: answersByTool(request, quirks) ? outputTool : undefined,
      }),
  };
}

function responsesApi(options: OpenaiModelOptions): Api {
  const { name, vendor, info, extraBody } = options;
  const able = reasons(name, info);
  return {
    path: '/responses',
    encode: responsesEncoder({
      model: name,
      vendor,
      reasoning: able,
      extraBody,
      reasoningOf: wishedReasoning(options, able),
      sampling: choosesTokens(options, able),
    }),
    decoder: (asked) => responsesDecoder({ asked, vendor }),
  };
}

/**
 * OpenAI's reasoning models refuse `temperature`, `top_p`, `stop` and the penalties
 * (https://developers.openai.com/api/docs/guides/latest-model, 2026-11-21); those of other hosts take them.
 */
function choosesTokens({ vendor }: OpenaiModelOptions, reasoning: boolean): boolean {
  return !(reasoning && (vendor === 'openai' || vendor === 'azure'));
}

const streamHeaders = { accept: 'text/event-stream', 'content-type': 'application/json' };
