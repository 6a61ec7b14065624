import { CapstanError } from '@capstan/sdk/contract';

/**
 * Checks the address of a relay that the user names.
 *
 * @returns Its origin, and the path before `/v1` if it has one.
 * @throws {CapstanError} `invalid_config` for what is no address, holds a password, or would send a token in the clear.
 */
export function relayAddress(given: string): string {
  const wrong = (what: string) =>
    new CapstanError('invalid_config', `The relay's address ${what}. Give one such as https://relay.example.com.`, {
      where: 'CAPSTAN_RELAY_URL',
    });
  if (!URL.canParse(given)) throw wrong('cannot be read');
  const url = new URL(given);
  if (url.username || url.password || url.search || url.hash) throw wrong('holds more than a host and a path');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw wrong('must begin with https://, but for a relay on this machine');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Tells whether a host is this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
