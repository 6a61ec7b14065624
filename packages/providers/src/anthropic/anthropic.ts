import { CapstanError, type Model, type ModelInfo } from '@capstan/sdk/contract';
import type { Asked } from '../wire/http-error.ts';
import type { Timeouts } from '../wire/exchange.ts';
import { streamReply } from '../wire/stream-reply.ts';
import { messageDecoder } from './decode.ts';
import type { AnthropicRequestOptions } from './options.ts';
import { answersByTool, messagesRequest, outputTool } from './request.ts';
import { connector } from './sdk.ts';

/** Where and as what a Claude model is called. */
export interface AnthropicOptions {
  /** Name of the model at the vendor, for example `claude-sonnet-4-5`. */
  readonly model: string;
  /** Default: the environment variable `ANTHROPIC_API_KEY`, read when a call is made. */
  readonly apiKey?: string;
  /** Default: `ANTHROPIC_BASE_URL` or `https://api.anthropic.com`. */
  readonly baseURL?: string;
  /** Headers added to each request; `null` takes one away. */
  readonly headers?: { readonly [name: string]: string | null };
  readonly timeouts?: Timeouts;
  /** What is known of the model, where it should differ from the catalogue. */
  readonly info?: ModelInfo;
  /** Thinking, caching, structured output and fields of the API that Capstan does not know. */
  readonly request?: AnthropicRequestOptions;
}

const ownAddress = 'https://api.anthropic.com';

/**
 * Makes a model of Anthropic's Messages API. Needs the package `@anthropic-ai/sdk`, loaded at the first call.
 *
 * Thinking with its signatures, redacted thinking, citations and the blocks of server tools ride in the message parts and
 * go back untouched. Calls throw `auth_missing` without a key.
 */
export function anthropic(options: AnthropicOptions): Model {
  const { model, info = {}, timeouts } = options;
  const id = `anthropic/${model}`;
  const connect = connector();

  return {
    id,
    info,
    stream(request, { signal }) {
      const apiKey = options.apiKey ?? process.env['ANTHROPIC_API_KEY'];
      const baseURL = options.baseURL ?? process.env['ANTHROPIC_BASE_URL'] ?? ownAddress;
      const asked: Asked = { model: id, vendor: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY', secrets: [apiKey] };
      const asking: AnthropicRequestOptions = { eagerTools: baseURL === ownAddress, ...options.request };
      const byTool = answersByTool(request, asking, model);
      return streamReply({
        asked,
        signal,
        timeouts,
        decoder: messageDecoder(asked, byTool ? { outputTool } : {}),
        send: async (open) => {
          if (!apiKey) throw missingKey(id);
          const { post, transformSchema } = await connect({
            apiKey,
            baseURL,
            own: baseURL === ownAddress,
            headers: options.headers,
          });
          const { body, betas } = messagesRequest(request, { model, info }, asking, transformSchema);
          return post(open(body), { betas, signal });
        },
      });
    },
  };
}

function missingKey(id: string): CapstanError {
  return new CapstanError(
    'auth_missing',
    `${id} needs a key. Set ANTHROPIC_API_KEY, or run: capstan auth login anthropic`,
    {
      model: id,
      where: 'ANTHROPIC_API_KEY',
    },
  );
}
