import type { Model, ModelInfo } from '@capstan/sdk/contract';
import { modelInfo } from '../catalogue/catalogue.ts';
import type { HostOptions } from '../dialect/host-request.ts';
import { tokenCounter } from '../dialect/count-tokens.ts';
import { openaiModel } from '../dialect/openai-model.ts';
import { openaiQuirks, standardQuirks, type Quirks } from '../dialect/quirks.ts';
import { type AddressSource, type Connection, findBaseUrl, findKey } from '../wire/connection.ts';
import { isNearby } from '../wire/nearby.ts';
import type { Reasoning } from '../wire/reasoning.ts';

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
  /** A host of another name: its models are `name/model`, its key and its address are not OpenAI's. */
  readonly host?: Host;
  /** How much the model thinks. Default: the model's own. */
  readonly reasoning?: Reasoning;
  /** How the host's Chat Completions differ from the usual. */
  readonly quirks?: Partial<Quirks>;
  /** Further fields of the request body, as the host names them. */
  readonly body?: { readonly [name: string]: unknown };
  /** What is known of the model. Default: the catalogue, for OpenAI's own. */
  readonly info?: ModelInfo;
}

/** Another host than OpenAI that speaks its API. */
export interface Host {
  /** Stands in ids and messages, for example `nebius`. */
  readonly name: string;
  /** Environment variable of the key. Default: the name in capitals and `_API_KEY`. */
  readonly keyVariable?: string;
  /** Its address, unless `baseURL` or the variable (the name in capitals and `_BASE_URL`) says another. */
  readonly address?: string;
}

/**
 * Makes a model of OpenAI, or of a compatible host given by `baseURL`. The SDK (`openai`, a peer dependency) is loaded
 * by the first request.
 *
 * @throws {CapstanError} From the stream: `auth_missing` without a key, and all that a vendor may refuse.
 */
export function openai(options: OpenaiOptions): Model {
  const { model: name, quirks, body, timeouts, reasoning } = options;
  const vendor = options.host?.name ?? 'openai';
  const id = `${vendor}/${name}`;
  const address = options.baseURL ?? (options.env ?? process.env)['OPENAI_BASE_URL'];
  const own = !options.host && (!address || isOpenai(address));
  const info = options.info ?? (own ? modelInfo(id) : {});
  return openaiModel({
    id,
    vendor,
    name,
    info,
    api: options.api ?? (own ? 'responses' : 'chat'),
    quirks: { ...(own ? openaiQuirks : standardQuirks), ...quirks },
    timeouts,
    reasoning,
    extraBody: body,
    countTokens: own ? tokenCounter(name) : undefined,
    keyVariable: keyVariableOf(options.host),
    connect: () => connect(options, id),
  });
}

type Reach = Connection & Pick<OpenaiOptions, 'account' | 'host'>;

/** Finds key, address and account for a request of `model`. */
export async function connect(options: Reach, model: string): Promise<HostOptions> {
  const { account, host, headers, env = process.env } = options;
  const vendor = host?.name ?? 'openai';
  const baseURL = findBaseUrl(options, addressOf(host));
  const own = isOpenai(baseURL);
  const source = { vendor, model, variables: [keyVariableOf(host)] as const, optional: isNearby(baseURL) };
  return {
    apiKey: await findKey(options, source),
    baseURL,
    organization: account?.organization ?? (own ? env['OPENAI_ORG_ID'] : undefined),
    project: account?.project ?? (own ? env['OPENAI_PROJECT_ID'] : undefined),
    headers,
  };
}

/** Names the variable of the key. */
export function keyVariableOf(host: Host | undefined): string {
  return host?.keyVariable ?? `${inCapitals(host?.name ?? 'openai')}_API_KEY`;
}

function addressOf(host: Host | undefined): AddressSource {
  if (!host) return { variables: ['OPENAI_BASE_URL'], fallback: ownAddress };
  return { variables: [`${inCapitals(host.name)}_BASE_URL`], ...(host.address ? { fallback: host.address } : {}) };
}

function inCapitals(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

const ownAddress = 'https://api.openai.com/v1';

function isOpenai(baseURL: string): boolean {
  return URL.canParse(baseURL) && /(^|\.)openai\.com$/.test(new URL(baseURL).hostname);
}
