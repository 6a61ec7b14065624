import type { Model } from '@capstan/sdk/contract';
import type { Cli } from '../frame/cli.ts';
import { chooseModel, type ModelChoice } from './choose-model.ts';
import { readConfigs } from './config-file.ts';
import { readKeys, type Keys } from './key-store.ts';
import { openModel } from './open-model.ts';

/** Says which model would answer in a root, with the keys that are kept. */
export function modelHere(cli: Cli, root: string, flag?: string): ModelChoice & { readonly keys: Keys } {
  const { paths, user } = readConfigs(cli, root);
  const keys = readKeys(paths.auth);
  return { ...chooseModel({ flag, env: cli.io.env, configured: user.model, stored: Object.keys(keys) }), keys };
}

/** Makes the model that answers in a root. */
export async function pickModel(
  cli: Cli,
  root: string,
  flag?: string,
): Promise<{ readonly model: Model; readonly why: string }> {
  const { id, why, keys } = modelHere(cli, root, flag);
  return { model: await openModel(id, { env: cli.io.env, keys }), why };
}
