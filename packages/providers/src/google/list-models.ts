import type { CapstanError, ModelInfo } from '@capstan/sdk/contract';
import type { Model as WireModel } from '@google/genai';
import { type Connection, findKey } from '../wire/connection.ts';
import { type Asked, errorFromReply } from '../wire/http-error.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { networkError } from '../wire/network-error.ts';
import { addressOf, connector, keyVariables } from './sdk.ts';

/**
 * Lists the models of the Gemini API that answer in text, as Google tells them.
 *
 * @throws {CapstanError} `auth_missing`, `auth_refused` and what else a vendor may refuse.
 */
export async function listModels(connection: Connection = {}): Promise<readonly ListedModel[]> {
  const apiKey = await findKey(connection, { vendor: 'google', model: 'google', variables: [...keyVariables] });
  const client = await connector()({ apiKey, baseURL: addressOf(connection), headers: connection.headers });
  const listed: ListedModel[] = [];
  try {
    for await (const model of await client.models.list({ config: { pageSize: 1000 } })) {
      if (model.name && model.supportedActions?.includes('generateContent'))
        listed.push({ id: `google/${model.name.replace(/^models\//, '')}`, info: infoOf(model) });
    }
  } catch (error) {
    throw listError(error, { model: 'google', vendor: 'google', keyVariable: keyVariables[0], secrets: [apiKey] });
  }
  return listed;
}

function infoOf({ inputTokenLimit: input, outputTokenLimit: output, thinking }: WireModel): ModelInfo {
  return {
    ...(input ? { contextWindow: input } : {}),
    ...(output ? { maxOutputTokens: output } : {}),
    ...(thinking === undefined ? {} : { reasoning: thinking }),
  };
}

/** The SDK keeps the status of most refusals beside, and of a redirect only inside, the words of its error. */
function listError(error: unknown, asked: Asked): CapstanError {
  const { status, message = '' } = error as { status?: number; message?: string };
  const code = status ?? Number(/"code":(\d{3})\b/.exec(message)?.[1]);
  if (Number.isNaN(code)) return networkError(error, { model: asked.model });
  return errorFromReply({ status: code, header: () => undefined, text: message }, asked, Date.now());
}
