import { CapstanError } from '@capstan/sdk/contract';
import type { Environment } from '../config/environment-settings.ts';
import type { SecretReference, UpstreamSettings } from '../config/schema.ts';
import type { WeightedKey } from './key-ring.ts';

/** Where secrets are. */
export interface SecretSources {
  readonly env: Environment;
  /** Gives a key from the key store. */
  readonly stored: (name: string) => Promise<string | undefined>;
}

/**
 * Looks up the keys that a configuration names.
 *
 * @throws {CapstanError} `auth_missing` for one that is not there; `invalid_config` for what no header carries.
 */
export async function resolveKeys(
  upstream: string,
  references: readonly SecretReference[],
  sources: SecretSources,
): Promise<readonly WeightedKey[]> {
  return Promise.all(
    references.map(async (reference) => {
      const name = 'env' in reference ? reference.env : reference.store;
      const value = ('env' in reference ? sources.env[name] : await sources.stored(name))?.trim();
      const place = 'env' in reference ? `the environment variable ${name}` : `the key store under "${name}"`;
      if (!value) {
        const text = `The upstream ${upstream} has no key: ${place} is empty. Set it, or take it out of the configuration.`;
        throw new CapstanError('auth_missing', text, { where: `upstreams.${upstream}.keys` });
      }
      if (/[^\x21-\x7e]/.test(value)) {
        const text = `The key of ${upstream} in ${place} holds a blank or another character that no key has. Copy it again.`;
        throw new CapstanError('invalid_config', text, { where: `upstreams.${upstream}.keys` });
      }
      return { value, weight: reference.weight ?? 1 };
    }),
  );
}

/** The headers that a configuration adds to each request, secret ones looked up, and the values of those. */
export function resolveHeaders(
  upstream: string,
  { headers = {} }: UpstreamSettings,
  env: Environment,
): { readonly headers: Readonly<Record<string, string>>; readonly secrets: readonly string[] } {
  const found: Record<string, string> = {};
  const secrets: string[] = [];
  for (const [name, given] of Object.entries(headers)) {
    const value = typeof given === 'string' ? given : env[given.env];
    if (value === undefined || !/^[\x20-\x7e]*$/.test(value) || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      const text = `The header "${name}" of the upstream ${upstream} is empty or cannot be sent. Check it.`;
      throw new CapstanError('invalid_config', text, { where: `upstreams.${upstream}.headers` });
    }
    found[name.toLowerCase()] = value;
    if (typeof given !== 'string') secrets.push(value, value.replace(/^(bearer|basic) +/i, ''));
  }
  return { headers: found, secrets };
}
