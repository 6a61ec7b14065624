import type { Model, ModelInfo } from '@capstan/sdk/contract';
import type { HostOptions } from '../dialect/host-request.ts';
import { openaiModel } from '../dialect/openai-model.ts';
import { type Quirks, standardQuirks } from '../dialect/quirks.ts';
import { type Connection, findBaseUrl, findKey } from '../wire/connection.ts';
import { isNearby } from '../wire/nearby.ts';

/** A model that LM Studio serves. */
export interface LmstudioOptions extends Connection {
  /** Name as LM Studio lists it, for example `qwen/qwen3-8b`. */
  readonly model: string;
  /** How the model's Chat Completions differ from the usual. */
  readonly quirks?: Partial<Quirks>;
  /** Further fields of the request body, such as `ttl`. */
  readonly body?: { readonly [name: string]: unknown };
  /** What is known of the model. */
  readonly info?: ModelInfo;
}

export const keyVariable = 'LM_API_TOKEN';
const lmstudioQuirks: Quirks = { ...standardQuirks, thinkTags: true };

/**
 * Makes a model of LM Studio's server on this machine. It costs nothing and needs no key, unless the server asks for one
 * (`LM_API_TOKEN`). The address defaults to `LMSTUDIO_BASE_URL`, then `http://127.0.0.1:1234/v1`.
 */
export function lmstudio(options: LmstudioOptions): Model {
  const { model: name, quirks, body, info, timeouts } = options;
  const id = `lmstudio/${name}`;
  return openaiModel({
    id,
    vendor: 'lmstudio',
    name,
    info: { price: { input: 0, output: 0 }, local: isNearby(options.baseURL ?? defaultAddress), ...info },
    api: 'chat',
    quirks: { ...lmstudioQuirks, ...quirks },
    timeouts,
    extraBody: body,
    keyVariable,
    connect: () => connect(options, id),
  });
}

/** Finds key and address for a request of `model`. */
export async function connect(options: Connection, model: string): Promise<HostOptions> {
  const baseURL = findBaseUrl(options, { variables: ['LMSTUDIO_BASE_URL'], fallback: defaultAddress });
  const source = { vendor: 'lmstudio', model, variables: [keyVariable] as const, optional: isNearby(baseURL) };
  return { apiKey: await findKey(options, source), baseURL, headers: options.headers };
}

const defaultAddress = 'http://127.0.0.1:1234/v1';
