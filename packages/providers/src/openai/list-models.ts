import { listOpenaiModels } from '../dialect/list-models.ts';
import type { Connection } from '../wire/connection.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { connect } from './openai.ts';

/** Lists the models that a key may use at OpenAI or a compatible host; the API tells no more than their names. */
export async function listModels(connection: Connection = {}): Promise<readonly ListedModel[]> {
  return listOpenaiModels({
    vendor: 'openai',
    keyVariable: 'OPENAI_API_KEY',
    connection: await connect(connection, 'openai'),
  });
}
