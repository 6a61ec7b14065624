import { type CapstanError, isCapstanError, type ModelInfo } from '@capstan/sdk/contract';
import { type Asked, errorFromReply } from '../wire/http-error.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { networkError } from '../wire/network-error.ts';
import { type ClientOptions, openaiClient } from './client.ts';

export interface ListOptions<Entry> {
  readonly vendor: string;
  readonly keyVariable: string;
  readonly connection: ClientOptions;
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
  const client = await openaiClient(connection);
  try {
    const page = (await client.get(path, { timeout: 30_000 })) as { readonly data?: readonly Entry[] } | undefined;
    return (page?.data ?? []).flatMap((entry) => {
      const info = infoOf(entry);
      return info ? [{ id: `${vendor}/${entry.id}`, info }] : [];
    });
  } catch (error) {
    throw listError(error, { model: vendor, vendor, keyVariable, secrets: [connection.apiKey] });
  }
}

function listError(error: unknown, asked: Asked): CapstanError {
  if (isCapstanError(error)) return error;
  const { status, headers, error: body } = error as SdkError;
  if (status === undefined) return networkError(error, { model: asked.model });
  const header = (name: string): string | undefined => headers?.get(name) ?? undefined;
  return errorFromReply({ status, header, text: JSON.stringify(body ?? '') }, asked, Date.now());
}

interface SdkError {
  readonly status?: number;
  readonly headers?: Headers;
  readonly error?: unknown;
}
