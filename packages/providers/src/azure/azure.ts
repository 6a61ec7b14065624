import type { Model, ModelInfo } from '@capstan/sdk/contract';
import type { HostOptions } from '../dialect/host-request.ts';
import { openaiModel } from '../dialect/openai-model.ts';
import { type Quirks, standardQuirks } from '../dialect/quirks.ts';
import { carriedKey, type Connection, findBaseUrl, findKey } from '../wire/connection.ts';
import type { Reasoning } from '../wire/reasoning.ts';

/** A deployment of Azure OpenAI. `baseURL` is the resource, for example `https://me.openai.azure.com`. */
export interface AzureOptions extends Connection {
  /** Name of the deployment. */
  readonly model: string;
  /**
   * With it the address names the deployment and the version, as Azure had it before its v1 API. Default: none, so v1.
   */
  readonly apiVersion?: string;
  /** Gives an Entra token for `https://cognitiveservices.azure.com/.default`; asked at each request, used in place of a key. */
  readonly token?: () => string | Promise<string>;
  /** Default: `responses` on the v1 API, `chat` with an `apiVersion`. */
  readonly api?: 'chat' | 'responses';
  /** How much the model thinks. Default: the model's own. */
  readonly reasoning?: Reasoning;
  /** How the deployment's Chat Completions differ from the usual. */
  readonly quirks?: Partial<Quirks>;
  /** Further fields of the request body. */
  readonly body?: { readonly [name: string]: unknown };
  /** What is known of the model behind the deployment; nothing is guessed from its name. */
  readonly info?: ModelInfo;
}

const keyVariable = 'AZURE_OPENAI_API_KEY';
const azureQuirks: Quirks = { ...standardQuirks, maxTokens: 'max_completion_tokens' };

/**
 * Makes a model of a deployment on Azure OpenAI, over the v1 API or a dated one
 * (https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle, read 2026-11).
 *
 * Key and resource default to `AZURE_OPENAI_API_KEY` and `AZURE_OPENAI_ENDPOINT`.
 */
export function azure(options: AzureOptions): Model {
  const { model: deployment, apiVersion, api, quirks, body, info = {}, timeouts, reasoning } = options;
  const id = `azure/${deployment}`;
  return openaiModel({
    id,
    vendor: 'azure',
    name: deployment,
    info,
    api: api ?? (apiVersion ? 'chat' : 'responses'),
    quirks: { ...azureQuirks, ...quirks },
    timeouts,
    reasoning,
    extraBody: body,
    keyVariable,
    connect: () => connect(options, id),
  });
}

async function connect(options: AzureOptions, id: string): Promise<HostOptions> {
  const address = findBaseUrl(options, { variables: ['AZURE_OPENAI_ENDPOINT'] });
  const where = { baseURL: deploymentAddress(address, options), query: versionOf(options) };
  if (options.token) {
    const token = carriedKey((await options.token()).trim(), 'azure');
    return { ...where, apiKey: token, headers: { ...options.headers } };
  }
  const apiKey = await findKey(options, { vendor: 'azure', model: id, variables: [keyVariable] });
  return { ...where, apiKey, headers: { authorization: null, 'api-key': apiKey, ...options.headers } };
}

function deploymentAddress(address: string, { model, apiVersion, api }: AzureOptions): string {
  const resource = address.replace(/\/openai(\/v1)?$/, '');
  if (!apiVersion) return `${resource}/openai/v1`;
  return api === 'responses' ? `${resource}/openai` : `${resource}/openai/deployments/${encodeURIComponent(model)}`;
}

function versionOf({ apiVersion }: AzureOptions): { readonly [name: string]: string } {
  return apiVersion ? { 'api-version': apiVersion } : {};
}
