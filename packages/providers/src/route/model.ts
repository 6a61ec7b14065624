import { CapstanError, type Model, type ModelInfo } from '@capstan/sdk/contract';
import { modelInfo } from '../catalogue/catalogue.ts';
import { checkReasoning } from '../catalogue/check-reasoning.ts';
import type { Quirks } from '../dialect/quirks.ts';
import type { Connection } from '../wire/connection.ts';
import { noSuchReasoning, type Reasoning } from '../wire/reasoning.ts';
import { lazyModel } from './lazy-model.ts';
import { vendorOf, vendors } from './vendors.ts';

/** How to reach a model; the rest is known by its vendor. */
export interface ModelOptions extends Connection {
  /** What is known of the model. Default: the catalogue, unless `baseURL` leads to another host with its own prices. */
  readonly info?: ModelInfo;
  /**
   * How much the model thinks before it answers, whichever vendor it is of. Default: the model's own. The factories of
   * the vendors have finer settings.
   */
  readonly reasoning?: Reasoning;
  /** How the host's Chat Completions differ; for vendors that speak OpenAI's API. */
  readonly quirks?: Partial<Quirks>;
}

/**
 * Gives a model by its id, `vendor/name`. Nothing is loaded and no key is needed before the first request.
 *
 * @throws {CapstanError} `invalid_config` for a vendor that does not exist, and for a `reasoning` that the model has not.
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
  const { reasoning, ...rest } = options;
  if (reasoning) checkReasoning(id, reasoning);
  if (reasoning && reasoning !== 'off' && info.reasoning === false)
    throw noSuchReasoning(id, reasoning, 'It does not reason.');
  // A model that does not reason is not asked to leave it.
  const thinking = reasoning && info.reasoning !== false ? { reasoning } : {};
  const load = (): Promise<Model> => vendor.model({ ...rest, ...thinking, model: name, info });
  return lazyModel({ id, info, countTokens, load });
}
