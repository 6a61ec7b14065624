import type { Model } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';
import type { KeyStore } from '@capstan/providers/keys';

export interface OpenModelOptions {
  readonly env: Io['env'];
  /** The user's file, for the hosts and settings under `providers`; a change counts from the next request. */
  readonly configFile: string;
  /** Kept keys; one in the environment goes before. */
  readonly keys?: KeyStore | undefined;
}

/** Makes the model of an id; only the vendor that is named is loaded. */
export async function openModel(id: string, { env, keys, configFile }: OpenModelOptions): Promise<Model> {
  if (id === 'practice' || id === 'capstan/practice') {
    const { practice } = await import('@capstan/providers/practice');
    return practice();
  }
  const { openProviders } = await import('@capstan/providers/keys');
  return (await openProviders({ env, configFile, ...(keys ? { keys } : {}) })).model(id);
}
