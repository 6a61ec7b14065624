import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { CapstanError } from '@capstan/sdk/contract';
import type { HeaderValues } from './send.ts';

export interface GuardOptions {
  /** Origins of web pages that may call, for example `https://app.example`; `*` for all. */
  readonly origins: readonly string[];
  /** Names under which the server may be called; absent: any. */
  readonly hosts?: readonly string[];
}

/** Looks at a request before its route does. */
export interface Guard {
  /**
   * Gives the headers that let a page of an allowed origin read the response; none when no page is asking.
   *
   * @throws {CapstanError} `auth_refused` with status 403 for another page, 421 for a name that is not the server's.
   */
  check(request: IncomingMessage): HeaderValues | undefined;
}

/**
 * Makes the guard against web pages: a page of a stranger may neither call a server on the user's machine, nor reach it
 * under a name of its own that it lets point here.
 */
export function createGuard({ origins, hosts }: GuardOptions): Guard {
  const all = origins.includes('*');
  const allowed = new Set(origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  const names = hosts && new Set(hosts.map((host) => host.toLowerCase()));
  return {
    check(request) {
      const host = request.headers.host?.toLowerCase() ?? '';
      if (names && !names.has(nameOf(host))) throw strangeHost(names);
      const { origin } = request.headers;
      if (origin === undefined) return undefined;
      const lower = origin.toLowerCase();
      if (all || allowed.has(lower)) return corsHeaders(all ? '*' : origin);
      if (lower === `http://${host}` || lower === `https://${host}`) return undefined;
      throw new CapstanError(
        'auth_refused',
        'Pages of this origin may not call the relay. Add the origin to server.origins of its configuration.',
        { status: 403 },
      );
    },
  };
}

/** What a browser asks before it sends a request with a key. */
export const preflightHeaders: HeaderValues = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-max-age': '600',
};

function corsHeaders(origin: string): HeaderValues {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers':
      'x-request-id, request-id, retry-after, retry-after-ms, ratelimit, ratelimit-policy, x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens',
    vary: 'origin',
  };
}

/** The host without its port; an IPv6 address without its brackets. */
function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(host);
  if (bracketed) return bracketed[1] ?? '';
  return isIP(host) === 6 ? host : host.replace(/:\d+$/, '');
}

function strangeHost(names: ReadonlySet<string>): CapstanError {
  const text = `The relay is not known by the name of this request. It answers to ${[...names].join(', ')}.`;
  return new CapstanError('auth_refused', text, { status: 421 });
}
