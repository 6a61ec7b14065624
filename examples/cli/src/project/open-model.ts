import type { Model } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';
import type { Keys } from './key-store.ts';
import { keyVariable, vendorKeys } from './vendor-keys.ts';

export interface OpenModelOptions {
  readonly env: Io['env'];
  /** Kept keys; one in the environment goes before. */
  readonly keys: Keys;
}

/** Makes the model of an id; only the vendor that is named is loaded. */
export async function openModel(id: string, { env, keys }: OpenModelOptions): Promise<Model> {
  if (id === 'practice' || id === 'capstan/practice') {
    const { practice } = await import('@capstan/providers/practice');
    return practice();
  }
  const { model } = await import('@capstan/providers');
  const vendor = vendorKeys.find((each) => id.startsWith(`${each.vendor}/`));
  const apiKey = vendor && !keyVariable(vendor, env) ? keys[vendor.vendor] : undefined;
  return model(id, apiKey === undefined ? {} : { apiKey });
}
