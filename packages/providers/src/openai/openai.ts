import type { Model, ModelInfo } from '@capstan/sdk/contract';
import type { ClientOptions } from '../dialect/client.ts';
import { openaiModel } from '../dialect/openai-model.ts';
import { openaiQuirks, standardQuirks, type Quirks } from '../dialect/quirks.ts';
import { type Connection, findBaseUrl, findKey } from '../wire/connection.ts';
import { isNearby } from '../wire/nearby.ts';

/** A model of OpenAI, or of any host that speaks OpenAI's API. */
export interface OpenaiOptions extends Connection {
  /** Name of the model on the wire, for example `gpt-5.1`. */
  readonly model: string;
  /**
   * Which of OpenAI's APIs to speak. Default: `responses` at OpenAI itself, `chat` at any other host. With `responses`
   * nothing is stored at the vendor; reasoning comes encrypted and goes back with the next request.
   */
  readonly api?: 'chat' | 'responses';
  /** Organisation and project that pay. Default: `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID`. */
  readonly account?: { readonly organization?: string; readonly project?: string };
  /** How the host's Chat Completions differ from the usual. */
  readonly quirks?: Partial<Quirks>;
  /** Further fields of the request body, as the host names them. */
  readonly body?: { readonly [name: string]: unknown };
  /** What is known of the model; wins over the catalogue. */
  readonly info?: ModelInfo;
}

/**
 * Makes a model of OpenAI, or of a compatible host given by `baseURL`. The SDK (`openai`, a peer dependency) is loaded
 * by the first request.
 *
 * @throws {CapstanError} From the stream: `auth_missing` without a key, and all that a vendor may refuse.
 */
export function openai(options: OpenaiOptions): Model {
  const { model: name, quirks, body, info = {}, timeouts } = options;
  const id = `openai/${name}`;
  const host = options.baseURL ?? (options.env ?? process.env)['OPENAI_BASE_URL'];
  const own = !host || isOpenai(host);
  return openaiModel({
    id,
    vendor: 'openai',
    name,
    info,
    api: options.api ?? (own ? 'responses' : 'chat'),
    quirks: { ...(own ? openaiQuirks : standardQuirks), ...quirks },
    timeouts,
    extraBody: body,
    keyVariable: 'OPENAI_API_KEY',
    connect: () => connect(options, id),
  });
}

/** Finds key, address and account for a request of `model`. */
export async function connect(
  options: Connection & Pick<OpenaiOptions, 'account'>,
  model: string,
): Promise<ClientOptions> {
  const env = options.env ?? process.env;
  const baseURL = findBaseUrl(options, { variables: ['OPENAI_BASE_URL'], fallback: 'https://api.openai.com/v1' });
  const own = isOpenai(baseURL);
  const source = { vendor: 'openai', model, variables: ['OPENAI_API_KEY'] as const, optional: isNearby(baseURL) };
  return {
    apiKey: await findKey(options, source),
    baseURL,
    organization: options.account?.organization ?? (own ? env['OPENAI_ORG_ID'] : undefined),
    project: options.account?.project ?? (own ? env['OPENAI_PROJECT_ID'] : undefined),
    headers: options.headers,
  };
}

function isOpenai(baseURL: string): boolean {
  return URL.canParse(baseURL) && /(^|\.)openai\.com$/.test(new URL(baseURL).hostname);
}
