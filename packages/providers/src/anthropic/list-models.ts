import type { ModelInfo } from '@capstan/sdk/contract';
import { type Connection, findKey } from '../wire/connection.ts';
import { getJson } from '../wire/get-json.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { addressOf, headersOf } from './address.ts';

/**
 * Lists the models that a key may use, as Anthropic tells them; retired ones are left out.
 *
 * @throws {CapstanError} `auth_missing`, `auth_refused` and what else a vendor may refuse.
 */
export async function listModels(connection: Connection = {}): Promise<readonly ListedModel[]> {
  const apiKey = await findKey(connection, {
    vendor: 'anthropic',
    model: 'anthropic',
    variables: ['ANTHROPIC_API_KEY'],
  });
  const asked = { model: 'anthropic', vendor: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY', secrets: [apiKey] };
  const listed: ListedModel[] = [];
  for (let after: string | undefined, more = true; more;) {
    const url = new URL(`${addressOf(connection)}/v1/models`);
    url.searchParams.set('limit', '1000');
    if (after !== undefined) url.searchParams.set('after_id', after);
    const page = (await getJson(url, headersOf(apiKey, connection), asked)) as WirePage;
    const known = page.data.filter(({ lifecycle }) => lifecycle !== 'retired');
    listed.push(...known.map((model) => ({ id: `anthropic/${model.id}`, info: infoOf(model) })));
    more = page.has_more === true && page.last_id !== after && Boolean(page.last_id);
    after = page.last_id ?? undefined;
  }
  return listed;
}

/** A page of the list (https://platform.claude.com/docs/en/api/models/list, 2026-11-21). */
interface WirePage {
  readonly data: readonly WireModel[];
  readonly has_more?: boolean;
  readonly last_id?: string | null;
}

interface WireModel {
  readonly id: string;
  readonly lifecycle?: string;
  readonly max_input_tokens?: number | null;
  readonly max_tokens?: number | null;
  readonly capabilities?: {
    readonly image_input?: { readonly supported: boolean };
    readonly thinking?: { readonly supported: boolean };
  } | null;
}

function infoOf({ max_input_tokens: input, max_tokens: output, capabilities }: WireModel): ModelInfo {
  const { image_input: images, thinking } = capabilities ?? {};
  return {
    ...(input ? { contextWindow: input } : {}),
    ...(output ? { maxOutputTokens: output } : {}),
    ...(images ? { vision: images.supported } : {}),
    ...(thinking ? { reasoning: thinking.supported } : {}),
  };
}
