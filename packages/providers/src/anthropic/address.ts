import { type Connection, findBaseUrl } from '../wire/connection.ts';
import type { Sending } from '../wire/exchange.ts';
import { joinHeaders } from '../wire/headers.ts';

/** Anthropic's own address. */
export const ownAddress = 'https://api.anthropic.com';

/** Finds the address before `/v1`, which each path begins with; an address that has it already means the same. */
export function addressOf(connection: Connection): string {
  return findBaseUrl(connection, { variables: ['ANTHROPIC_BASE_URL'], fallback: ownAddress }).replace(/\/v1$/, '');
}

/** The version of the API that requests and replies are of (https://platform.claude.com/docs/en/api/versioning, 2026-11-21). */
const version = '2023-06-01';

/** Gives the headers of every request. The caller's own win, and `null` takes one out. */
export function headersOf(apiKey: string, { headers }: Connection, betas: readonly string[] = []): Sending['headers'] {
  const own = {
    accept: 'application/json',
    'x-api-key': apiKey,
    'anthropic-version': version,
    'anthropic-beta': betas.length > 0 ? betas.join(',') : undefined,
  };
  return joinHeaders(own, headers);
}
