import type { Model, ModelInfo } from '@capstan/sdk/contract';
import { modelInfo } from '../catalogue/catalogue.ts';
import { type Connection, findKey } from '../wire/connection.ts';
import type { Asked } from '../wire/http-error.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import { streamReply } from '../wire/stream-reply.ts';
import { generateDecoder } from './decode.ts';
import type { GoogleRequestOptions } from './options.ts';
import { reasoningOptions } from './reasoning.ts';
import { answersByTool, generateRequest, outputTool, translator } from './request.ts';
import { headersOf, keyVariables, streamUrl } from './address.ts';

/** Where and as what a Gemini model is called. `baseURL` is the address before `/v1beta`. */
export interface GoogleOptions extends Connection {
  /** Name of the model at the vendor, for example `gemini-2.5-flash`. */
  readonly model: string;
  /** What is known of the model. Default: what the catalogue says of Google's own. */
  readonly info?: ModelInfo;
  /** How much the model thinks. Default: the model's own. */
  readonly reasoning?: Reasoning;
  /** Thinking, structured output and fields of the API that Capstan does not know. */
  readonly request?: GoogleRequestOptions;
}

/**
 * Makes a model of the Gemini API.
 *
 * Thought signatures ride in the part they came with and go back on that part. The key is looked for in `GEMINI_API_KEY`,
 * then `GOOGLE_API_KEY`; the address in `GOOGLE_GEMINI_BASE_URL`.
 */
export function google(options: GoogleOptions): Model {
  const { model, timeouts, reasoning } = options;
  const asking: GoogleRequestOptions = { ...(reasoning && reasoningOptions(reasoning, model)), ...options.request };
  const id = `google/${model}`;
  const info = options.info ?? (options.baseURL === undefined ? modelInfo(id) : {});
  const translate = translator(
    id,
    asking.warn ?? ((message) => process.emitWarning(message, { code: 'CAPSTAN_SCHEMA' })),
  );

  return {
    id,
    info,
    stream(request, { signal }) {
      const secrets: string[] = [];
      const asked: Asked = { model: id, vendor: 'google', keyVariable: keyVariables[0], secrets };
      return streamReply({
        asked,
        signal,
        timeouts,
        decoder: generateDecoder(asked, answersByTool(request, asking, model) ? { outputTool } : {}),
        send: async (open) => {
          const apiKey = await findKey(options, { vendor: 'google', model: id, variables: [...keyVariables] });
          secrets.push(apiKey);
          const exchange = open(generateRequest(request, { model, info }, asking, translate));
          const headers = { ...headersOf(apiKey, options), ...streamHeaders };
          await exchange.send(streamUrl(options, model), { headers, signal });
        },
      });
    },
  };
}

const streamHeaders = { accept: 'text/event-stream', 'content-type': 'application/json' };
