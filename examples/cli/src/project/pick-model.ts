import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CapstanError, type Model } from '@capstan/sdk/contract';
import type { KeyStore } from '@capstan/providers/keys';
import type { Cli } from '../frame/cli.ts';
import { announcedRelay } from '../relay/announced-relay.ts';
import { relayAddress } from '../relay/relay-address.ts';
import { chooseModel, type ModelChoice } from './choose-model.ts';
import { readConfigs, type Configs } from './config-file.ts';
import { openModel } from './open-model.ts';
import { pluginModel } from './plugin-model.ts';
import { vendorKeys } from './vendor-keys.ts';

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
  const configs = readConfigs(cli, root);
  const { paths, user } = configs;
  const sources = { flag, env: cli.io.env, configured: user.model, relay: namedRelay(cli, configs) };
  if (!existsSync(paths.auth)) return orLocal(chooseModel(sources), cli, configs);
  const keys = await openKeys(cli, paths.auth);
  const stored = (await keys.list()).map(({ vendor }) => vendor);
  return { ...(await orLocal(chooseModel({ ...sources, stored }), cli, configs)), keys };
}

/** The relay that the environment or the user's own file names. */
function namedRelay({ io }: Pick<Cli, 'io'>, { user, paths }: Configs): { address: string; from: string } | undefined {
  const named = io.env['CAPSTAN_RELAY_URL'];
  if (named) return { address: relayAddress(named), from: 'CAPSTAN_RELAY_URL' };
  return user.relay === undefined ? undefined : { address: relayAddress(user.relay), from: paths.user };
}

function ownRelay({ io }: Pick<Cli, 'io'>, { paths }: Configs): Promise<string | undefined> {
  return announcedRelay(io.env['CAPSTAN_RELAY_HOME'] || join(paths.folder, 'relay'));
}

/**
 * Without a key, what runs on this machine goes before practice: the user's own relay, then Ollama, which is asked once,
 * and briefly.
 */
async function orLocal(choice: ModelChoice, cli: Pick<Cli, 'io'>, configs: Configs): Promise<ModelChoice> {
  if (choice.id !== 'practice' || choice.named) return choice;
  const { io } = cli;
  const relay = await ownRelay(cli, configs);
  if (relay) return { id: 'relay/auto', why: `your relay runs at ${relay}, and no key was found`, relay };
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
  const { id, why, keys, relay } = await modelHere(cli, root, flag);
  const configs = readConfigs(cli, root);
  const { paths, user } = configs;
  const { env } = cli.io;
  if (id.startsWith('relay/') && !Object.hasOwn(user.providers ?? {}, 'relay')) {
    const address = relay ?? namedRelay(cli, configs)?.address ?? (await ownRelay(cli, configs));
    const kept = keys ?? (await openKeys(cli, paths.auth));
    return { model: await openRelay(id.slice('relay/'.length), address, kept), why };
  }
  const plugged = await pluginModel(cli, configs, id);
  return { model: plugged ?? (await openModel(id, { env, configFile: paths.user, keys })), why };
}

async function openRelay(name: string, address: string | undefined, keys: KeyStore): Promise<Model> {
  if (address === undefined) {
    const text = 'No relay is known. Set CAPSTAN_RELAY_URL, or start one on this machine with "capstan serve".';
    throw new CapstanError('invalid_config', text, { where: 'CAPSTAN_RELAY_URL' });
  }
  const { relayModel } = await import('../relay/relay-model.ts');
  const preferred = vendorKeys.flatMap(({ model }) => model ?? []);
  return relayModel({ address, name, keys, preferred, now: Date.now() });
}
