import { isCapstanError } from '@capstan/sdk/contract';
import { garbled } from './json.ts';
import { type Asked, errorFromReply } from './http-error.ts';
import { networkError } from './network-error.ts';

/** Longest wait for a list, in milliseconds. */
const timeoutMs = 30_000;

/**
 * Gets a small JSON document of a vendor, such as a list of models. Redirects are not followed: no key goes elsewhere.
 *
 * @throws {CapstanError} As a request to a model does.
 */
export async function getJson(url: URL, headers: Readonly<Record<string, string>>, asked: Asked): Promise<object> {
  try {
    const reply = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    const text = await reply.text();
    if (reply.ok) return parsed(text, asked.model);
    const header = (name: string): string | undefined => reply.headers.get(name) ?? undefined;
    const location = header('location');
    throw errorFromReply(
      { status: reply.status, header, text: location ? `It redirects to ${location}` : text },
      asked,
      Date.now(),
    );
  } catch (error) {
    throw isCapstanError(error) ? error : networkError(error, { model: asked.model, url });
  }
}

function parsed(text: string, model: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below.
  }
  throw garbled(model, `a list that cannot be read ("${text.slice(0, 60)}")`);
}
