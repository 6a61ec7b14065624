import type { Agent, Candidate } from '@capstan/sdk';
import { CapstanError, type Model, type RunStore, type Tool } from '@capstan/sdk/contract';
import type { SandboxOptions, TrialTree, Worktree } from '@capstan/tools';
import type { Cli } from '../frame/cli.ts';
import type { AgentFile } from '../project/agent-file.ts';
import type { Mode } from '../project/mode.ts';
import { openServers } from '../project/open-language-servers.ts';
import { openPolicy } from '../project/open-policy.ts';
import { readableIn } from '../project/readable.ts';
import { openTools } from '../project/open-tools.ts';
import { pickModel } from '../project/pick-model.ts';
import { guardText } from '../project/guard-text.ts';
import { instructions } from '../run/instructions.ts';
import { namedTool } from '../run/named-tool.ts';

/** What all candidates have in common. */
export interface CandidateSetup {
  readonly cli: Cli;
  readonly main: Worktree;
  readonly store: RunStore;
  readonly mode: Mode;
  readonly sandbox?: SandboxOptions | undefined;
}

/** One model, as one of the user's agents or as ourselves. */
export interface Contender {
  readonly name: string;
  readonly model: Model;
  readonly agent?: AgentFile | undefined;
}

/** Every model with every agent. @throws {CapstanError} `invalid_config` for more than eight. */
export async function contenders(
  cli: Cli,
  root: string,
  {
    models,
    agents,
  }: { readonly models: readonly (string | undefined)[]; readonly agents: readonly (AgentFile | undefined)[] },
): Promise<Contender[]> {
  const found: Contender[] = [];
  for (const id of models) {
    const { model } = await pickModel(cli, root, id);
    for (const agent of agents) {
      const plain = [model.id, ...(agent ? [agent.name] : [])]
        .join('-')
        .replaceAll(/[^\w.-]+/g, '-')
        .slice(0, 44);
      const same = found.filter(({ name }) => name === plain || name.startsWith(`${plain}-`)).length;
      found.push({ name: same === 0 ? plain : `${plain}-${same + 1}`, model, agent });
    }
  }
  if (found.length <= 8) return found;
  throw new CapstanError('invalid_config', `${found.length} candidates are too many; at most 8 compete.`, {
    where: '--models',
  });
}

/** Makes a candidate: an agent whose tools, policy and words are those of its own tree. */
export function candidateOf(setup: CandidateSetup, { name, model, agent }: Contender): Candidate<TrialTree> {
  const { cli, main, store, mode, sandbox } = setup;
  return {
    name,
    async agent({ worktree }): Promise<Agent> {
      const { createAgent } = await import('@capstan/sdk');
      const servers = await openServers(cli, worktree.root, { sandbox });
      const mask = await readableIn(cli, worktree.root, { root: main.root, roots: [worktree.root] });
      const tools = await openTools(worktree, { sandbox, servers, mask });
      return createAgent({
        model,
        tools: toolsOf(tools, agent),
        // The repository's rules are those of the main tree: a candidate cannot change them for itself.
        policy: await openPolicy(cli, {
          root: main.root,
          roots: [worktree.root],
          mode,
          confined: sandbox !== undefined && sandbox.level !== 'none' && sandbox.network !== true,
        }),
        hooks: await guardText(cli, { root: worktree.root, store }),
        instructions: await instructions(cli, worktree, { agent, mode, at: '' }),
      });
    },
  };
}

function toolsOf(tools: readonly Tool[], agent: AgentFile | undefined): readonly Tool[] {
  return agent?.tools === undefined ? tools : agent.tools.map((name) => namedTool(tools, name));
}
