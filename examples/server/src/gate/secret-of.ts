import { CapstanError } from '@capstan/sdk';
import type { GateSettings } from './gate-settings.ts';

export type Environment = { readonly [name: string]: string | undefined };

/**
 * Finds a secret that the configuration names.
 *
 * @throws {CapstanError} `invalid_config` naming the variable that is not set.
 */
export function secretOf(reference: { readonly env: string }, env: Environment): string {
  const value = env[reference.env];
  if (value) return value;
  throw new CapstanError('invalid_config', `The configuration names ${reference.env}, which is not set. Set it.`, {
    where: reference.env,
  });
}

/** An address that stands in the configuration, or in a variable that it names. */
function addressOf(address: string | { readonly env: string }, env: Environment): string {
  return typeof address === 'string' ? address : secretOf(address, env);
}

/** The address of the database: of the configuration, else of `CAPSTAN_RELAY_DATABASE`; `undefined` for the embedded one. */
export function databaseAddress({ store }: Pick<GateSettings, 'store'>, env: Environment): string | undefined {
  return store.database ? addressOf(store.database, env) : env['CAPSTAN_RELAY_DATABASE'] || undefined;
}

/** The address of Redis, likewise with `CAPSTAN_RELAY_REDIS`. */
export function redisAddress({ store }: Pick<GateSettings, 'store'>, env: Environment): string | undefined {
  return store.redis ? addressOf(store.redis, env) : env['CAPSTAN_RELAY_REDIS'] || undefined;
}
