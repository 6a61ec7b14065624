import type { Command } from 'commander';
import type { Budget } from '@capstan/sdk/contract';
import { globalsOf, type Cli, type GlobalOptions } from '../frame/cli.ts';
import type { AgentFile, AgentFolders } from '../project/agent-file.ts';
import { readConfigs, type Configs } from '../project/config-file.ts';
import { effectiveSettings, stricter, type SettingLayers } from '../project/effective-settings.ts';
import type { Mode } from '../project/mode.ts';
import { rootOf } from '../project/open-project.ts';
import { runSettings, type RunFlags, type RunSettings } from './run-settings.ts';

/** What holds for a run before anything is opened. */
export interface RunBounds {
  readonly globals: GlobalOptions;
  readonly settings: RunSettings;
  readonly root: string;
  readonly configs: Configs;
  readonly agent: AgentFile | undefined;
  /** The model that the line or the user's agent names. */
  readonly named: string | undefined;
  readonly mode: Mode;
  readonly budget: Budget;
  /** What the repository made stricter. */
  readonly tightened: readonly string[];
}

export interface RunBoundsOptions {
  /** Mode where neither the command line nor a file names one. */
  readonly mode?: Mode | undefined;
  /** Work to do once the options are known to be right and before anything is read. */
  readonly before?: ((root: string) => Promise<void>) | undefined;
}

/** Checks the options of a run, and reads the settings that hold for it. */
export async function runBounds(
  cli: Cli,
  command: Command,
  { mode: usual, before }: RunBoundsOptions,
): Promise<RunBounds> {
  const globals = globalsOf(cli, command);
  const settings = runSettings({ ...command.opts<RunFlags>(), json: globals.json === true });
  const root = rootOf(cli, globals);
  await before?.(root);
  const configs = readConfigs(cli, root);
  const { user, project, paths } = configs;
  const agent = settings.agent === undefined ? undefined : await agentOf(paths.agents, settings.agent);
  const layers = withAgent({ flags: { mode: usual, ...settings }, user, project }, agent);
  const named = settings.model ?? (agent?.source === 'user' ? agent.model : undefined);
  return { globals, settings, root, configs, agent, named, ...effectiveSettings(layers) };
}

/** Agents are loaded only where one is named: reading them takes a YAML library. */
async function agentOf(folders: AgentFolders, name: string): Promise<AgentFile> {
  const { namedAgent } = await import('../project/agent-file.ts');
  return namedAgent(folders, name);
}

/** The user's agent says what is usual; one of the repository can only make a run stricter. */
function withAgent(layers: SettingLayers, agent: AgentFile | undefined): SettingLayers {
  const { mode, source } = agent ?? {};
  if (mode === undefined) return layers;
  if (source === 'user') return { ...layers, flags: { ...layers.flags, mode: layers.flags.mode ?? mode } };
  return { ...layers, project: { ...layers.project, mode: stricter(mode, layers.project.mode ?? mode) } };
}
