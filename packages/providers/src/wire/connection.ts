import { CapstanError } from '@capstan/sdk/contract';
import type { Timeouts } from './exchange.ts';

/** What every vendor over the network takes. */
export interface Connection {
  /** The key, or a function that gives it at each request. Default: the vendor's environment variable. */
  readonly apiKey?: string | (() => string | undefined | Promise<string | undefined>);
  /** Address of the API, for example `http://127.0.0.1:8080/v1`. Default: the vendor's own. */
  readonly baseURL?: string;
  /** Headers for every request; `null` takes one away. */
  readonly headers?: { readonly [name: string]: string | null };
  readonly timeouts?: Timeouts;
  /** Environment to read keys and addresses from, at each request. Default `process.env`. */
  readonly env?: Environment;
}

export type Environment = { readonly [name: string]: string | undefined };

/** Where a vendor's key comes from. */
export interface KeySource {
  readonly vendor: string;
  /** `vendor/name`, for the message. */
  readonly model: string;
  /** Environment variables, the first that is set wins. */
  readonly variables: readonly [string, ...string[]];
  /** The server may do without a key: `none` is sent. */
  readonly optional?: boolean;
}

/**
 * Finds the key of a vendor, at the moment of a request, so that a new key counts at once.
 *
 * @throws {CapstanError} `auth_missing`, naming the variable and the command that stores a key.
 */
export async function findKey(
  connection: Connection,
  { vendor, model, variables, optional }: KeySource,
): Promise<string> {
  const { apiKey, env = process.env } = connection;
  const given = typeof apiKey === 'function' ? await apiKey() : apiKey;
  const key = (given ?? variables.map((name) => env[name]).find(Boolean))?.trim();
  if (key) return carriedKey(key, vendor);
  if (optional) return 'none';
  throw new CapstanError(
    'auth_missing',
    `${model} needs a key. Set ${variables[0]}, or run: capstan auth login ${vendor}`,
    {
      model,
      where: variables[0],
    },
  );
}

/**
 * Checks a key before it comes near a header: what refuses it there repeats it in words.
 *
 * @throws {CapstanError} `invalid_config` for a key with a line break or anything else that no header carries.
 */
export function carriedKey(key: string, vendor: string): string {
  if (!/[^\x20-\x7e]/.test(key)) return key;
  const text = `The key for ${vendor} holds a line break or another character that no key has. Copy it again.`;
  throw new CapstanError('invalid_config', text, { where: 'apiKey', retryable: false });
}

/** Where a vendor's address comes from. */
export interface AddressSource {
  /** Environment variables, the first that is set wins. */
  readonly variables: readonly string[];
  /** The vendor's own address; absent where every customer has another. */
  readonly fallback?: string;
}

/**
 * Reads the address at the moment of a request.
 *
 * @throws {CapstanError} `invalid_config` for what is no HTTP address, or when none is given and none is known.
 */
export function findBaseUrl(connection: Connection, { variables, fallback }: AddressSource): string {
  const { baseURL, env = process.env } = connection;
  const address = baseURL ?? variables.map((name) => env[name]).find(Boolean) ?? fallback;
  if (address === undefined)
    throw new CapstanError(
      'invalid_config',
      `No address is known. ${variables[0] ? `Set ${variables[0]} or give` : 'Give'} baseURL.`,
      {
        where: 'baseURL',
      },
    );
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return address.replace(/\/+$/, '');
  const text = `"${address}" is no address of an API. Give one such as https://api.example.com/v1.`;
  throw new CapstanError('invalid_config', text, { where: 'baseURL' });
}
