import { join } from 'node:path';
import type { Io } from '../frame/io.ts';

/** Where configuration lies. */
export interface ConfigPaths {
  /** The user's folder: `CAPSTAN_CONFIG_HOME`, else the platform's place for settings. */
  readonly folder: string;
  readonly user: string;
  /** The kept keys. */
  readonly auth: string;
  /** Where agents lie, the user's and the repository's. */
  readonly agents: { readonly user: string; readonly project: string };
  /** Where slash commands of one's own lie. */
  readonly commands: { readonly user: string; readonly project: string };
  /** Where recipes of one's own lie. */
  readonly recipes: { readonly user: string; readonly project: string };
  /** The repository's file: it can only make things stricter. */
  readonly project: string;
}

/** Says where configuration lies, without looking. */
export function configPaths(
  { env }: Pick<Io, 'env'>,
  root: string,
  { home, platform }: { readonly home: string; readonly platform: NodeJS.Platform },
): ConfigPaths {
  const folder = env['CAPSTAN_CONFIG_HOME'] || join(settingsHome(env, home, platform), 'capstan');
  return {
    folder,
    user: join(folder, 'config.json'),
    auth: join(folder, 'auth.json'),
    project: join(root, '.capstan', 'config.json'),
    agents: { user: join(folder, 'agents'), project: join(root, '.capstan', 'agents') },
    recipes: { user: join(folder, 'recipes'), project: join(root, '.capstan', 'recipes') },
    commands: { user: join(folder, 'commands'), project: join(root, '.capstan', 'commands') },
  };
}

function settingsHome(env: Io['env'], home: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return env['APPDATA'] || join(home, 'AppData', 'Roaming');
  return env['XDG_CONFIG_HOME'] || join(home, '.config');
}
