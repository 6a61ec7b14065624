import { readdirSync } from 'node:fs';
import type { Hook, Model, RunStore, Tool } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import type { Cli } from '../frame/cli.ts';
import type { AgentFile, AgentFolders } from '../project/agent-file.ts';
import { guardText } from '../project/guard-text.ts';
import { stricter } from '../project/effective-settings.ts';
import type { Mode } from '../project/mode.ts';
import { openPolicy, type PolicyOrder } from '../project/open-policy.ts';
import { instructions } from './instructions.ts';
import { namedTool } from './named-tool.ts';

/** What sub-agents share with the run they serve. */
export interface SubAgentSetup {
  readonly cli: Cli;
  readonly folders: AgentFolders;
  readonly worktree: Worktree;
  readonly store: RunStore;
  readonly model: Model;
  /** Makes the model that an agent of the user's names. */
  readonly modelNamed: (id: string) => Promise<Model>;
  readonly tools: readonly Tool[];
  readonly mode: Mode;
  readonly bounds: Pick<PolicyOrder, 'offline' | 'confined' | 'roots'>;
  /** What watches over their edits. */
  readonly hooks: readonly Hook[];
  /** Name of the agent that the run itself is; it does not call itself. */
  readonly self?: string | undefined;
}

/**
 * Makes tools of the agents that have a description, so that the running agent can hand tasks to them. They draw on its
 * budget and its approvals, and do at most what it may.
 *
 * @returns The tools, and a remark where an agent's file is wrong: then there are none.
 */
export async function subAgents(
  setup: SubAgentSetup,
): Promise<{ readonly tools: readonly Tool[]; readonly remark?: string }> {
  const { folders, self } = setup;
  // Reading agents takes a YAML library, so it is loaded only where there are some.
  if (!hasAgents(folders.user) && !hasAgents(folders.project)) return { tools: [] };
  const { listAgents } = await import('../project/agent-file.ts');
  try {
    const agents = listAgents(folders).filter(({ name, description }) => description !== '' && name !== self);
    return { tools: await Promise.all(agents.map((agent) => subAgent(setup, agent))) };
  } catch (error) {
    return { tools: [], remark: `No sub-agents: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function subAgent(setup: SubAgentSetup, agent: AgentFile): Promise<Tool> {
  const { cli, worktree, store, tools, mode } = setup;
  const { createAgent } = await import('@capstan/sdk');
  const model =
    agent.source === 'user' && agent.model !== undefined ? await setup.modelNamed(agent.model) : setup.model;
  const held = agent.mode === undefined ? undefined : stricter(agent.mode, mode);
  const child = createAgent({
    model,
    tools: agent.tools === undefined ? tools : agent.tools.map((name) => namedTool(tools, name)),
    // Without a mode of its own it works under the policy of the run it serves, as that stands at the call.
    ...(held === undefined
      ? {}
      : { policy: await openPolicy(cli, { ...setup.bounds, root: worktree.root, mode: held }) }),
    hooks: [...setup.hooks, ...(await guardText(cli, { root: worktree.root, store }))],
    instructions: await instructions(cli, worktree, { agent, mode }),
  });
  return child.asTool({
    name: `ask-${agent.name}`,
    description: `Hands a task to the agent ${agent.name}: ${agent.description}`,
  });
}

function hasAgents(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith('.md'));
  } catch {
    return false;
  }
}
