import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Cli } from '../frame/cli.ts';
import { parseConfig, type Config } from './config.ts';
import { configPaths, type ConfigPaths } from './config-paths.ts';
import { homeOf } from './open-project.ts';

/** Configuration as it lies on disk. */
export interface Configs {
  readonly paths: ConfigPaths;
  readonly user: Config;
  readonly project: Config;
}

/** Reads the user's and the repository's configuration. A file that is not there says nothing. */
export function readConfigs(cli: Cli, root: string): Configs {
  const paths = configPaths(cli.io, root, { home: homeOf(cli), platform: process.platform });
  return { paths, user: readConfig(paths.user), project: onlyStricter(readConfig(paths.project)) };
}

/** Reads one file. @throws {CapstanError} `invalid_config` when it is wrong. */
export function readConfig(path: string): Config {
  try {
    return parseConfig(readFileSync(path, 'utf8'), path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw cause;
  }
}

/** Writes one file whole, or not at all. */
export function writeConfig(path: string, config: Config): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.tmp`;
  writeFileSync(fresh, `${JSON.stringify(config, null, 2)}\n`);
  renameSync(fresh, path);
}

/** A repository does not choose what its user's keys pay for, nor where they are sent, nor what code runs, nor who is told. */
function onlyStricter({
  model: _,
  providers: __,
  relay: ___,
  plugins: ____,
  telemetry: _____,
  ...config
}: Config): Config {
  return config;
}
