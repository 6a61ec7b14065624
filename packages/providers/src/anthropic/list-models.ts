import type Anthropic from '@anthropic-ai/sdk';
import type { CapstanError, ModelInfo } from '@capstan/sdk/contract';
import { type Connection, findKey } from '../wire/connection.ts';
import { type Asked, errorFromReply } from '../wire/http-error.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { networkError } from '../wire/network-error.ts';
import { addressOf, connector } from './sdk.ts';

/**
 * Lists the models that a key may use, as Anthropic tells them; retired ones are left out.
 *
 * @throws {CapstanError} `auth_missing`, `auth_refused` and what else a vendor may refuse.
 */
export async function listModels(connection: Connection = {}): Promise<readonly ListedModel[]> {
  const asked = { model: 'anthropic', vendor: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY' };
  const apiKey = await findKey(connection, {
    vendor: 'anthropic',
    model: 'anthropic',
    variables: ['ANTHROPIC_API_KEY'],
  });
  const { client } = await connector()({ apiKey, baseURL: addressOf(connection), headers: connection.headers });
  const listed: ListedModel[] = [];
  try {
    for await (const model of client.models.list({ limit: 1000 })) {
      if (model.lifecycle !== 'retired') listed.push({ id: `anthropic/${model.id}`, info: infoOf(model) });
    }
  } catch (error) {
    throw listError(error, { ...asked, secrets: [apiKey] });
  }
  return listed;
}

function infoOf({ max_input_tokens: input, max_tokens: output, capabilities }: Anthropic.ModelInfo): ModelInfo {
  return {
    ...(input ? { contextWindow: input } : {}),
    ...(output ? { maxOutputTokens: output } : {}),
    ...(capabilities ? { vision: capabilities.image_input.supported, reasoning: capabilities.thinking.supported } : {}),
  };
}

function listError(error: unknown, asked: Asked): CapstanError {
  const { status, headers, error: body } = error as { status?: number; headers?: Headers; error?: unknown };
  if (status === undefined || headers === undefined) return networkError(error, { model: asked.model });
  return errorFromReply(
    { status, header: (name) => headers.get(name) ?? undefined, text: JSON.stringify(body ?? '') },
    asked,
    Date.now(),
  );
}
