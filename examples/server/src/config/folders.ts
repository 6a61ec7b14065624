import { join } from 'node:path';
import type { Environment } from './environment-settings.ts';

/** Where the relay's files lie. */
export interface Folders {
  /** The user's settings, shared with the command line: `CAPSTAN_CONFIG_HOME`, else the platform's place. */
  readonly config: string;
  /** The relay's own data: `CAPSTAN_RELAY_HOME`, else `relay` in the settings' folder. */
  readonly data: string;
}

/** Says where files lie, without looking. */
export function foldersOf(
  env: Environment,
  { home, platform }: { readonly home: string; readonly platform: NodeJS.Platform },
): Folders {
  const config = env['CAPSTAN_CONFIG_HOME'] || join(settingsHome(env, home, platform), 'capstan');
  return { config, data: env['CAPSTAN_RELAY_HOME'] || join(config, 'relay') };
}

function settingsHome(env: Environment, home: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return env['APPDATA'] || join(home, 'AppData', 'Roaming');
  return env['XDG_CONFIG_HOME'] || join(home, '.config');
}
