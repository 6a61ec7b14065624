import type { IncomingMessage } from 'node:http';

/**
 * Finds the token where each vendor's client puts its key: `Authorization: Bearer`, `x-api-key`, `x-goog-api-key`, and
 * the query's `key` that Gemini's REST examples use.
 */
export function requestToken(request: IncomingMessage, query: () => URLSearchParams): string | undefined {
  const { headers } = request;
  const bearer = bearerOf(headers.authorization) ?? first(headers['x-api-key']) ?? first(headers['x-goog-api-key']);
  if (bearer !== undefined) return bearer;
  const found = request.url?.includes('key=') ? query().get('key')?.trim() : undefined;
  return found === '' ? undefined : found;
}

function bearerOf(value: string | undefined): string | undefined {
  if (value === undefined || !/^bearer /i.test(value)) return undefined;
  const token = value.slice(7).trim();
  return token === '' ? undefined : token;
}

function first(value: string | string[] | undefined): string | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  return text === '' ? undefined : text;
}
