import { existsSync } from 'node:fs';
import type { Redactor } from '@capstan/policy';
import type { Hook, RunStore } from '@capstan/sdk/contract';
import type { Cli } from '../frame/cli.ts';
import { configPaths } from './config-paths.ts';
import { licenceOfFile } from './licence-of-file.ts';
import { policyFiles, textOf } from './open-policy.ts';
import { homeOf } from './open-project.ts';
import { openKeys } from './pick-model.ts';

export interface GuardTextOptions {
  readonly root: string;
  /** Where what a session has read before is found again. */
  readonly store: Pick<RunStore, 'read'>;
}

/**
 * Makes the hooks that watch over text. Secrets reach neither models nor logs nor what is shown: whatever has the shape
 * of a key, and the values that the environment and the key store hold, in every spelling. And a stranger's text is
 * known again when it is written.
 */
export async function guardText(cli: Cli, { root, store }: GuardTextOptions): Promise<readonly Hook[]> {
  const [{ parsePolicy }, { provenance }] = await Promise.all([import('@capstan/policy'), import('@capstan/sdk')]);
  const file = policyFiles(cli, root).user;
  const licences = parsePolicy(textOf(file) ?? '{}', { file }).policy?.licences ?? [];
  return [await maskSecrets(cli, root), provenance({ roots: [root], store, licences, licenceOfFile })];
}

/** Makes the hook that masks secrets, for agents that write nothing. */
export async function maskSecrets(cli: Cli, root: string): Promise<Hook> {
  const { masking } = await import('@capstan/sdk');
  return masking(await redactorHere(cli, root));
}

/** Makes what masks secrets: whatever has the shape of a key, and the values that environment and key store hold. */
export async function redactorHere(cli: Cli, root: string): Promise<Redactor> {
  const { createRedactor, secretValues } = await import('@capstan/policy');
  const known = [...secretValues(cli.io.env), ...(await keptKeys(cli, root))];
  return createRedactor({ known, personal: false });
}

/** The keys that are kept, as far as they lie open: sealed ones are asked for by whoever needs them. */
async function keptKeys(cli: Cli, root: string): Promise<readonly string[]> {
  const { auth } = configPaths(cli.io, root, { home: homeOf(cli), platform: process.platform });
  if (!existsSync(auth)) return [];
  const store = await openKeys(cli, auth);
  try {
    const values = await Promise.all((await store.list()).map(({ vendor }) => store.get(vendor)));
    return values.flatMap((value) => (value === undefined ? [] : [value]));
  } catch {
    return [];
  }
}
