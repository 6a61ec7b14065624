import type { Model } from '@capstan/sdk/contract';
import type { Cli } from '../frame/cli.ts';
import type { Configs } from './config-file.ts';
import { loadTrusted } from './open-plugins.ts';
import { vendorKeys } from './vendor-keys.ts';

/** Vendors that have no key. */
const others = ['capstan', 'practice', 'local', 'relay'];

/**
 * The model of a vendor that one of the user's plug-ins gives. Vendors that Capstan or the user's configuration knows are
 * theirs: no plug-in takes their place. Only plug-ins that say they give vendors are loaded.
 */
export async function pluginModel(cli: Pick<Cli, 'io'>, configs: Configs, id: string): Promise<Model | undefined> {
  const trusted = configs.user.plugins ?? {};
  const slash = id.indexOf('/');
  const vendor = id.slice(0, slash);
  const known = [...others, ...vendorKeys.map((each) => each.vendor), ...Object.keys(configs.user.providers ?? {})];
  if (slash < 1 || known.includes(vendor)) return undefined;
  const names = Object.keys(trusted);
  if (names.length === 0) return undefined;
  const { describePlugin } = await import('@capstan/sdk/plugins');
  const described = await Promise.all(names.map((name) => describePlugin(name, { from: configs.paths.folder })));
  const giving = described.filter(({ provides }) => provides.includes('providers')).map(({ name }) => name);
  if (giving.length === 0) return undefined;
  const { providers } = await loadTrusted(cli, configs, giving);
  return Object.hasOwn(providers, vendor) ? providers[vendor]?.(id.slice(slash + 1)) : undefined;
}
