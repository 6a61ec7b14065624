import { CapstanError, type Json, type ModelInfo } from '@capstan/sdk/contract';
import type { Connection } from '../wire/connection.ts';
import { errorFromReply } from '../wire/http-error.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { networkError, timeoutError } from '../wire/network-error.ts';
import { addressOf, headersOf, keyOf } from './address.ts';
import { costsNothing } from './known.ts';
import { lineDecoder } from './lines.ts';

/** How far a model has been loaded onto the server. */
export interface PullProgress {
  /** For example `pulling manifest`, `pulling 3e4cb1417446`, `success`. */
  readonly status: string;
  /** The layer that is loaded. */
  readonly digest?: string;
  /** Bytes of that layer, all and so far. */
  readonly total?: number;
  readonly completed?: number;
}

/**
 * Tells whether an Ollama server answers, and its version.
 *
 * @param options.timeoutMs How long to wait; default 1,000.
 * @returns `undefined` when nothing answers, or something else does.
 */
export async function detectServer(
  options: Connection & { readonly timeoutMs?: number } = {},
): Promise<{ readonly version: string; readonly url: string } | undefined> {
  const url = addressOf(options);
  try {
    const reply = await fetch(`${url}/api/version`, {
      headers: headersOf(options, await keyOf(options)),
      signal: AbortSignal.timeout(options.timeoutMs ?? 1000),
      redirect: 'manual',
    });
    const { version } = (await reply.json()) as { version?: unknown };
    return typeof version === 'string' ? { version, url } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lists the models on the server, with what the server knows of each.
 *
 * @throws {CapstanError} `model_failed` when nothing listens, or no answer came within `timeouts.firstByteMs`.
 */
export async function listModels(connection: Connection = {}): Promise<readonly ListedModel[]> {
  const limit = timeLimit(connection);
  const { models = [] } = (await (await callServer(connection, '/api/tags', limit)).json()) as {
    models?: readonly { readonly name: string }[];
  };
  const address = addressOf(connection);
  return Promise.all(
    models.map(async ({ name }) => {
      const shown = (await (
        await callServer(connection, '/api/show', { body: { model: name }, ...limit })
      ).json()) as WireShow;
      return { id: `ollama/${name}`, info: { ...infoOf(shown), ...costsNothing(address, name) } };
    }),
  );
}

/** One limit for a whole list, where one is given. */
function timeLimit({ timeouts }: Connection): { readonly signal?: AbortSignal } {
  return timeouts?.firstByteMs === undefined ? {} : { signal: AbortSignal.timeout(timeouts.firstByteMs) };
}

/**
 * Loads a model onto the server and tells how far it is.
 *
 * @throws {CapstanError} `not_found` for a model that does not exist, `aborted` when the signal aborts, `model_failed`.
 */
export async function* pullModel(
  name: string,
  options: Connection & { readonly signal?: AbortSignal } = {},
): AsyncGenerator<PullProgress, void, undefined> {
  const reply = await callServer(options, '/api/pull', { body: { model: name, stream: true }, signal: options.signal });
  const lines = lineDecoder();
  let last = '';
  try {
    for await (const chunk of reply.body ?? []) {
      for (const { data } of lines.push(chunk)) yield progressOf(data, (status) => (last = status));
    }
  } catch (error) {
    throw options.signal?.aborted ? aborted(name) : networkError(error, { model: `ollama/${name}` });
  }
  for (const { data } of lines.end()) yield progressOf(data, (status) => (last = status));
  if (last !== 'success')
    throw new CapstanError(
      'model_failed',
      `Pulling ${name} ended at "${last}". Pull it again: it goes on where it stopped.`,
      { retryable: true },
    );
}

interface WireShow {
  readonly capabilities?: readonly string[];
  readonly model_info?: { readonly [key: string]: unknown };
}

function infoOf({ capabilities, model_info: facts = {} }: WireShow): ModelInfo {
  const length = Object.entries(facts).find(([key]) => key.endsWith('.context_length'))?.[1];
  return {
    ...(typeof length === 'number' ? { contextWindow: length } : {}),
    ...(capabilities
      ? {
          tools: capabilities.includes('tools'),
          vision: capabilities.includes('vision'),
          reasoning: capabilities.includes('thinking'),
        }
      : {}),
  };
}

function progressOf(data: string, seen: (status: string) => void): PullProgress {
  const line = JSON.parse(data) as { readonly error?: unknown } & PullProgress;
  if (line.error === undefined) {
    seen(line.status);
    return line;
  }
  const missing = /not exist|not found/.test(String(line.error));
  throw new CapstanError(
    missing ? 'not_found' : 'model_failed',
    `Ollama could not pull the model: ${String(line.error)}. Check its name at https://ollama.com/library.`,
  );
}

/** Makes one call of the server. @throws {CapstanError} `model_failed`, `aborted`, and what its status says. */
export async function callServer(
  connection: Connection,
  path: string,
  { body, signal }: { readonly body?: Json; readonly signal?: AbortSignal | undefined } = {},
): Promise<Response> {
  const url = new URL(`${addressOf(connection)}${path}`);
  const key = await keyOf(connection);
  const asked = { model: 'ollama', vendor: 'ollama', keyVariable: 'OLLAMA_API_KEY', secrets: [key] };
  const init = {
    headers: headersOf(connection, key),
    redirect: 'manual' as const,
    ...(signal ? { signal } : {}),
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  };
  const reply = await fetch(url, init).catch((error: unknown) => {
    if (isTimeout(signal)) throw timeoutError('first byte', 'ollama', connection.timeouts?.firstByteMs ?? 0);
    throw signal?.aborted ? aborted('Ollama') : networkError(error, { model: 'ollama', url });
  });
  if (reply.ok) return reply;
  throw errorFromReply(
    { status: reply.status, header: (name) => reply.headers.get(name) ?? undefined, text: await reply.text() },
    asked,
    Date.now(),
  );
}

function aborted(what: string): CapstanError {
  return new CapstanError('aborted', `The call of ${what} was stopped.`);
}

function isTimeout(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && (signal.reason as Error | undefined)?.name === 'TimeoutError';
}
