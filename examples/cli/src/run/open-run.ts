import type { Command } from 'commander';
import type { Tool } from '@capstan/sdk/contract';
import { globalsOf, type Cli } from '../frame/cli.ts';
import type { AgentFile, AgentFolders } from '../project/agent-file.ts';
import { commandHere } from '../project/command-here.ts';
import { readConfigs } from '../project/config-file.ts';
import { effectiveSettings, stricter, type SettingLayers } from '../project/effective-settings.ts';
import type { Mode } from '../project/mode.ts';
import { pickModel } from '../project/pick-model.ts';
import { openStore, openTree, rootOf } from '../project/open-project.ts';
import { openTools, type OpenToolsOptions } from '../project/open-tools.ts';
import { instructions } from './instructions.ts';
import { namedTool } from './named-tool.ts';
import { runSettings, type RunFlags, type RunSettings } from './run-settings.ts';
import type { RunSetup } from './start-run.ts';

/** A run's parts, but for how it starts; give the store back with `store.close()`. */
export type OpenedRun = Omit<RunSetup, 'start'> & {
  readonly settings: RunSettings;
  /** Which model answers and why, and what the repository made stricter. */
  readonly remark: string;
};

export interface OpenRunOptions {
  /** Work to do once the options are known to be right and before anything is opened. */
  readonly before?: (root: string) => Promise<void>;
  /** Mode where neither the command line nor a file names one. */
  readonly mode?: Mode;
  /** Puts a question of the model to the person who is there. */
  readonly ask?: OpenToolsOptions['ask'];
  /** Prints nothing: the caller shows the remark in its own way. */
  readonly silent?: boolean;
}

/** Checks the options of a run and opens what it needs, after one line that says which model answers and why. */
export async function openRun(
  cli: Cli,
  command: Command,
  { before, mode: usual, silent = false, ask }: OpenRunOptions = {},
): Promise<OpenedRun> {
  const globals = globalsOf(cli, command);
  const settings = runSettings({ ...command.opts<RunFlags>(), json: globals.json === true });
  const root = rootOf(cli, globals);
  await before?.(root);
  const { user, project, paths } = readConfigs(cli, root);
  const agent = settings.agent === undefined ? undefined : await agentOf(paths.agents, settings.agent);
  const layers = withAgent({ flags: { mode: usual, ...settings }, user, project }, agent);
  const { mode, budget, tightened } = effectiveSettings(layers);
  const { model, why } = await pickModel(
    cli,
    root,
    settings.model ?? (agent?.source === 'user' ? agent.model : undefined),
  );
  const held = tightened.length === 0 ? '' : `\nThe repository holds this run to ${tightened.join(', ')}.`;
  const remark = `${model.id}: ${why}${held}`;
  if (settings.output === 'text' && !silent) await cli.io.err(`${remark}\n`);
  const worktree = await openTree(root);
  return {
    cli,
    globals,
    settings: { ...settings, yes: settings.yes && mode !== 'read-only' },
    remark,
    worktree,
    model,
    store: await openStore(worktree.root),
    tools: toolsOf(await openTools(worktree, { sandbox: settings.sandbox, ask }), agent),
    mode,
    budget,
    instructions: [await instructions(worktree), ...(agent ? [agent.instructions] : [])].join('\n\n'),
    resume: commandHere(cli, root, 'capstan resume'),
    rollback: commandHere(cli, root, 'capstan patch rollback'),
  };
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

/** @throws {CapstanError} `not_found` for a tool that does not exist. */
function toolsOf(tools: readonly Tool[], agent: AgentFile | undefined): readonly Tool[] {
  return agent?.tools === undefined ? tools : agent.tools.map((name) => namedTool(tools, name));
}
