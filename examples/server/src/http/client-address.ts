import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { CapstanError } from '@capstan/sdk/contract';

/** Finds where a request comes from. */
export type ClientAddress = (request: IncomingMessage) => string;

/**
 * Makes a function that finds a client's address: the socket's, or, where that is a trusted proxy, the last address of
 * `x-forwarded-for` that no trusted proxy wrote. Anybody can write that header, so it counts from nobody else.
 *
 * @param proxies Addresses or networks such as `10.0.0.0/8`.
 * @throws {CapstanError} `invalid_config` for what is neither.
 */
export function clientAddress(proxies: readonly string[]): ClientAddress {
  const trusted = new BlockList();
  for (const proxy of proxies) addTo(trusted, proxy);
  const isTrusted = (address: string): boolean => {
    const family = isIP(address);
    return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
  return (request) => {
    const direct = plain(request.socket.remoteAddress ?? '');
    const forwarded = proxies.length > 0 ? request.headers['x-forwarded-for'] : undefined;
    if (!forwarded || !isTrusted(direct)) return direct;
    const hops = String(forwarded).split(',').map(plain);
    const client = hops.findLast((hop) => !isTrusted(hop));
    return client !== undefined && isIP(client) !== 0 ? client : direct;
  };
}

function addTo(list: BlockList, proxy: string): void {
  const [address = '', prefix] = proxy.split('/');
  const family = isIP(address);
  const bits = prefix === undefined ? undefined : Number(prefix);
  const fits = bits === undefined || (Number.isInteger(bits) && bits >= 0 && bits <= (family === 6 ? 128 : 32));
  if (family === 0 || !fits) {
    const text = `"${proxy}" is no address of a proxy. Give one such as 10.0.0.7 or 10.0.0.0/8.`;
    throw new CapstanError('invalid_config', text, { where: 'server.trustedProxies' });
  }
  const type = family === 6 ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(address, type);
  else list.addSubnet(address, bits, type);
}

/** An IPv4 address inside IPv6 is the IPv4 address. */
function plain(address: string): string {
  const text = address.trim();
  return text.startsWith('::ffff:') && isIP(text.slice(7)) === 4 ? text.slice(7) : text;
}
