import { isCapstanError, type ModelInfo } from '@capstan/sdk/contract';
import { listOpenaiModels } from '../dialect/list-models.ts';
import type { Connection } from '../wire/connection.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { connect, keyVariable } from './lmstudio.ts';

/** A model in LM Studio's own list (https://lmstudio.ai/docs/developer/rest/endpoints). */
interface WireModel {
  readonly id: string;
  readonly type?: string;
  readonly max_context_length?: number;
  /** What it was loaded with; absent while it is not loaded. */
  readonly loaded_context_length?: number;
  readonly capabilities?: readonly string[];
}

/** Lists the models that LM Studio has on its disk; those that only embed are left out. */
export async function listModels(connection: Connection = {}): Promise<readonly ListedModel[]> {
  const where = await connect(connection, 'lmstudio');
  const options = { vendor: 'lmstudio', keyVariable, connection: where };
  const own = { ...where, baseURL: `${where.baseURL.replace(/\/v1$/, '')}/api/v0` };
  try {
    return await listOpenaiModels<WireModel>({ ...options, connection: own, infoOf });
  } catch (error) {
    // Versions before 0.3.6 have only OpenAI's list.
    if (!isCapstanError(error) || error.code !== 'not_found') throw error;
    return listOpenaiModels<WireModel>({ ...options, infoOf });
  }
}

/** Tells whether an LM Studio server, or one like it, answers at the address. */
export async function detectServer(connection: Connection = {}): Promise<{ readonly url: string } | undefined> {
  const { baseURL } = await connect(connection, 'lmstudio');
  try {
    const reply = await fetch(`${baseURL}/models`, { signal: AbortSignal.timeout(1000), redirect: 'manual' });
    const { data } = (await reply.json()) as { data?: unknown };
    return Array.isArray(data) ? { url: baseURL } : undefined;
  } catch {
    return undefined;
  }
}

function infoOf({
  type,
  max_context_length: longest,
  loaded_context_length: loaded,
  capabilities,
}: WireModel): ModelInfo | undefined {
  if (type === 'embeddings') return undefined;
  const contextWindow = loaded ?? longest;
  return {
    price: { input: 0, output: 0 },
    local: true,
    ...(contextWindow ? { contextWindow } : {}),
    ...(type ? { vision: type === 'vlm' } : {}),
    ...(capabilities ? { tools: capabilities.includes('tool_use') } : {}),
  };
}
