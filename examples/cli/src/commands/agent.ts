import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import {
  checkAgentName,
  createAgentFile,
  deleteAgentFile,
  listAgents,
  namedAgent,
  type AgentFile,
} from '../project/agent-file.ts';
import { readConfigs } from '../project/config-file.ts';
import { parseMode } from '../project/mode.ts';
import { rootOf } from '../project/open-project.ts';
import { table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';

const createHelp = `
Examples:
  capstan agent create reviewer --mode read-only --description "reads diffs" --text "Look for races first."
  capstan agent create porter --user < porter.md
  capstan run --agent reviewer "look at the last commit"`;

/** `capstan agent`: agents of one's own, as Markdown files. */
export function command(cli: Cli): Command {
  const agent = new Command('agent').description('Agents of your own: instructions, tools and mode in a Markdown file');
  agent.addCommand(listCommand(cli), { isDefault: true });
  agent.addCommand(showCommand(cli));
  agent.addCommand(createCommand(cli));
  agent.addCommand(deleteCommand(cli));
  return agent;
}

function listCommand(cli: Cli): Command {
  const list = withGlobals(new Command('list')).description('List the agents of this repository and of the user');
  return list.action(() => {
    const agents = listAgents(foldersOf(cli, list));
    const rows = agents.map(({ name, source, mode, description }) => [
      name,
      source,
      mode ?? '',
      plainText(description),
    ]);
    const text = rows.length === 0 ? 'No agents yet. Make one with "capstan agent create NAME".' : table(rows);
    cli.finish('agent list', { payload: { agents: agents.map(({ instructions: _, ...rest }) => rest) }, text });
  });
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show')).description('Show an agent').argument('<name>');
  return show.action((name: string) => {
    const agent = namedAgent(foldersOf(cli, show), name);
    const { model, mode, tools, description, path } = agent;
    const facts = Object.entries({ file: path, description, model, mode, tools: tools?.join(', ') }).filter(
      ([, value]) => value,
    );
    const text = `${table(facts.map(([key, value]) => [key, plainText(value ?? '')]))}\n${plainText(agent.instructions)}`;
    cli.finish('agent show', { payload: agent, text });
  });
}

interface CreateFlags {
  readonly description?: string;
  readonly model?: string;
  readonly mode?: string;
  readonly tools?: string;
  readonly text?: string;
  readonly user?: boolean;
  readonly dryRun?: boolean;
}

function createCommand(cli: Cli): Command {
  const create = withGlobals(new Command('create'))
    .description('Make an agent; its instructions come from --text or stdin')
    .argument('<name>', 'small letters, digits and "-"')
    .option('--description <text>', 'what it is for')
    .option('--text <instructions>', 'its instructions')
    .option('--mode <mode>', 'what it may do without asking')
    .option('--tools <names>', 'the tools it has, with commas (default: all)')
    .option('--model <vendor/name>', "model that answers; only in the user's own agents")
    .option('--user', 'for you, in every repository (default: for this repository)')
    .option('--dry-run', 'say what would be written')
    .addHelpText('after', createHelp);
  return create.action(async (name: string, flags: CreateFlags) => {
    checkAgentName(name);
    if (flags.model !== undefined && !flags.user) {
      throw new CapstanError(
        'invalid_config',
        'A repository cannot choose the model. Give --user, or leave --model out.',
        { where: '--model' },
      );
    }
    const folders = foldersOf(cli, create);
    const path = join(flags.user ? folders.user : folders.project, `${name}.md`);
    const agent = {
      description: flags.description ?? '',
      instructions: flags.text ?? (await pipedText(cli)),
      ...(flags.model === undefined ? {} : { model: flags.model }),
      ...(flags.mode === undefined ? {} : { mode: parseMode(flags.mode) }),
      ...(flags.tools === undefined
        ? {}
        : {
            tools: flags.tools
              .split(',')
              .map((tool) => tool.trim())
              .filter(Boolean),
          }),
    };
    if (!flags.dryRun) createAgentFile(path, agent);
    const payload = { name, path, ...agent, dryRun: flags.dryRun === true };
    cli.finish('agent create', { payload, text: `${flags.dryRun ? 'would write' : 'wrote'} ${path}` });
  });
}

async function pipedText({ io }: Cli): Promise<string> {
  if (io.input === 'pipe' || io.input === 'file') return readText(io.stdin);
  throw new CapstanError('invalid_config', 'Say what the agent is told: --text "…", or pipe it in on stdin.', {
    where: '--text',
  });
}

function deleteCommand(cli: Cli): Command {
  const remove = withGlobals(new Command('delete'))
    .description('Delete an agent')
    .argument('<name>')
    .option('--dry-run', 'say what would be deleted');
  return remove.action((name: string, { dryRun }: { dryRun?: boolean }) => {
    const agent: AgentFile = namedAgent(foldersOf(cli, remove), name);
    if (!dryRun) deleteAgentFile(agent);
    cli.finish('agent delete', {
      payload: { name, path: agent.path, dryRun: dryRun === true },
      text: `${dryRun ? 'would delete' : 'deleted'} ${agent.path}`,
    });
  });
}

function foldersOf(cli: Cli, command: Command) {
  return readConfigs(cli, rootOf(cli, globalsOf(cli, command))).paths.agents;
}
