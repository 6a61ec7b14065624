import { CapstanError, type Model } from '@capstan/sdk/contract';
import type { Connection } from '../wire/connection.ts';
import { lazyModel } from './lazy-model.ts';
import { vendors } from './vendors.ts';

/** How to reach a model; the rest is known by its vendor. */
export type ModelOptions = Connection;

/**
 * Gives a model by its id, `vendor/name`. Nothing is loaded and no key is needed before the first request.
 *
 * @throws {CapstanError} `invalid_config` for a vendor that does not exist.
 */
export function model(id: string, options: ModelOptions = {}): Model {
  const slash = id.indexOf('/');
  const vendor = vendors[id.slice(0, slash)];
  const name = id.slice(slash + 1);
  if (slash < 1 || !name || !vendor) {
    const known = Object.keys(vendors).join(', ');
    throw new CapstanError('invalid_config', `"${id}" names no model. Write vendor/name; the vendors are ${known}.`, {
      where: 'model',
    });
  }
  return lazyModel(id, {}, () => vendor({ ...options, model: name }));
}
