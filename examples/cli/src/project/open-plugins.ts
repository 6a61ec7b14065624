import type { Rule } from '@capstan/policy';
import type { Hook, Tool } from '@capstan/sdk/contract';
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
export async function openPlugins({ io }: Cli, { user, paths }: Configs): Promise<OpenedPlugins> {
  const trusted = user.plugins ?? {};
  const names = Object.keys(trusted);
  if (names.length === 0) return { tools: [], hooks: [], rules: [] };
  const { loadPlugins } = await import('@capstan/sdk/plugins');
  const { tools, hooks, rules } = await loadPlugins(names, {
    from: paths.folder,
    trust: ({ name, version }) => trusted[name] === version,
    env: io.env,
  });
  return { tools: tools as readonly Tool[], hooks, rules };
}
