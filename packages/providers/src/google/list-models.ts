import type { ModelInfo } from '@capstan/sdk/contract';
import { type Connection, findKey } from '../wire/connection.ts';
import { getJson } from '../wire/get-json.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { addressOf, headersOf, keyVariables } from './address.ts';

/**
 * Lists the models of the Gemini API that answer in text, as Google tells them.
 *
 * @throws {CapstanError} `auth_missing`, `auth_refused` and what else a vendor may refuse.
 */
export async function listModels(connection: Connection = {}): Promise<readonly ListedModel[]> {
  const apiKey = await findKey(connection, { vendor: 'google', model: 'google', variables: [...keyVariables] });
  const asked = { model: 'google', vendor: 'google', keyVariable: keyVariables[0], secrets: [apiKey] };
  const listed: ListedModel[] = [];
  for (let token: string | undefined, more = true; more;) {
    const url = new URL(`${addressOf(connection)}/models`);
    url.searchParams.set('pageSize', '1000');
    if (token !== undefined) url.searchParams.set('pageToken', token);
    const page = (await getJson(url, headersOf(apiKey, connection), asked)) as WirePage;
    const able = (page.models ?? []).filter((model) => model.supportedGenerationMethods?.includes('generateContent'));
    listed.push(...able.map((model) => ({ id: `google/${model.name.replace(/^models\//, '')}`, info: infoOf(model) })));
    more = Boolean(page.nextPageToken) && page.nextPageToken !== token;
    token = page.nextPageToken;
  }
  return listed;
}

/** A page of the list (https://ai.google.dev/api/models#method:-models.list, 2026-11-21). */
interface WirePage {
  readonly models?: readonly WireModel[];
  readonly nextPageToken?: string;
}

interface WireModel {
  readonly name: string;
  readonly inputTokenLimit?: number;
  readonly outputTokenLimit?: number;
  readonly supportedGenerationMethods?: readonly string[];
  readonly thinking?: boolean;
}

function infoOf({ inputTokenLimit: input, outputTokenLimit: output, thinking }: WireModel): ModelInfo {
  return {
    ...(input ? { contextWindow: input } : {}),
    ...(output ? { maxOutputTokens: output } : {}),
    ...(thinking === undefined ? {} : { reasoning: thinking }),
  };
}
