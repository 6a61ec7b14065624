import type { Command } from 'commander';
import type { RunStore, Tool } from '@capstan/sdk/contract';
import type { Cli } from '../frame/cli.ts';
import type { AgentFile } from '../project/agent-file.ts';
import { addedFolders } from '../project/added-folders.ts';
import { commandHere, quoted } from '../project/command-here.ts';
import type { Mode } from '../project/mode.ts';
import { openRunServers } from '../project/open-language-servers.ts';
import { openMcp } from '../project/open-mcp.ts';
import { pickModel } from '../project/pick-model.ts';
import { homeOf, openStore, openTree } from '../project/open-project.ts';
import { openPlugins } from '../project/open-plugins.ts';
import { readableIn } from '../project/readable.ts';
import { openTools, type OpenToolsOptions } from '../project/open-tools.ts';
import { worktreeAcross } from '../project/worktree-across.ts';
import { instructions } from './instructions.ts';
import { namedTool } from './named-tool.ts';
import { reportRuns } from './report-runs.ts';
import { subAgents } from './sub-agents.ts';
import { runBounds } from './run-bounds.ts';
import type { RunSettings } from './run-settings.ts';
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
  const bounded = await runBounds(cli, command, { mode: usual, before });
  const { globals, settings, root, configs, agent, named, mode, budget, tightened } = bounded;
  const { paths } = configs;
  const { model, why } = await pickModel(cli, root, named);
  const held = tightened.length === 0 ? '' : `\nThe repository holds this run to ${tightened.join(', ')}.`;
  const remark = `${model.id}: ${why}${held}`;
  if (settings.output === 'text' && !silent) await cli.io.err(`${remark}\n`);
  const main = await openTree(root);
  const roots = addedFolders(settings.addDirs, { cwd: cli.io.cwd, root, home: homeOf(cli) });
  const added = await Promise.all(roots.map(openTree));
  const worktree = worktreeAcross(main, added);
  const mcp = await openMcp(cli, worktree.root, { ask, offline: settings.offline });
  if (settings.output === 'text' && !silent) for (const line of mcp.remarks) await cli.io.err(`${line}\n`);
  const confined =
    settings.sandbox !== undefined && settings.sandbox.level !== 'none' && settings.sandbox.network !== true;
  const bounds = {
    ...(settings.offline ? { offline: true } : {}),
    ...(roots.length > 0 ? { roots: [worktree.root, ...roots] } : {}),
    confined,
  };
  const plugins = await openPlugins(cli, configs);
  const order = { root: worktree.root, mode, ...bounds, rules: plugins.rules };
  const lsp = await openRunServers(cli, worktree.root, { sandbox: settings.sandbox, configs, order });
  const reporter = reportRuns(configs.user.telemetry);
  const store = closingToo(await openStore(worktree.root), [mcp.close, reporter.close, lsp.close]);
  const mask = await readableIn(cli, worktree.root, order);
  const tools = await openTools(main, { sandbox: settings.sandbox, ask, added, mask, ...lsp.parts });
  const own = [...plugins.tools, ...tools, ...mcp.tools];
  const hooks = await lsp.hooks(mask);
  const sub = await subAgents({
    cli,
    folders: paths.agents,
    worktree,
    store,
    model,
    modelNamed: async (id) => (await pickModel(cli, root, id)).model,
    tools: own,
    mode,
    bounds,
    self: agent?.name,
    hooks,
  });
  if (sub.remark !== undefined && settings.output === 'text' && !silent) await cli.io.err(`${sub.remark}\n`);
  return {
    cli,
    globals,
    settings: { ...settings, yes: settings.yes && mode !== 'read-only' },
    remark,
    worktree,
    model,
    store,
    tools: toolsOf([...own, ...sub.tools], agent),
    plugins: { ...plugins, hooks: [...plugins.hooks, ...hooks] },
    mode,
    budget,
    ...bounds,
    follow: reporter.follow,
    instructions: await instructions(cli, worktree, { agent, mode, added: roots }),
    resume: [commandHere(cli, root, 'capstan resume'), ...roots.map((folder) => `--add-dir ${quoted(folder)}`)].join(
      ' ',
    ),
    rollback: commandHere(cli, root, 'capstan patch rollback'),
  };
}

/** A store that takes others along when it is closed. */
function closingToo(store: RunStore, others: readonly (() => Promise<void>)[]): RunStore {
  const close = async () => {
    await Promise.all([...others.map((each) => each()), store.close()]);
  };
  return { ...store, close };
}

/** @throws {CapstanError} `not_found` for a tool that does not exist. */
function toolsOf(tools: readonly Tool[], agent: AgentFile | undefined): readonly Tool[] {
  return agent?.tools === undefined ? tools : agent.tools.map((name) => namedTool(tools, name));
}
