import type { Model, ModelInfo } from '@capstan/sdk/contract';
import { modelInfo } from '../catalogue/catalogue.ts';
import { type Connection, findKey } from '../wire/connection.ts';
import type { Asked } from '../wire/http-error.ts';
import type { Reasoning } from '../wire/reasoning.ts';
import { streamReply } from '../wire/stream-reply.ts';
import { messageDecoder } from './decode.ts';
import type { AnthropicRequestOptions } from './options.ts';
import { reasoningOptions } from './reasoning.ts';
import { answersByTool, messagesRequest, outputTool } from './request.ts';
import { addressOf, headersOf, ownAddress } from './address.ts';
import { apiSchema } from './api-schema.ts';

/** Where and as what a Claude model is called. `baseURL` is the address before `/v1`. */
export interface AnthropicOptions extends Connection {
  /** Name of the model at the vendor, for example `claude-sonnet-4-5`. */
  readonly model: string;
  /** What is known of the model. Default: what the catalogue says of Anthropic's own. */
  readonly info?: ModelInfo;
  /** How much the model thinks. Default: the model's own. */
  readonly reasoning?: Reasoning;
  /** Thinking, caching, structured output and fields of the API that Capstan does not know. */
  readonly request?: AnthropicRequestOptions;
}

/**
 * Makes a model of Anthropic's Messages API.
 *
 * Thinking with its signatures, redacted thinking, citations and the blocks of server tools ride in the message parts and
 * go back untouched. The key is looked for in `ANTHROPIC_API_KEY`, then
 * `ANTHROPIC_AUTH_TOKEN`; the address in `ANTHROPIC_BASE_URL`.
 */
export function anthropic(options: AnthropicOptions): Model {
  const { model, timeouts } = options;
  const id = `anthropic/${model}`;
  const info = infoOf(id, options);
  const thinking = options.reasoning && reasoningOptions(options.reasoning, model);

  return {
    id,
    info,
    stream(request, { signal }) {
      const secrets: string[] = [];
      const asked: Asked = { model: id, vendor: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY', secrets };
      const baseURL = addressOf(options);
      const asking: AnthropicRequestOptions = { eagerTools: baseURL === ownAddress, ...thinking, ...options.request };
      const byTool = answersByTool(request, asking, model);
      return streamReply({
        asked,
        signal,
        timeouts,
        decoder: messageDecoder(asked, byTool ? { outputTool } : {}),
        send: async (open) => {
          const apiKey = await findKey(options, {
            vendor: 'anthropic',
            model: id,
            variables: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'],
          });
          secrets.push(apiKey);
          const { body, betas } = messagesRequest(request, { model, info }, asking, apiSchema);
          const headers = { ...headersOf(apiKey, options, betas), ...streamHeaders };
          await open(body).send(new URL(`${baseURL}/v1/messages`), { headers, signal });
        },
      });
    },
  };
}

const streamHeaders = { accept: 'text/event-stream', 'content-type': 'application/json' };

/** Writing to a cache that lives an hour costs twice the input (https://platform.claude.com/docs/en/build-with-claude/prompt-caching, 2026-11-21). */
function infoOf(id: string, { info, baseURL, request }: AnthropicOptions): ModelInfo {
  const known = info ?? (baseURL === undefined ? modelInfo(id) : {});
  if (request?.cache !== '1h' || !known.price) return known;
  return { ...known, price: { ...known.price, cacheWrite: known.price.input * 2 } };
}
