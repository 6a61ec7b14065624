import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeIndex } from '@capstan/code';
import { CapstanError } from '@capstan/sdk/contract';
import { prepareFolder } from './open-project.ts';

/** Opens the index of a root, kept in `.capstan/index`; where that cannot be written, it is kept nowhere. The caller closes it. */
export async function openCodeIndex(root: string): Promise<CodeIndex> {
  const { openIndex } = await import('@capstan/code');
  try {
    if (!existsSync(join(root, '.capstan'))) prepareFolder(root);
  } catch (error) {
    if (!(error instanceof CapstanError)) throw error;
    return openIndex(root, { folder: false });
  }
  return openIndex(root);
}
