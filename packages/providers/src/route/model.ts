import { CapstanError, type Model, type ModelInfo } from '@capstan/sdk/contract';
import { modelInfo } from '../catalogue/catalogue.ts';
import type { Quirks } from '../dialect/quirks.ts';
import type { Connection } from '../wire/connection.ts';
import { lazyModel } from './lazy-model.ts';
import { vendorOf, vendors } from './vendors.ts';

/** How to reach a model; the rest is known by its vendor. */
export interface ModelOptions extends Connection {
  /** What is known of the model. Default: the catalogue, unless `baseURL` leads to another host with its own prices. */
  readonly info?: ModelInfo;
  /** How the host's Chat Completions differ; for vendors that speak OpenAI's API. */
  readonly quirks?: Partial<Quirks>;
}

/**
 * Gives a model by its id, `vendor/name`. Nothing is loaded and no key is needed before the first request.
 *
 * @throws {CapstanError} `invalid_config` for a vendor that does not exist.
 */
export function model(id: string, options: ModelOptions = {}): Model {
  const slash = id.indexOf('/');
  const vendor = vendorOf(id.slice(0, slash));
  const name = id.slice(slash + 1);
  if (slash < 1 || !name || !vendor) {
    const known = Object.keys(vendors).join(', ');
    const text = `"${id}" names no model. Write vendor/name; the vendors are ${known}.`;
    throw new CapstanError('invalid_config', text, { where: 'model' });
  }
  const known = vendor.info?.({ ...options, model: name }) ?? (options.baseURL === undefined ? modelInfo(id) : {});
  const info = options.info ?? known;
  const countTokens = options.baseURL === undefined ? vendor.counter?.(name) : undefined;
  return lazyModel({ id, info, countTokens, load: () => vendor.model({ ...options, model: name, info }) });
}
