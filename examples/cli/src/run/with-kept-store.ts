import type { RunStore } from '@capstan/sdk/contract';
import { openKeptStore } from '../project/open-project.ts';

/** Works with the store of a root and closes it. */
export async function withKeptStore<T>(root: string, work: (store: RunStore) => Promise<T>): Promise<T> {
  const store = await openKeptStore(root);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
