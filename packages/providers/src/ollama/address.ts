import { carriedKey, type Connection, findBaseUrl } from '../wire/connection.ts';
import { joinHeaders } from '../wire/headers.ts';

const fallback = 'http://127.0.0.1:11434';

/**
 * Finds where Ollama listens: `baseURL`, else `OLLAMA_HOST`, which may be a bare host, a port or an address to bind to,
 * else port 11434 of this machine.
 */
export function addressOf(connection: Connection): string {
  const { env = process.env } = connection;
  const host = env['OLLAMA_HOST']?.trim();
  const baseURL = connection.baseURL ?? (host ? fromHost(host) : fallback);
  return findBaseUrl({ ...connection, baseURL }, { variables: [], fallback }).replace(/\/(api|v1)$/, '');
}

/** The headers of each request. A key is sent where one is given, or to Ollama's own cloud. */
export function headersOf(connection: Connection, key: string | undefined): { readonly [name: string]: string } {
  const own = { 'content-type': 'application/json', authorization: key ? `Bearer ${key}` : undefined };
  return joinHeaders(own, connection.headers);
}

/** The key, where one is needed. */
export async function keyOf(connection: Connection): Promise<string | undefined> {
  const { apiKey, env = process.env } = connection;
  const given = typeof apiKey === 'function' ? await apiKey() : apiKey;
  const cloud = new URL(addressOf(connection)).hostname === 'ollama.com';
  const key = (given ?? (cloud ? env['OLLAMA_API_KEY'] : undefined))?.trim();
  return key && carriedKey(key, 'ollama');
}

function fromHost(host: string): string {
  const full = host.includes('://') ? host : `http://${host.startsWith(':') ? `127.0.0.1${host}` : host}`;
  if (!URL.canParse(full)) return host;
  const url = new URL(full);
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.port === '' && url.protocol === 'http:' && !/:80\b/.test(host)) url.port = '11434';
  return url.href;
}
