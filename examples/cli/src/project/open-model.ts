import type { Model } from '@capstan/sdk/contract';

/** Makes the model of an id; only the vendor that is named is loaded. */
export async function openModel(id: string): Promise<Model> {
  if (id === 'practice') {
    const { practice } = await import('@capstan/providers/practice');
    return practice();
  }
  const { model } = await import('@capstan/providers');
  return model(id);
}
