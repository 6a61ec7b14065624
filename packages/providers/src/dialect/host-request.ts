import type { Sending } from '../wire/exchange.ts';
import { joinHeaders, type HeaderOptions } from '../wire/headers.ts';

/** What a request to a host that speaks OpenAI's API needs; all of it the caller's, nothing read from the environment. */
export interface HostOptions {
  /** Empty where none is needed. */
  readonly apiKey: string;
  readonly baseURL: string;
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  readonly headers?: HeaderOptions | undefined;
  /** Query parameters of every request. */
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** Gives the address of a path of a host. */
export function hostUrl({ baseURL, query = {} }: HostOptions, path: string): URL {
  const url = new URL(`${baseURL.replace(/\/$/, '')}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/**
 * Gives the headers of every request (https://platform.openai.com/docs/api-reference/authentication). The caller's own
 * win, and `null` takes one out.
 */
export function hostHeaders({ apiKey, organization, project, headers }: HostOptions): Sending['headers'] {
  const own = {
    authorization: apiKey === '' ? undefined : `Bearer ${apiKey}`,
    'openai-organization': organization,
    'openai-project': project,
  };
  return joinHeaders({ accept: 'application/json' }, own, headers);
}
