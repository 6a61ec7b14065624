import type { Command } from 'commander';
import { globalsOf, type Cli } from '../frame/cli.ts';
import { commandHere } from '../project/command-here.ts';
import { readConfigs } from '../project/config-file.ts';
import { effectiveSettings } from '../project/effective-settings.ts';
import type { Mode } from '../project/mode.ts';
import { pickModel } from '../project/pick-model.ts';
import { openStore, openTree, rootOf } from '../project/open-project.ts';
import { openTools, type OpenToolsOptions } from '../project/open-tools.ts';
import { instructions } from './instructions.ts';
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
  const { user, project } = readConfigs(cli, root);
  const { mode, budget, tightened } = effectiveSettings({ flags: { mode: usual, ...settings }, user, project });
  const { model, why } = await pickModel(cli, root, settings.model);
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
    tools: await openTools(worktree, { sandbox: settings.sandbox, ask }),
    mode,
    budget,
    instructions: await instructions(worktree),
    resume: commandHere(cli, root, 'capstan resume'),
    rollback: commandHere(cli, root, 'capstan patch rollback'),
  };
}
