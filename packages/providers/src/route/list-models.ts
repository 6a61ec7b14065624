import { CapstanError } from '@capstan/sdk/contract';
import { modelInfo } from '../catalogue/catalogue.ts';
import type { Connection } from '../wire/connection.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { vendorOf, vendors } from './vendors.ts';

/**
 * Lists a vendor's models live: what the vendor tells of each, and where it is silent, what the catalogue knows.
 *
 * @throws {CapstanError} `invalid_config` for a vendor without a list, and all that a request may meet.
 */
export async function listModels(vendor: string, connection: Connection = {}): Promise<readonly ListedModel[]> {
  const list = vendorOf(vendor)?.list;
  if (!list) {
    const known = Object.keys(vendors).filter((name) => vendors[name]?.list);
    throw new CapstanError(
      'invalid_config',
      `"${vendor}" has no list of models. Those that have: ${known.join(', ')}.`,
      { where: 'vendor' },
    );
  }
  const listed = await list(connection);
  if (connection.baseURL !== undefined) return listed;
  return listed.map(({ id, info }) => ({ id, info: { ...modelInfo(id), ...info } }));
}
