import { lookup as dnsLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { checkUrl } from './check-url.ts';
import type { UrlCheck } from './check-url.ts';
import { matchHost } from './match-host.ts';

/** Finds every address of a host. */
export type LookupAll = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface GuardedFetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Hosts that may be reached; absent: every public one. An internal host must be named with its port. */
  readonly hosts?: readonly string[];
  /** Default 5. */
  readonly maxRedirects?: number;
  /** Bytes of body after which reading fails. Default 10 MiB. */
  readonly maxBytes?: number;
  /** Looks names up. Default: the system's resolver. */
  readonly lookup?: LookupAll;
}

/** A request that the guard refused; `check` says where it led. */
export class NetworkRefused extends Error {
  override readonly name = 'NetworkRefused';
  readonly url: string;
  readonly check: UrlCheck;

  constructor(url: string, check: UrlCheck) {
    super(
      `${check.reason} The request to ${shownUrl(url)} was not made. Use a public web address, or ask the user to allow this host.`,
    );
    this.url = url;
    this.check = check;
  }
}

/**
 * Fetches a URL, but only from the public network.
 *
 * The name is looked up once, every address is checked, and the connection is made to one that was checked, so a name
 * that changes its address meanwhile is no way in. Each redirect is checked the same way; a redirect to another origin
 * loses `authorization` and `cookie`, and one from HTTPS to HTTP is refused. Proxies are not used.
 *
 * @throws {NetworkRefused} for what the guard does not reach; other errors as the network gives them.
 */
export async function guardedFetch(url: string, options: GuardedFetchOptions = {}): Promise<Response> {
  const { maxRedirects = 5 } = options;
  let target = url;
  let current = options;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const reply = await send(target, current);
    const { statusCode = 0, headers } = reply;
    const { location } = headers;
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined)
      return responseOf(reply, options.maxBytes);
    reply.destroy();
    const next = URL.canParse(location, target) ? new URL(location, target).href : location;
    if (/^https:/i.test(target) && /^http:/i.test(next)) {
      throw new NetworkRefused(next, { kind: 'unsafe', reason: 'The redirect leaves HTTPS for HTTP.' });
    }
    current = redirected(current, { statusCode, sameOrigin: sameOrigin(target, next) });
    target = next;
  }
  throw new NetworkRefused(target, { kind: 'unsafe', reason: `There were more than ${maxRedirects} redirects.` });
}

function redirected(
  options: GuardedFetchOptions,
  { statusCode, sameOrigin }: { readonly statusCode: number; readonly sameOrigin: boolean },
): GuardedFetchOptions {
  const method = options.method ?? 'GET';
  const drops = statusCode === 303 || (statusCode < 303 && method === 'POST');
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).filter(
      ([name]) =>
        (sameOrigin || !/^(?:authorization|cookie|proxy-authorization|x-api-key)$/i.test(name)) &&
        !(drops && /^content-/i.test(name)),
    ),
  );
  const { body, ...rest } = options;
  return { ...rest, headers, ...(drops ? { method: 'GET' } : body === undefined ? {} : { body }) };
}

function sameOrigin(a: string, b: string): boolean {
  return URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

/** Checks a URL as far as it goes without DNS, then with every address, and sends to the first one. */
async function send(url: string, options: GuardedFetchOptions): Promise<IncomingMessage> {
  options.signal?.throwIfAborted();
  allowed(url, [], options);
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const literal = checkUrl(url).host !== undefined && /^[\d.]+$|:/.test(host);
  const addresses = literal
    ? [{ address: host, family: host.includes(':') ? 6 : 4 }]
    : await (options.lookup ?? systemLookup)(host);
  allowed(
    url,
    addresses.map(({ address }) => address),
    options,
  );
  const [first] = addresses;
  if (!first) throw new NetworkRefused(url, { kind: 'unsafe', reason: `${host} has no address.` });
  // By `import` all of node:http's exports would be evaluated, a second client among them.
  const { request } = process.getBuiltinModule(target.protocol === 'https:' ? 'node:https' : 'node:http');
  return new Promise((resolve, reject) => {
    const sent = request(
      target,
      {
        method: options.method ?? 'GET',
        headers: { 'accept-encoding': 'identity', ...options.headers },
        ...(options.signal ? { signal: options.signal } : {}),
        agent: false,
        // The socket asks for the address again; it gets the one that was checked.
        lookup: (_name, asked, done) => {
          if (asked.all) done(null, [...addresses] as LookupAddress[]);
          else done(null, first.address, first.family);
        },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

function allowed(url: string, addresses: readonly string[], { hosts }: GuardedFetchOptions): void {
  if (!/^https?:/i.test(url))
    throw new NetworkRefused(url, { kind: 'unsafe', reason: 'Only http and https are fetched.' });
  const check = checkUrl(url, addresses);
  const named = hosts?.some((pattern) => matchHost(url, pattern)) ?? false;
  const exact =
    hosts?.some((pattern) => /:\d+$/.test(pattern) && !pattern.startsWith('*') && matchHost(url, pattern)) ?? false;
  if (check.kind === 'metadata' || check.kind === 'unsafe') throw new NetworkRefused(url, check);
  if (check.kind !== 'public' && !exact && !(check.kind === 'unusual' && named)) throw new NetworkRefused(url, check);
  if (hosts && !named)
    throw new NetworkRefused(url, {
      ...check,
      reason: `${check.host ?? 'The host'} is not on the list of allowed hosts.`,
    });
}

function responseOf(reply: IncomingMessage, maxBytes = 10 * 1024 * 1024): Response {
  const status = reply.statusCode ?? 502;
  const headers = new Headers();
  for (let at = 0; at + 1 < reply.rawHeaders.length; at += 2)
    headers.append(reply.rawHeaders[at] ?? '', reply.rawHeaders[at + 1] ?? '');
  const empty = status === 204 || status === 205 || status === 304;
  if (empty) reply.resume();
  const body = empty ? null : (Readable.toWeb(Readable.from(limited(reply, maxBytes))) as ReadableStream<Uint8Array>);
  return new Response(body, { status, statusText: reply.statusMessage ?? '', headers });
}

async function* limited(reply: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of reply as AsyncIterable<Uint8Array>) {
    read += chunk.byteLength;
    if (read > maxBytes) {
      reply.destroy();
      throw new Error(`The reply is longer than ${maxBytes} bytes. Ask for a part of it.`);
    }
    yield chunk;
  }
}

const systemLookup: LookupAll = (host) =>
  new Promise((resolve, reject) => {
    dnsLookup(host, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses);
    });
  });

function shownUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'that address';
}
