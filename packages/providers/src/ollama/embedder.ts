import { CapstanError } from '@capstan/sdk/contract';
import type { Connection } from '../wire/connection.ts';
import { callServer } from './server.ts';

/** A model on the server that makes vectors of texts. */
export interface Embedder {
  /** Its name on the server, such as `nomic-embed-text:latest`. */
  readonly model: string;
  /**
   * Gives one vector a text, in their order; texts beyond the model's window are cut.
   *
   * @throws {CapstanError} `model_failed`, `aborted` through the signal.
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly (readonly number[])[]>;
}

/**
 * Finds a model on an Ollama server that makes vectors of texts.
 *
 * @param connection `timeouts.firstByteMs` bounds the search.
 * @returns Undefined where the server has none.
 * @throws {CapstanError} `model_failed` when nothing listens.
 */
export async function findEmbedder(connection: Connection = {}): Promise<Embedder | undefined> {
  const { timeouts } = connection;
  const signal = timeouts?.firstByteMs === undefined ? undefined : AbortSignal.timeout(timeouts.firstByteMs);
  const { models = [] } = (await (await callServer(connection, '/api/tags', { signal })).json()) as {
    models?: readonly { readonly name: string }[];
  };
  for (const { name } of models) {
    const shown = (await (await callServer(connection, '/api/show', { body: { model: name }, signal })).json()) as {
      capabilities?: readonly string[];
    };
    // Servers before 0.6.4 do not tell what a model can do.
    const able = shown.capabilities?.includes('embedding') ?? /embed|minilm|\bbge\b|\bgte\b/i.test(name);
    if (able) return { model: name, embed: (texts, stop) => embedTexts(connection, name, texts, stop) };
  }
  return undefined;
}

async function embedTexts(
  connection: Connection,
  model: string,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly (readonly number[])[]> {
  const reply = await callServer(connection, '/api/embed', { body: { model, input: [...texts] }, signal });
  const { embeddings } = (await reply.json()) as { embeddings?: unknown };
  if (Array.isArray(embeddings) && embeddings.length === texts.length && embeddings.every(isVector)) return embeddings;
  throw new CapstanError('model_failed', `${model} gave no vectors for ${texts.length} texts.`, {
    model: `ollama/${model}`,
  });
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number');
}
