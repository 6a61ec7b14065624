import type { ModelInfo } from '@capstan/sdk/contract';
import { getJson } from '../wire/get-json.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { hostHeaders, hostUrl, type HostOptions } from './host-request.ts';

export interface ListOptions<Entry> {
  readonly vendor: string;
  readonly keyVariable: string;
  readonly connection: HostOptions;
  /** Default `/models`. */
  readonly path?: string;
  /** What the vendor tells of a model; `undefined` leaves it out. Default: nothing is told. */
  readonly infoOf?: (entry: Entry) => ModelInfo | undefined;
}

/** Lists models over the `/models` of any host that speaks OpenAI's API. @throws {CapstanError} As a request does. */
export async function listOpenaiModels<Entry extends { readonly id: string }>(
  options: ListOptions<Entry>,
): Promise<readonly ListedModel[]> {
  const { vendor, keyVariable, connection, path = '/models', infoOf = () => ({}) } = options;
  const asked = { model: vendor, vendor, keyVariable, secrets: [connection.apiKey] };
  const page = await getJson(hostUrl(connection, path), hostHeaders(connection), asked);
  const { data = [] } = page as { readonly data?: readonly Entry[] };
  return data.flatMap((entry) => {
    const info = infoOf(entry);
    return info ? [{ id: `${vendor}/${entry.id}`, info }] : [];
  });
}
