import { Command } from 'commander';
import type { Tool } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openServers } from '../project/open-language-servers.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { openTools } from '../project/open-tools.ts';
import { table, fit } from '../render/fit.ts';
import { namedTool } from '../run/named-tool.ts';
import { jsonSchemaOf } from '../run/json-schema-of.ts';
import { toolRun } from './tool-run.ts';

/** `capstan tool`: the tools an agent has, to look at and to run by hand. */
export function command(cli: Cli): Command {
  const tool = new Command('tool').description('List, show and run the tools an agent has, without a model');
  tool.addCommand(listCommand(cli), { isDefault: true });
  tool.addCommand(showCommand(cli));
  tool.addCommand(toolRun(cli));
  return tool;
}

function listCommand(cli: Cli): Command {
  const list = withGlobals(new Command('list')).description('List every tool');
  return list.action(async () => {
    const tools = await toolsHere(cli, list);
    const width = Math.max(30, cli.io.columns() - 20);
    const rows = tools.map(({ name, description }) => [name, fit(firstSentence(description), width)]);
    cli.finish('tool list', {
      payload: { tools: tools.map(({ name, description }) => ({ name, description })) },
      text: table(rows),
    });
  });
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show'))
    .description('Show what a tool takes')
    .argument('<name>', 'name of the tool');
  return show.action(async (name: string) => {
    const tool = namedTool(await toolsHere(cli, show), name);
    const input = jsonSchemaOf(tool);
    const { description, timeoutMs } = tool;
    const timeout = timeoutMs === undefined ? {} : { timeoutMs };
    cli.finish('tool show', {
      payload: { name, description, input, ...timeout },
      text: `${name}\n\n${description}\n\nInput:\n${JSON.stringify(input, null, 2)}`,
    });
  });
}

async function toolsHere(cli: Cli, command: Command): Promise<readonly Tool[]> {
  const root = rootOf(cli, globalsOf(cli, command));
  return openTools(await openTree(root), { servers: await openServers(cli, root) });
}

function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0].replace(/\s+/g, ' ') ?? text;
}
