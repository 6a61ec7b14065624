import { existsSync } from 'node:fs';
import type { Model } from '@capstan/sdk/contract';
import type { KeyStore } from '@capstan/providers/keys';
import type { Cli } from '../frame/cli.ts';
import { chooseModel, type ModelChoice } from './choose-model.ts';
import { readConfigs } from './config-file.ts';
import { openModel } from './open-model.ts';

/** Opens the kept keys; `CAPSTAN_PASSPHRASE` opens sealed ones, and seals them when one is kept. */
export async function openKeys({ io }: Pick<Cli, 'io'>, path: string): Promise<KeyStore> {
  const { keyStore } = await import('@capstan/providers/keys');
  const passphrase = io.env['CAPSTAN_PASSPHRASE'];
  return keyStore(path, passphrase ? { passphrase } : {});
}

/** Says which model would answer in a root, with the keys that are kept. */
export async function modelHere(
  cli: Cli,
  root: string,
  flag?: string,
): Promise<ModelChoice & { readonly keys?: KeyStore }> {
  const { paths, user } = readConfigs(cli, root);
  const sources = { flag, env: cli.io.env, configured: user.model };
  if (!existsSync(paths.auth)) return orLocal(chooseModel(sources), cli);
  const keys = await openKeys(cli, paths.auth);
  const stored = (await keys.list()).map(({ vendor }) => vendor);
  return { ...(await orLocal(chooseModel({ ...sources, stored }), cli)), keys };
}

/** Without a key, a model that runs on this machine goes before practice. Ollama is asked once, and briefly. */
async function orLocal(choice: ModelChoice, { io }: Pick<Cli, 'io'>): Promise<ModelChoice> {
  if (choice.id !== 'practice' || choice.named) return choice;
  try {
    const { detectServer, listModels } = await import('@capstan/providers/ollama');
    // Who names a server expects it to be there; for one that may not be there, nobody is kept waiting.
    const timeoutMs = io.env['OLLAMA_HOST'] ? 1000 : 150;
    if (!(await detectServer({ env: io.env, timeoutMs }))) return choice;
    const models = await listModels({ env: io.env, timeouts: { firstByteMs: 1000 } });
    const able = models.find(({ info }) => info?.tools === true) ?? models[0];
    return able ? { id: able.id, why: 'Ollama runs on this machine, and no key was found' } : choice;
  } catch {
    return choice;
  }
}

/** Makes the model that answers in a root. */
export async function pickModel(
  cli: Cli,
  root: string,
  flag?: string,
): Promise<{ readonly model: Model; readonly why: string }> {
  const { id, why, keys } = await modelHere(cli, root, flag);
  const configFile = readConfigs(cli, root).paths.user;
  return { model: await openModel(id, { env: cli.io.env, configFile, keys }), why };
}
