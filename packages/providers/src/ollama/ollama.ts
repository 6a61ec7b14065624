import type { Model, ModelInfo } from '@capstan/sdk/contract';
import { checkReasoning } from '../catalogue/check-reasoning.ts';
import type { Connection } from '../wire/connection.ts';
import type { Exchange } from '../wire/exchange.ts';
import type { Asked } from '../wire/http-error.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import { streamReply } from '../wire/stream-reply.ts';
import { addressOf, headersOf, keyOf } from './address.ts';
import { chatDecoder } from './decode.ts';
import { ollamaInfo } from './known.ts';
import { lineDecoder } from './lines.ts';
import type { OllamaRequestOptions } from './options.ts';
import { chatEncoder } from './request.ts';

/** Where and as what a model of Ollama is called. `baseURL` is the address before `/api`. */
export interface OllamaOptions extends Connection {
  /** Name of the model, for example `qwen3:8b`. */
  readonly model: string;
  /** What is known of the model. */
  readonly info?: ModelInfo;
  /** How much the model thinks. Default: the model's own. */
  readonly reasoning?: Reasoning;
  /** Context length, thinking and fields of the API that Capstan does not know. */
  readonly request?: OllamaRequestOptions;
}

/**
 * Makes a model of Ollama over its own API, which, unlike its OpenAI one, sets the context length and gives thoughts.
 *
 * Needs no package: the client `ollama` writes faults to standard output and drops lines it cannot read. The address is
 * looked for in `OLLAMA_HOST`. On this machine a call costs nothing, and `info` says so.
 */
export function ollama(options: OllamaOptions): Model {
  const { model, timeouts, reasoning } = options;
  const id = `ollama/${model}`;
  if (reasoning) checkReasoning(id, reasoning);
  // A model that knows no levels takes each as its usual way of thinking.
  const asking: OllamaRequestOptions = { ...(reasoning && { thinking: reasoning }), ...options.request };
  const encode = chatEncoder(model, asking);

  return {
    id,
    info: { ...ollamaInfo(options), ...options.info },
    stream(request, { signal }) {
      const secrets: string[] = [];
      const asked: Asked = { model: id, vendor: 'ollama', keyVariable: 'OLLAMA_API_KEY', secrets };
      return streamReply({
        asked,
        signal,
        timeouts,
        framing: lineDecoder(),
        decoder: chatDecoder(asked),
        send: async (open) => {
          const key = await keyOf(options);
          if (key) secrets.push(key);
          const exchange = open(encode(request));
          await exchange.send(new URL(`${addressOf(options)}/api/chat`), {
            headers: headersOf(options, key),
            signal,
          });
          tellToPull(exchange, model);
        },
      });
    },
  };
}

/** A model that is not there can be had; the error says how. */
function tellToPull(exchange: Exchange, model: string): void {
  const { refusal } = exchange;
  if (refusal?.status !== 404 || !/model.{0,200}not found/i.test(refusal.text)) return;
  exchange.refusal = {
    ...refusal,
    text: JSON.stringify({ error: `${model} is not on this server. Get it with: ollama pull ${model}` }),
  };
}
