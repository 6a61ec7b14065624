import type { Rule } from '@capstan/policy';
import type { Hook, Tool } from '@capstan/sdk/contract';
import type { LoadedPlugins } from '@capstan/sdk/plugins';
import type { Cli } from '../frame/cli.ts';
import type { Configs } from './config-file.ts';

/** What the user's plug-ins add to a run. */
export interface OpenedPlugins {
  readonly tools: readonly Tool[];
  readonly hooks: readonly Hook[];
  readonly rules: readonly Rule[];
}

/**
 * Loads the plug-ins that the user trusts. They lie in the user's own folder and are named in the user's own file: nothing
 * of a repository is ever loaded. Each is trusted in one version; another is refused until it is trusted anew.
 *
 * @throws {CapstanError} `invalid_config` for one that has changed or does not work.
 */
export async function openPlugins(cli: Pick<Cli, 'io'>, configs: Configs): Promise<OpenedPlugins> {
  const names = Object.keys(configs.user.plugins ?? {});
  if (names.length === 0) return { tools: [], hooks: [], rules: [] };
  const { tools, hooks, rules } = await loadTrusted(cli, configs, names);
  return { tools: tools as readonly Tool[], hooks, rules };
}

/** Loads some of the user's plug-ins, each in the version that is trusted. */
export async function loadTrusted(
  { io }: Pick<Cli, 'io'>,
  { user, paths }: Configs,
  names: readonly string[],
): Promise<LoadedPlugins> {
  const trusted = user.plugins ?? {};
  const { loadPlugins } = await import('@capstan/sdk/plugins');
  return loadPlugins(names, {
    from: paths.folder,
    trust: ({ name, version }) => trusted[name] === version,
    env: io.env,
  });
}
