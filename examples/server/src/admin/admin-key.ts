import { CapstanError } from '@capstan/sdk/contract';
import { isSame } from '../devices/token.ts';
import type { RequestContext, Route } from '../http/route.ts';

/** Characters that a key of the administrator has at least, so that nobody finds it by trying. */
const shortest = 24;

/** @throws {CapstanError} `invalid_config` for a key that could be guessed. */
export function checkAdminKey(key: string): string {
  if (key.length >= shortest) return key;
  const text = `The administrator's key is shorter than ${shortest} characters. Make one with: openssl rand -base64 32`;
  throw new CapstanError('invalid_config', text, { where: 'admin.key' });
}

/**
 * Opens routes to the administrator alone. His key counts only in `Authorization: Bearer`: an address with a key in it is
 * kept in logs and histories.
 */
export function forAdmin(key: string, routes: readonly Route[]): readonly Route[] {
  return routes.map((route) => ({
    ...route,
    handle(context) {
      checkBearer(key, context);
      return route.handle(context);
    },
  }));
}

/** @throws {CapstanError} `auth_missing` or `auth_refused`. */
export function checkBearer(key: string, { request }: Pick<RequestContext, 'request'>): void {
  const found = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]?.trim();
  if (!found) throw new CapstanError('auth_missing', 'Send the key as "Authorization: Bearer …".');
  if (!isSame(found, key)) throw new CapstanError('auth_refused', 'The key is not right.');
}
