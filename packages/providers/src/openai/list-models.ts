import { listOpenaiModels } from '../dialect/list-models.ts';
import type { Connection } from '../wire/connection.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { connect, type Host, keyVariableOf } from './openai.ts';

/** Lists the models that a key may use at OpenAI or a compatible host; the API tells no more than their names. */
export async function listModels(
  connection: Connection & { readonly host?: Host } = {},
): Promise<readonly ListedModel[]> {
  const vendor = connection.host?.name ?? 'openai';
  return listOpenaiModels({
    vendor,
    keyVariable: keyVariableOf(connection.host),
    connection: await connect(connection, vendor),
  });
}
