import type { Model } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';
import type { KeyStore } from '@capstan/providers/keys';
import { keyVariable, vendorKeys } from './vendor-keys.ts';

export interface OpenModelOptions {
  readonly env: Io['env'];
  /** Kept keys; one in the environment goes before. */
  readonly keys?: KeyStore | undefined;
}

/** Makes the model of an id; only the vendor that is named is loaded. */
export async function openModel(id: string, { env, keys }: OpenModelOptions): Promise<Model> {
  if (id === 'practice' || id === 'capstan/practice') {
    const { practice } = await import('@capstan/providers/practice');
    return practice();
  }
  const { model } = await import('@capstan/providers');
  const vendor = vendorKeys.find((each) => id.startsWith(`${each.vendor}/`));
  const kept = vendor && !keyVariable(vendor, env) ? keys : undefined;
  return model(id, vendor && kept ? { apiKey: () => kept.get(vendor.vendor) } : {});
}
